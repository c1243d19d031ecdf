"""The gap list over HTTP. That it is right for any history: test_histories."""

import pytest

from services.contracts.coverage import GapKind, Gaps, Lack
from tests.coverage.test_api import ON, ask, door, told  # noqa: F401
from tests.coverage.test_fold import CITY, STREET, VILLAGE

pytestmark = pytest.mark.anyio


async def test_the_gaps_of_a_city_are_counted_and_listed_by_what_is_missing(door):  # noqa: F811
    found = await ask(door, f"/coverage/{CITY}/gaps", Gaps, on=ON)

    assert {(c.kind, c.tier.value): c.units for c in found.counts} == {
        (GapKind.NO_POINT, "city"): 1, (GapKind.NO_POINT, "district"): 2, (GapKind.NO_POINT, "street"): 4,
        (GapKind.NO_POINT, "village"): 9, (GapKind.SHELL, "street"): 1,
    }  # fmt: skip
    shell = found.items[-1]
    assert (shell.kind, shell.division.code) == (GapKind.SHELL, STREET)
    assert shell.lacks == [Lack.STAFF, Lack.CONTRACT, Lack.SERVICE]
    assert shell.within
    assert shell.within.code == f"{STREET[:6]}000000"
    served = next(g for g in found.items if g.division.code == VILLAGE)
    assert Lack.SERVICE not in served.lacks
    assert (found.outside, found.next) == (0, None)


async def test_gaps_are_narrowed_by_kind_and_tier_and_paged(door):  # noqa: F811
    first = await ask(door, f"/coverage/{CITY}/gaps", Gaps, on=ON, kind="no_point", tier="village", limit=5)
    rest = await ask(
        door, f"/coverage/{CITY}/gaps", Gaps, on=ON, kind="no_point", tier="village", limit=5, cursor=first.next
    )

    codes = [g.division.code for g in (*first.items, *rest.items)]
    assert len(codes) == 9
    assert codes == sorted(set(codes))
    assert rest.next is None


async def test_what_lies_outside_the_area_is_only_counted(door):  # noqa: F811
    answer = await door.get(f"/coverage/{CITY}/gaps", params={"on": ON}, headers={"authorization": "Bearer street"})
    found = Gaps.model_validate_json(answer.content)

    assert all(g.division.code.startswith(STREET[:9]) for g in found.items)
    assert len(found.items) + found.outside == sum(c.units for c in found.counts)


@pytest.mark.parametrize(
    "query", [{"cursor": "WzksIDFd"}, {"cursor": "x"}, {"kind": "none"}, {"tier": "hamlet"}, {"limit": "0"}]
)
async def test_a_wrong_question_is_refused(door, query):  # noqa: F811
    answer = await door.get(f"/coverage/{CITY}/gaps", params=query)

    assert answer.status_code == 422
    assert answer.json()["detail"]
