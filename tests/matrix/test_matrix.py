"""Every role, in every area, at every route of every service: what the policy file says, and nothing else.

Here every role is asked at one area of each route in turn, and the first that holds its permission at all of them;
`make matrix` asks the whole product.
"""

import pytest

from services.kernel import narrowing
from tests.hostile.houses import SERVICES
from tests.matrix.walk import Walk

pytestmark = pytest.mark.anyio


async def test_every_cell_answers_what_the_policy_says(walk: Walk) -> None:
    result = await walk.checked(walk.cells(whole=False))

    assert result.mismatches == []
    assert result.cells > len(walk.operations) * 10


@pytest.mark.parametrize("walk", [s for s in SERVICES if s != "gateway"], indirect=True)
async def test_policies_of_the_database_alone_hide_what_lies_elsewhere(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that the application itself narrows switched off."""
    monkeypatch.setattr(narrowing, "on", False)

    result = await (await walk.prepared()).checked(walk.inside())

    assert result.mismatches == []
