"""Addresses that name one record below another, asked for the child of another parent (A02)."""

from dataclasses import replace

from tests.hostile.sweep import Operation
from tests.matrix.walk import Walk, named

NO_RECORDS = ("kind", "division", "code")  # in an address, they name none


def nested(walk: Walk) -> list[Operation]:
    return [o for o in walk.operations if len(o.ids.keys() - set(NO_RECORDS)) > 1]


async def wrong_parents(walk: Walk) -> list[str]:
    """Which of them answer anything but that there is no such record, or do something."""
    wrong = []
    for operation in nested(walk):
        upper = next(name for name in operation.ids if name not in NO_RECORDS)
        other = await walk.things.named_by(operation)
        before = await walk.traces()
        answer = await walk.asked_as_everybody(replace(operation, ids={**operation.ids, upper: other[upper]}))
        if answer.status_code != 404 or await walk.traces() != before:
            wrong.append(f"{named(operation)}: {answer.status_code} {answer.text[:200]}")
    return wrong
