"""Canaries: invented ID numbers and phones written as officials write them, then looked for wherever data comes to lie.

`make canaries` starts a system of its own, hands in half of them through the pages and half through the door, and
searches dumps, data files, WAL, logs, and what every demo role gets from pages, lists and exports. None may be found.
The control canary lies in plain columns: the names of an organization, of a room in the village and of an account, so
that everybody's pages show one of them; and it was the name of a request at a service, which its log tells (an address
it does not). Each medium must have it, or its silence would mean nothing.
"""

import asyncio
import html
import io
import os
import re
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from deploy.local.house import open_house
from deploy.local.settings import DATABASES, from_environment
from services.contracts.imports import WORKING
from tests import rosters
from tests.live import PROCESSES, Live, live_system
from tests.registry.factories import an_id_number

REGION, PHONES, CONTROL = "999018", "1370018", "999018c0ffee018999c0ffee018999c0"
STREET = ("370112001000", "山大路街道")
VILLAGE = "370112001001"
PAGES, CHUNK, OVERLAP = 80, 1 << 24, 64
LINKS = re.compile(r'(?:href|hx-get|src)="(/[^"#]*)"')


@dataclass(frozen=True)
class Canaries:
    """Each is looked for as it is, and as PostgreSQL writes bytes."""

    count: int

    def number(self, n: int) -> str:
        return an_id_number(n, region=REGION)

    def phone(self, n: int) -> str:
        return f"{PHONES}{n:04}"

    def line(self, n: int) -> rosters.Line:
        return rosters.worker(n, *STREET, 证件号码=self.number(n), 手机=self.phone(n), 管理号=f"CANARY{n:08}")

    def secrets(self) -> dict[bytes, str]:
        plain = [said for n in range(self.count) for said in (self.number(n), self.phone(n))]
        return {form: said for said in plain for form in (said.encode(), said.encode().hex().encode())}

    def found(self, pieces: Iterable[bytes]) -> tuple[set[str], bool]:
        """Those that are there, and whether the control is."""
        secrets, found, control = self.secrets(), set[str](), False
        sizes = sorted({(form[:n], len(form)) for form in secrets for n in (12 if len(form) > 20 else 6,)})
        for piece in pieces:
            control = control or CONTROL.encode() in piece or CONTROL.encode().hex().encode() in piece
            for start, size in sizes:
                at = piece.find(start)
                while at >= 0:
                    if said := secrets.get(piece[at : at + size]):
                        found.add(said)
                    at = piece.find(start, at + 1)
        return found, control


# ── media ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def dump(binaries: Path, dsn: str) -> Iterator[bytes]:
    """A whole database as a backup has it."""
    yield subprocess.run([binaries / "pg_dump", "--dbname", dsn], capture_output=True, check=True).stdout


def files(paths: Iterable[Path]) -> Iterator[bytes]:
    """Piece by piece, each with the end of the one before."""
    for path in paths:
        with path.open("rb") as file:
            before = b""
            while piece := file.read(CHUNK):
                yield before + piece
                before = piece[-OVERLAP:]


