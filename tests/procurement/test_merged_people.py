"""Two records that the registry found to be one person: staff by either are that one, and count once on a project."""

from datetime import date

import pytest

from services.contracts.facts import SubjectState
from tests.procurement.conftest import periods, told
from tests.procurement.factories import CERTIFIED, UNQUALIFIED, a_person

pytestmark = pytest.mark.anyio
HELD = (date(2020, 1, 1), None)


def merged(state: SubjectState, **how: object) -> SubjectState:
    return state.model_copy(update={"record": {**(state.record or {}), **how}})


async def test_qual_01_staff_who_became_another_one_is_that_one_and_counts_once(buying, procurement):
    project, _ = await buying.active()
    member = await buying.member(project, CERTIFIED, start="2026-02-01", end="2026-06-01")
    await buying.member(project, UNQUALIFIED)

    async def counted(metric: str) -> list[tuple[str, str | None]]:
        return sorted(p[1:] for p in await periods(procurement, metric))

    before = [await counted("project_staff"), await counted("project_staff_qualified")]
    assert [len(found) for found in before] == [2, 1]

    kept, gone = a_person(CERTIFIED, HELD), a_person(UNQUALIFIED)
    became = merged(gone, merged_into=str(CERTIFIED))
    await told(procurement, [merged(kept, merged=[str(UNQUALIFIED)]), became])

    whole = [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-06-01"), ("2026-06-01", "2027-01-01")]
    assert [await counted("project_staff"), await counted("project_staff_qualified")] == [whole, whole]
    shown = (await buying.http.get(f"/projects/{project['id']}", params={"on": "2026-03-01"})).json()
    assert (shown["staff_share"]["denominator"], shown["staff_share"]["numerator"]) == (1, 1)

    await buying.change(f"/staff/{member['id']}", {"end": "2026-04-01"})
    assert [p for p in await counted("project_staff") if p[0] > "2026-03"] == [("2026-04-01", "2027-01-01")]
    await buying.change(f"/staff/{member['id']}", {"end": "2026-06-01"})

    await told(procurement, [kept, gone])

    assert [await counted("project_staff"), await counted("project_staff_qualified")] == before
