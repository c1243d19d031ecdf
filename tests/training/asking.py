"""What tests ask of the API again and again."""

import itertools
from typing import Any

from services.kernel.errors import DomainError
from tests.keys import an_actor, signed_for
from tests.training.factories import a_session, person_id

_keys = itertools.count()


async def made(client: Any, path: str, body: object, status: int = 201) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(client: Any, path: str, **params: object) -> list[dict[str, Any]]:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def rows(*people: int, **over: object) -> list[dict[str, object]]:
    return [{"person_id": str(person_id(n)), **over} for n in people]


def another() -> dict[str, str]:
    """The header of a second official of the city, who decides on what the first one entered."""
    return signed_for("training", an_actor("training:read", "training:write", id="account:another"))


async def enter(client: Any, session: str, *people: int, row: dict[str, object] | None = None, **over: object) -> Any:
    """Late entries give their reason."""
    order = {"rows": rows(*people, **(row or {})), "reason": "补交签到表", **over}
    key = {"idempotency-key": f"attendance-{next(_keys)}"}
    return await client.post(f"/sessions/{session}/attendances", json=order, headers=key)


async def attend(client: Any, session: str, *people: int, **over: Any) -> Any:
    """Entered, and approved by somebody else; answers what the entry was answered."""
    answer = await enter(client, session, *people, **over)
    if answer.status_code == 201:
        approved = await client.post(f"/sessions/{session}/attendances/approve", headers=another())
        assert approved.status_code == 200, approved.text
    return answer


async def moved(client: Any, record: str, verb: str, **step: object) -> Any:
    """What decides is done by somebody else."""
    headers = another() if verb in ("appoint", "approve") else {}
    return await client.post(f"{record}/{verb}", json=step, headers=headers)


async def attended(client: Any, *people: int, **session: object) -> dict[str, Any]:
    """A session that was held and these people attended whole."""
    held = await made(client, "/sessions", a_session(**session))
    answer = await attend(client, held["id"], *people)
    assert answer.status_code == 201, answer.text
    return held


def passes(check: Any, *args: object, **named: object) -> bool:
    """A rule that raises refuses."""
    try:
        check(*args, **named)
    except DomainError:
        return False
    return True
