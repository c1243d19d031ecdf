"""Invented exports of the national system, and their way through an import."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from tests import rosters
from tests.registry.factories import LEVELS, a_roster

DAY = "2026-11-20"
NEEDED = {"管理号": "management_number", "姓名": "name", "登记状态": "status", "到期": "valid_until"}
LICHENG, LIXIA, JINAN = "370112000000", "370102000000", "370100000000"


def a_status(n: int = 0, **over: object) -> dict[str, object]:
    """What the national system says of the n-th invented worker: just what the register says."""
    line: dict[str, object] = {
        "管理号": f"2023{n:012}", "姓名": f"演示{n}", "证件号码": "", "证书级别": LEVELS[1], "登记状态": "已出证",
        "批准日期": "2023-08-15", "登记日期": "2024-01-01", "有效期止": "2026-12-31",
        "登记机关": "济南市历城区民政局",
    }  # fmt: skip
    return line | over


def a_csv(lines: Iterable[Mapping[str, object]], encoding: str = "gb18030") -> bytes:
    rows = list(lines)
    said = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\r\n".join(said).encode(encoding)


async def sent(
    client: httpx.AsyncClient,
    content: bytes,
    *,
    division: str = LICHENG,
    name: str = "导出.xlsx",
    day: str | None = DAY,
    **said: str,
) -> httpx.Response:
    return await client.post(
        "/reconciliation/exports",
        files={"file": (name, content, rosters.XLSX)},
        data={"division": division, **({"exported_on": day} if day else {}), **said},
        headers={"idempotency-key": str(uuid.uuid4())},
    )


Lines = Iterable[Mapping[str, object]]


async def reconciled(
    client: httpx.AsyncClient, lines: Lines, *, skip_conflicts: bool = False, **how: Any
) -> dict[str, Any]:
    """Uploaded, confirmed, and done; the job as it was in the end."""
    answer = await sent(client, a_roster(lines), **how)
    assert answer.status_code == 202, answer.text
    job = await rosters.settled(client, answer.json()["id"])
    if job["state"] != "ready":
        return job
    done = await rosters.asked(client, job["id"], "confirm", body={"skip_conflicts": skip_conflicts})
    return done.job


async def kinds_of(client: httpx.AsyncClient, division: str = LICHENG) -> dict[str, int]:
    answer = await client.get("/reconciliation/figures", params={"division": division})
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()["kinds"]
    return found


async def cases_of(client: httpx.AsyncClient, **how: object) -> dict[str, dict[str, Any]]:
    """By the management number's last digits."""
    answer = await client.get("/reconciliation/cases", params={k: str(v) for k, v in how.items()})
    assert answer.status_code == 200, answer.text
    return {str(int(c["management_number"].removeprefix("2023"))): c for c in answer.json()["items"]}
