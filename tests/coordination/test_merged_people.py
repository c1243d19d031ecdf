"""Two records that the registry found to be one person: a service by the one is the other's, who is registered."""

import pytest

from services.contracts.facts import SubjectState
from tests.coordination.conftest import told
from tests.coordination.factories import SINCE, UNREGISTERED, VILLAGE, WORKER, a_person, ago
from tests.coordination.test_api import entered
from tests.coordination.test_publishing import served

pytestmark = pytest.mark.anyio


def merged(state: SubjectState, **how: object) -> SubjectState:
    return state.model_copy(update={"record": {**(state.record or {}), **how}})


async def test_cov_06_a_service_by_whoever_became_another_one_counts_by_that_one_s_registration(coordination, city):
    made = await entered(city, workers=[str(UNREGISTERED)])
    assert await served(coordination) == []

    kept, gone = a_person(WORKER, (SINCE, None)), a_person(UNREGISTERED)
    became = merged(gone, merged_into=str(WORKER))
    await told(coordination, merged(kept, merged=[str(UNREGISTERED)]), became)

    assert await served(coordination) == [(VILLAGE, ago(3).isoformat())]
    shown = (await city.get(f"/service-records/{made['id']}")).json()
    assert (shown["counts"], [w["registered"] for w in shown["workers"]]) == (True, [True])
    await told(coordination, merged(a_person(WORKER), merged=[str(UNREGISTERED)]))  # no longer registered
    assert await served(coordination) == []
    await told(coordination, kept, gone)
    assert await served(coordination) == []
