"""Kill things while people write: `python -m tests.chaos [seconds]`. Nothing acknowledged may be lost or doubled.

Writers open service points through the door, repeating each request under its key until it is acknowledged. Meanwhile
one process after another is killed with -9: a service, the gateway, PostgreSQL, the supervisor with all its children;
`make run` brings back what the supervisor does not. At the end every acknowledged point is there once, and the number
on the coverage equals the points in the register.
"""

import contextlib
import itertools
import json
import random
import sys
import threading
import time
import uuid

import httpx
import psutil

from tests.live import Live, live_system
from tests.villages import villages

WRITERS, PAUSE = 6, 4.0
VICTIMS = ("postgres", "registry", "gateway", "supervisor")


class Writer(threading.Thread):
    def __init__(self, system: Live, codes: list[str], over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.system, self.codes, self.over = system, codes, over
        self.acknowledged: list[str] = []
        self.bad: list[str] = []

    def run(self) -> None:
        door = self.system.client()
        for code in self.codes:
            if self.over.is_set():
                return
            number, key = f"CHAOS-{code}", str(uuid.uuid4())
            body = {"number": number, "name": "演示社工室", "tier": "village_service_room", "division": code}
            door = self.until_answered(door, body | {"opened_on": "2026-01-01", "staffing_basis": "none"}, key)

    def until_answered(self, door: httpx.Client, body: dict[str, str], key: str) -> httpx.Client:
        """The same request under the same key, again and again: the answer may be lost, the effect may not double."""
        while True:
            try:
                answer = door.post("/registry/service-points", json=body, headers={"idempotency-key": key})
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            if answer.status_code == 201:
                self.acknowledged.append(body["number"])
                return door
            if answer.status_code == 401:
                door = self.again()
            elif answer.status_code not in (429, 503):
                self.bad.append(f"{answer.status_code} {answer.text[:200]}")
                return door
            time.sleep(0.2)

    def again(self) -> httpx.Client:
        while True:
            try:
                return self.system.client()
            except (httpx.HTTPError, OSError):
                time.sleep(0.2)


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


def established(door: httpx.Client) -> int:
    tiers = door.get("/coverage/370100000000").raise_for_status().json()["tiers"]
    return sum(t["established"] for t in tiers)


def main(seconds: float) -> int:
    with live_system() as system:
        over, codes = threading.Event(), villages()
        writers = [Writer(system, codes[n::WRITERS], over) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        faults = torment(system, seconds)
        over.set()
        for writer in writers:
            writer.join(60)
        return verdict(system, writers, faults)


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


def verdict(system: Live, writers: list[Writer], faults: dict[str, int]) -> int:
    door = system.client()
    acknowledged = {n for w in writers for n in w.acknowledged}
    kept = everything(door)
    lost, doubled = acknowledged - set(kept), len(kept) - len(set(kept))
    bad = [b for w in writers for b in w.bad]
    until = time.monotonic() + 30
    while (number := established(door)) != len(set(kept)) and time.monotonic() < until:
        time.sleep(0.2)
    print(f"faults {faults}; acknowledged {len(acknowledged)}, kept {len(kept)}, coverage says {number}")
    for log in (system.var / "log").glob("*.log") if bad else []:
        bugs = [line for line in log.read_text(errors="replace").splitlines() if '"message":"bug"' in line]
        print(log.name, *(json.loads(b)["error"][-1200:] for b in bugs[:2]), sep="\n")
    print(f"lost {len(lost)}, doubled {doubled}, refused {len(bad)} {bad[:3]}")
    return 0 if acknowledged and not lost and not doubled and not bad and number == len(set(kept)) else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 45))
