"""Applications for registration through the API, as editors of a street, reviewers of a district and of the city."""

from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from services.contracts.registrations import Item
from services.kernel import clock
from services.kernel.db import run
from tests.keys import LICHENG
from tests.registry.conftest import Client
from tests.registry.factories import STREET
from tests.registry.test_disclosure import everywhere

EVERYTHING = [item.value for item in Item]
TODAY = date(2026, 11, 24)
LEVEL = "social_worker"
PERSON = text("""
insert into person (id_type, id_number, id_masked, name, canonical, related_major, division)
values ('other', '', '***', :name, :name, false, :division) returning id""")
SAME = text("select person_id from certificate where id = cast(:of as uuid)")
CERTIFICATE = text("""
insert into certificate (person_id, level, management_number, approved_on)
values (:person, :level, :number, :approved) returning id""")
REGISTRATION = text("""
insert into registration (person_id, certificate_id, start_on, end_on)
values (:person, :certificate, :since, cast(cast(:since as date) + interval '3 years' as date))""")


class Desk:
    """Whoever works on applications; `today` is the day for all of them."""

    def __init__(self, app: FastAPI, client: Client, city: httpx.AsyncClient) -> None:
        self.app, self.city = app, city
        reads = ("registry:read",)
        self.editor = client(*reads, "registry:write", at=STREET, id="account:editor")
        self.district = client(*reads, "registry:review", at=LICHENG, id="account:district")
        self.final = client(*reads, "registry:review", id="account:final")
        self.on(TODAY)

    def on(self, day: date) -> None:
        self.app.dependency_overrides[clock.today] = lambda: day

    async def enrolled(
        self, n: int = 0, *, approved: str = "2026-08-15", since: str = "", level: str = LEVEL, of: str | None = None
    ) -> str:
        """A certificate, of somebody new or of the holder `of` another; registered for three years since a day."""
        async with everywhere(self.app.state.database) as tx:
            holder = {"name": f"演示{n}", "division": STREET, "of": of}
            person = (await run(tx, SAME if of else PERSON, holder)).scalar_one()
            held = {"person": person, "level": level, "number": f"{n:012}", "approved": date.fromisoformat(approved)}
            certificate = (await run(tx, CERTIFICATE, held)).scalar_one()
            if since:
                of_it = {"person": person, "certificate": certificate, "since": date.fromisoformat(since)}
                await run(tx, REGISTRATION, of_it)
        return str(certificate)

    async def begun(self, certificate: str, kind: str = "initial", **over: object) -> dict[str, Any]:
        order = {"kind": kind, "certificate_id": certificate, "items": EVERYTHING, **over}
        answer = await self.editor.post("/registration-applications", json=order)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def does(self, who: httpx.AsyncClient, id: str, verb: str, **order: object) -> httpx.Response:
        return await who.post(f"/registration-applications/{id}/{verb}", json=order)

    async def brought(self, certificate: str, kind: str = "initial", *, to: str = "registered", **over: object) -> str:
        """As far along the usual way as `to`."""
        id = (await self.begun(certificate, kind, **over))["id"]
        for who, verb, then in (
            (self.editor, "submit", "submitted"),
            (self.district, "approve", "first_review_passed"),
            (self.final, "approve", "final_review_passed"),
            (self.final, "register", "registered"),
        ):
            answer = await self.does(who, id, verb)
            assert (answer.status_code, answer.json().get("state")) == (200, then), answer.text
            if then == to:
                break
        return id

    async def terms(self, certificate: str, on: date | None = None) -> list[tuple[str, str, str]]:
        day = {"on": str(on or TODAY)}
        found = (await self.city.get(f"/certificates/{certificate}/terms", params=day)).json()["items"]
        return [(t["start"], t["end"], t["state"]) for t in found]
