"""Rosters for tests and benches that go through the whole system, and their way through an import.

`imported` uploads, waits, confirms and waits again, as an official would; `sent` is the upload alone.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.contracts.imports import WORKING
from tests.registry.factories import Line, a_roster, a_worker, an_id_number

__all__ = ["Import", "a_roster", "an_id_number", "imported", "sent", "settled", "worker", "workers"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


def worker(n: int, division: str, division_name: str, **over: str) -> Line:
    """Employed and registered there."""
    there = {"单位所在区划代码": division, "单位所在区划名称": division_name, "工作单位名称": f"演示社工机构{division}"}
    return a_worker(n, **there | {"登记日期": "2024-06-01", "登记有效期止": "2027-05-31"} | over)


def workers(count: int, places: Sequence[tuple[str, str]], first: int = 0) -> bytes:
    """So many people, spread over places (code, name)."""
    return a_roster(worker(n, *places[n % len(places)]) for n in range(first, first + count))


@dataclass
class Import:
    """`answer` is what the upload, or the confirmation, was answered at once; `job` how it stood in the end, and
    `wrong` the first of its wrong rows, if that was why it went no further.
    """

    answer: httpx.Response
    job: dict[str, Any] = field(default_factory=dict)
    wrong: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.job["id"])

    @property
    def state(self) -> str | None:
        return self.job.get("state")


async def sent(
    client: httpx.AsyncClient,
    content: bytes,
    kind: str = "certified-workers",
    *,
    prefix: str = "",
    key: str | None = None,
    name: str = "名册.xlsx",
    said: Mapping[str, str] | None = None,
    **params: str,
) -> httpx.Response:
    """The upload, with what is said of the file in its form; `prefix` is `/registry` at the door."""
    return await client.post(
        f"{prefix}/imports/{kind}",
        files={"file": (name, content, XLSX)},
        data=said,
        headers={"idempotency-key": key or str(uuid.uuid4())},
        params=params,
    )


async def settled(client: httpx.AsyncClient, id: str, *, prefix: str = "") -> dict[str, Any]:
    """The job, as soon as it does not go on by itself."""
    for _ in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
        job: dict[str, Any] = (await client.get(f"{prefix}/imports/{id}")).raise_for_status().json()
        if job["state"] not in WORKING:
            return job
        await asyncio.sleep(LOOK_SECONDS)
    raise TimeoutError(f"the import does not come to an end: {job}")


async def asked(
    client: httpx.AsyncClient, id: str, what: str, *, prefix: str = "", body: object = None, key: str | None = None
) -> Import:
    """Confirm, cancel or undo, and how the job stood afterwards."""
    headers = {"idempotency-key": key or str(uuid.uuid4())}
    answer = await client.post(f"{prefix}/imports/{id}/{what}", json=body, headers=headers)
    return Import(answer, await settled(client, id, prefix=prefix))


async def imported(
    client: httpx.AsyncClient,
    content: bytes,
    kind: str = "certified-workers",
    *,
    prefix: str = "",
    skip_conflicts: bool = False,
    **upload: Any,
) -> Import:
    """As far as it goes: refused at once, invalid, failed, or done."""
    answer = await sent(client, content, kind, prefix=prefix, **upload)
    if answer.status_code != 202:
        return Import(answer)
    job = await settled(client, answer.json()["id"], prefix=prefix)
    if job["state"] == "invalid":
        found = await client.get(f"{prefix}/imports/{job['id']}/rows", params={"outcome": "error", "limit": 500})
        return Import(answer, job, found.raise_for_status().json()["items"])
    if job["state"] != "ready":
        return Import(answer, job)
    body = {"skip_conflicts": skip_conflicts}
    return await asked(client, job["id"], "confirm", prefix=prefix, body=body)
