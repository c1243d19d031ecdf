"""Every role, in every area, at every route of every service: what the policy file says, and nothing else.

Here every role that may is asked at one area of each route in turn, the first at all of them, and some that may not;
`make matrix` asks the whole product.
"""

import pytest

from services.kernel import narrowing
from tests.hostile.houses import SERVICES
from tests.matrix.walk import Walk, named

pytestmark = pytest.mark.anyio


async def test_every_cell_answers_what_the_policy_says(walk: Walk) -> None:
    result = await walk.checked(walk.cells(whole=False))

    assert result.mismatches == []
    assert result.cells > len(walk.operations) * 10


@pytest.mark.parametrize("walk", ["gateway"], indirect=True)
async def test_without_its_filters_the_gateway_shows_what_lies_elsewhere(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of what administrators read: nothing else narrows it."""
    monkeypatch.setattr(narrowing, "on", False)
    reads = [o for o in (await walk.prepared()).operations if o.method == "GET" and walk.administers(o)]

    result = await walk.checked(c for c in walk.inside() if c.operation in reads)

    elsewhere = {said.partition(" as ")[0] for said in result.mismatches if "shows" in said or "404: 200" in said}
    assert elsewhere == {named(o) for o in reads}


@pytest.mark.parametrize("walk", [s for s in SERVICES if s != "gateway"], indirect=True)
async def test_policies_of_the_database_alone_hide_what_lies_elsewhere(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that the application itself narrows switched off."""
    monkeypatch.setattr(narrowing, "on", False)

    result = await (await walk.prepared()).checked(walk.inside())

    assert result.mismatches == []
