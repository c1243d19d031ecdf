"""Kill things while people write: `python -m tests.chaos [seconds]`. Nothing acknowledged may be lost or doubled.

Writers open service points through the door, repeating each request under its key until it is acknowledged. Meanwhile
rosters are imported as jobs, and one process after another is killed with -9: a service, the gateway, PostgreSQL, the
supervisor with all its children; `make run` brings back what the supervisor does not. At the end every acknowledged
point is there once, every confirmed file whole, and the numbers on the coverage are those of the register.
"""

import contextlib
import itertools
import json
import random
import sys
import threading
import time
import uuid
from typing import Any

import httpx
import psutil

from services.contracts.imports import WORKING
from tests import rosters
from tests.bench.system import established, people
from tests.live import Live, live_system
from tests.villages import streets, villages

WRITERS, PAUSE, ROWS = 6, 4.0, 1_000
VICTIMS = ("postgres", "registry", "gateway", "supervisor")


class Patient:
    """The same request under the same key, again and again: the answer may be lost, the effect may not double."""

    def __init__(self, system: Live) -> None:
        self.system, self.door = system, system.client()

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        while True:
            with contextlib.suppress(httpx.HTTPError, OSError):
                answer = self.door.request(method, path, **request)
                if answer.status_code == 401:
                    self.door = self.system.client()
                elif answer.status_code not in (429, 503):
                    return answer
            time.sleep(0.2)


class Writer(threading.Thread):
    """Opens service points, one after another."""

    def __init__(self, system: Live, codes: list[str], over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.codes, self.over, self.patient = codes, over, Patient(system)
        self.acknowledged: list[str] = []
        self.bad: list[str] = []

    def run(self) -> None:
        for code in self.codes:
            if self.over.is_set():
                return
            body = {"number": f"CHAOS-{code}", "name": "演示社工室", "tier": "village_service_room", "division": code}
            body |= {"opened_on": "2026-01-01", "staffing_basis": "none"}
            answer = self.patient.ask("POST", "/registry/service-points", json=body, headers=a_key())
            if answer.status_code == 201:
                self.acknowledged.append(body["number"])
            else:
                self.bad.append(f"{answer.status_code} {answer.text[:200]}")


class Importer(threading.Thread):
    """Hands in rosters and confirms them; a file begun is finished, whatever is killed meanwhile."""

    def __init__(self, system: Live, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.over, self.patient = over, Patient(system)
        self.people = 0
        self.bad: list[str] = []

    def run(self) -> None:
        while not self.over.is_set() and not self.bad:
            self.one_file(rosters.workers(ROWS, streets(), first=self.people))

    def one_file(self, content: bytes) -> None:
        files = {"file": ("roster.xlsx", content)}
        job = self.taken("/registry/imports/certified-workers", files=files)
        if job and self.settled(job["id"], "ready"):
            self.taken(f"/registry/imports/{job['id']}/confirm", json={"skip_conflicts": False})
            self.people += ROWS * self.settled(job["id"], "done")

    def taken(self, path: str, **request: Any) -> dict[str, Any]:
        answer = self.patient.ask("POST", path, headers=a_key(), **request)
        if answer.status_code >= 400:
            self.bad.append(f"{answer.status_code} {answer.text[:200]}")
        told: dict[str, Any] = answer.json()
        return {} if self.bad else told

    def settled(self, id: str, wanted: str) -> bool:
        while (job := self.patient.ask("GET", f"/registry/imports/{id}").json())["state"] in WORKING:
            time.sleep(0.2)
        if job["state"] != wanted:
            self.bad.append(f"{job['state']} instead of {wanted}: {job['notes']} {job['refused']}")
        return not self.bad


def a_key() -> dict[str, str]:
    return {"idempotency-key": str(uuid.uuid4())}


def kill(system: Live, victim: str) -> None:
    """With -9, whatever it is doing. Of the supervisor: the whole family at once, as when a machine dies."""
    found = [*reversed(system.family())] if victim == "supervisor" else [system.listening().get(victim)]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process is not None:
                process.kill()


def everything(door: httpx.Client) -> list[str]:
    numbers, cursor = [], None
    while True:
        page = door.get("/registry/service-points", params={"limit": 500} | ({"cursor": cursor} if cursor else {}))
        told = page.raise_for_status().json()
        numbers += [p["number"] for p in told["items"]]
        cursor = told["next"]
        if cursor is None:
            return numbers


def main(seconds: float) -> int:
    with live_system() as system:
        over, codes = threading.Event(), villages()
        writers = [Writer(system, codes[n::WRITERS], over) for n in range(WRITERS)]
        importer = Importer(system, over)
        for thread in (*writers, importer):
            thread.start()
        faults = torment(system, seconds)
        over.set()
        for thread in (*writers, importer):
            thread.join(120)
        return verdict(system, writers, importer, faults)


def torment(system: Live, seconds: float) -> dict[str, int]:
    rng, until = random.Random(1), time.monotonic() + seconds
    faults = dict.fromkeys(VICTIMS, 0)
    for victim in itertools.cycle(VICTIMS):
        if time.monotonic() > until:
            break
        time.sleep(PAUSE * (0.5 + rng.random()))
        kill(system, victim)
        faults[victim] += 1
        if victim in ("supervisor", "postgres"):
            system.make("run")
    system.make("run")
    return faults


def verdict(system: Live, writers: list[Writer], importer: Importer, faults: dict[str, int]) -> int:
    door = system.client()
    acknowledged = {n for w in writers for n in w.acknowledged}
    kept = everything(door)
    lost, doubled = acknowledged - set(kept), len(kept) - len(set(kept))
    bad = [*importer.bad, *(b for w in writers for b in w.bad)]
    wanted, until = (len(set(kept)), importer.people), time.monotonic() + 30
    while (told := (established(door), people(door))) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    print(f"faults {faults}; points: acknowledged {len(acknowledged)}, kept {len(kept)}, coverage says {told[0]}")
    print(f"files of {ROWS} confirmed {importer.people // ROWS}, coverage says {told[1]} people of {wanted[1]}")
    for log in (system.var / "log").glob("*.log") if bad else []:
        bugs = [line for line in log.read_text(errors="replace").splitlines() if '"message":"bug"' in line]
        print(log.name, *(json.loads(b)["error"][-1200:] for b in bugs[:2]), sep="\n")
    print(f"lost {len(lost)}, doubled {doubled}, refused {len(bad)} {bad[:3]}")
    whole = not lost and not doubled and not bad and not importer.is_alive()
    return 0 if acknowledged and importer.people and whole and told == wanted else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 45))
