"""Small copies of another service's word: what is kept, and who is told that something is new."""

import pytest

from services.contracts.facts import SubjectState
from services.kernel import copies
from tests.conftest import empty

pytestmark = pytest.mark.anyio


def says(record: dict[str, object] | None) -> list[SubjectState]:
    return [SubjectState(subject="person:1", facts=[], record=record)]  # type: ignore[arg-type]


async def test_what_never_was_leaves_no_record_and_may_come_again(databases):
    db = await (await databases.opened("training")).connect()
    try:
        for record in ({"division": "1"}, None, {"division": "1"}):
            assert await copies.keep(db, says(record)) == ["person:1"]
            assert await copies.keep(db, says(record)) == []
            kept = await db.fetchrow("select record::text, gone from known_subject")
            assert tuple(kept) == (("{}", True) if record is None else ('{"division": "1"}', False))
    finally:
        await db.close()
        await empty(databases, "training")
