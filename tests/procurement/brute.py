"""What procurement should say on a day, worked out day by day from its tables and what the registry said last."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import orjson

PAID = ("approved", "reversed")
Count = Counter[tuple[str, str]]  # by metric and division
TABLES = {
    "project": "select id, division from project",
    "contract": "select id, project_id, start_on, end_on, ended_on, service_point_ids, value, paid from contract",
    "staff": "select project_id, person_id, start_on, end_on from project_staff",
    "payment": "select id, contract_id, project_id, state, amount, paid_on, reversed_amount from payment",
    "reversal": "select payment_id, amount, reversed_on from reversal",
}


async def tables(db: asyncpg.Connection) -> dict[str, Any]:
    found: dict[str, Any] = {name: await db.fetch(sql) for name, sql in TABLES.items()}
    copies = await db.fetch("select subject, record::text as record from known_subject")
    return {**found, "copies": {r["subject"]: orjson.loads(r["record"]) for r in copies}}


def lives(start: Any, end: Any, day: date) -> bool:
    return str(start) <= str(day) and (end is None or str(day) < str(end))


def expected(found: dict[str, Any], day: date) -> Count:
    """Stocks and units on a day; payments up to it."""
    division = {p["id"]: p["division"] for p in found["project"]}
    count: Count = Counter()
    contracted = set()
    for c in found["contract"]:
        if lives(c["start_on"], c["end_on"], day) and lives(c["start_on"], c["ended_on"], day):
            count["projects_in_force", division[c["project_id"]]] += 1
            contracted.add(c["project_id"])
            for point in c["service_point_ids"]:
                record = found["copies"].get(f"service_point:{point}")
                if record and lives(record["opened_on"], record["closed_on"], day):
                    count["point_contracted", record["division"]] = 1
    for s in found["staff"]:
        if s["project_id"] in contracted and lives(s["start_on"], s["end_on"], day):
            person = found["copies"].get(f"person:{s['person_id']}")
            count["project_staff", division[s["project_id"]]] += bool(person)
            held = person and any(lives(p["start"], p["end"], day) for p in person["certified"])
            if person and (held or person["related_major"]):
                count["project_staff_qualified", division[s["project_id"]]] += 1
    for y in found["payment"]:
        if y["state"] in PAID:
            count["amount_paid", division[y["project_id"]]] += kept(found, y, day)  # type: ignore[assignment]
    return +count


def kept(found: dict[str, Any], payment: Any, day: date) -> Decimal:
    """What of a payment is paid at the end of a day."""
    paid = payment["amount"] if payment["paid_on"] <= day else Decimal(0)
    back = [r for r in found["reversal"] if r["payment_id"] == payment["id"]]
    return paid - sum((r["amount"] for r in back if r["reversed_on"] <= day), Decimal(0))


def paid_on(found: dict[str, Any], contract: Any, day: date, states: Iterable[str] = PAID) -> Decimal:
    theirs = [y for y in found["payment"] if y["contract_id"] == contract["id"] and y["state"] in states]
    return sum((kept(found, y, day) for y in theirs), Decimal(0))


def published(facts: Iterable[Any], day: date) -> Count:
    count: Count = Counter()
    for f in facts:
        if not lives(f.start, f.end, day):
            continue
        if f.metric == "point_contracted":
            count[f.metric.value, f.division] = 1
        else:
            count[f.metric.value, f.division] += f.amount
    return +count