def unpacked(content: bytes) -> bytes:
    """A workbook is a zip: what is inside counts."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return b"\n".join(book.read(name) for name in book.namelist())


async def checkpointed(dsn: str) -> tuple[Path, str]:
    """Everything is in the data files now. Where they are, and those of this database."""
    db = await asyncpg.connect(dsn)
    try:
        await db.execute("checkpoint")
        folder = Path(await db.fetchval("show data_directory"))
        return folder, await db.fetchval("select oid::text from pg_database where datname = current_database()")
    finally:
        await db.close()


# ── a system of its own ─────────────────────────────────────────────────────────────────────────────────────────────
class Browser:
    """Somebody at the pages."""

    def __init__(self, system: Live, who: dict[str, str]) -> None:
        headers = {"sec-fetch-site": "same-origin"}
        self.http = httpx.Client(
            base_url=str(system.demo["dashboard"]), trust_env=False, timeout=60, headers=headers, follow_redirects=True
        )
        self.page = self.http.get("/login").text
        self.send("/login", {"username": who["username"], "password": who["password"]})

    def send(self, path: str, fields: dict[str, str], **more: Any) -> httpx.Response:
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page)
        answer = self.http.post(path, data={n: html.unescape(v) for n, v in hidden} | fields, **more)
        self.page = answer.text
        if answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status_code} {re.findall(r'<p[^>]*>[^<]+', self.page)}")
        return answer

    def hand_in(self, content: bytes) -> None:
        """The form of the roster, the look at what it would do, the confirmation."""
        self.page = self.http.get("/imports/new?kind=certified-workers").text
        self.send("/imports/new", {"code_system": "own"}, files={"file": ("名册.xlsx", content)})
        job = self.settled()
        self.send(f"{job}/confirm", {})
        self.settled()
        if "已入库" not in self.page:
            raise AssertionError(self.page)

    def settled(self) -> str:
        job = re.search(r"/imports/[0-9a-f-]{36}", self.page)
        assert job
        while "hx-trigger" in (page := self.http.get(job[0]).text):
            time.sleep(0.1)
        self.page = page
        return job[0]

    def seen(self) -> Iterator[bytes]:
        """Every page that links lead to, and every file, from the first page on."""
        known, ahead = set[str](), ["/", "/people", "/organizations", "/service-points", "/imports", "/accounts"]
        while ahead and len(known) < PAGES:
            path = ahead.pop(0)
            if path in known or path.startswith(("/static", "/logout")):
                continue
            known.add(path)
            answer = self.http.get(path)
            yield unpacked(answer.content)
            if "html" in answer.headers.get("content-type", ""):
                ahead += [html.unescape(link) for link in LINKS.findall(answer.text)]


def once() -> dict[str, str]:
    return {"idempotency-key": str(uuid.uuid4())}


def through_the_door(door: httpx.Client, content: bytes) -> None:
    answer = door.post("/registry/imports/certified-workers", files={"file": ("名册.xlsx", content)}, headers=once())
    path = f"/registry/imports/{answer.raise_for_status().json()['id']}"
    for order in ("/confirm", None):
        while (job := door.get(path).json())["state"] in WORKING:
            time.sleep(0.1)
        if order:
            door.post(path + order, json={"skip_conflicts": False}, headers=once()).raise_for_status()
    if job["state"] != "done":
        raise AssertionError(job)


def answers(door: httpx.Client) -> Iterator[bytes]:
    """Whatever can be asked without naming a record: lists, feeds, exports in both formats."""
    paths = [path for path, kinds in door.get("/openapi.json").json()["paths"].items() if "get" in kinds]
    for path in paths:
        asked = path.removeprefix("/api/v1")
        if "{" in asked:
            continue
        for format in ("xlsx", "csv") if asked.endswith("/export") else (None,):
            answer = door.get(asked, params={"format": format} if format else {"limit": 200})
            yield unpacked(answer.content)


def written(system: Live, canaries: Canaries, accounts: list[dict[str, str]]) -> None:
    half, door = canaries.count // 2, system.client()
    district = next(a for a in accounts if a["username"] == "district")
    Browser(system, district).hand_in(rosters.a_roster(canaries.line(n) for n in range(half)))
    through_the_door(door, rosters.a_roster(canaries.line(n) for n in range(half, canaries.count)))
    planted(system, door, accounts)


def planted(system: Live, door: httpx.Client, accounts: list[dict[str, str]]) -> None:
    """The control, where each account may read: streets and above, a village, administrators."""
    order = {"name": f"演示机构 {CONTROL}", "kind": "other", "division": STREET[0]}
    door.post("/registry/organizations", json=order, headers=once()).raise_for_status()
    room = {
        "number": "YS-CONTROL",
        "name": f"演示工作室 {CONTROL}",
        "tier": "village_service_room",
        "division": VILLAGE,
    }
    room |= {"opened_on": "2026-01-01", "staffing_basis": "none"}
    door.post("/registry/service-points", json=room, headers=once()).raise_for_status()
    registry = f"http://127.0.0.1:{system.base + PROCESSES['registry']}"
    httpx.get(f"{registry}/people", headers={"x-request-id": CONTROL}, trust_env=False)
    who = next(a for a in accounts if a["username"] == "system_admin")
    with httpx.Client(base_url=door.base_url, timeout=20, trust_env=False) as office:
        told = {"username": who["username"], "password": who["password"]}
        token = office.post("/auth/login", json=told).raise_for_status().json()["token"]
        office.headers["authorization"] = f"Bearer {token}"
        office.post("/accounts", json={"username": "control", "name": f"演示 {CONTROL}"}).raise_for_status()


def searched(system: Live, accounts: list[dict[str, str]]) -> Iterator[tuple[str, Iterable[bytes]]]:
    os.environ.update(system.environment)
    cluster = open_house(from_environment()).cluster
    folder, _ = asyncio.run(checkpointed(cluster.dsn()))
    yield "dumps", (piece for name in DATABASES for piece in dump(cluster.binaries, cluster.dsn(name)))
    yield "data files", files(p for p in folder.rglob("*") if p.is_file() and "pg_wal" not in p.parts)
    yield "WAL", files(p for p in (folder / "pg_wal").iterdir() if p.is_file())
    for who in accounts:
        yield f"pages and files of {who['username']}", Browser(system, who).seen()
    yield "lists and exports of the demo client", answers(system.client())
    yield "logs", files(p for p in system.var.rglob("*.log*") if p.is_file())


def main() -> int:
    canaries, wrong = Canaries(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000), 0
    with live_system(int(os.environ.get("PORT_BASE", "27000"))) as system:
        accounts: list[dict[str, str]] = system.demo["accounts"]  # type: ignore[assignment]
        written(system, canaries, accounts)
        for medium, pieces in searched(system, accounts):
            found, control = canaries.found(pieces)
            seen = "found" if control else "not found"
            print(f"{medium}: {len(found)} of {2 * canaries.count} canaries; the control {seen}", flush=True)
            wrong += bool(found) or not control
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
