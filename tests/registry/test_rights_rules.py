"""The rules of data subjects' requests, and of how long data is kept: pure, so tried at every edge."""

from datetime import date, timedelta

import pytest

from services.contracts.disclosure import RightsKind, RightsOutcome, RightsState
from services.contracts.retention import DataClass
from services.registry.retention import rules as retention
from services.registry.retention.table import RETENTION, TABLE
from services.registry.rights import rules
from tests.registry.factories import TODAY


@pytest.mark.parametrize("state", RightsState)
@pytest.mark.parametrize("to", RightsState)
def test_pi_06_a_request_moves_forward_only(state: RightsState, to: RightsState):
    allowed = {("open", "in_progress"), ("open", "refused"), ("in_progress", "done"), ("in_progress", "refused")}
    if (state.value, to.value) in allowed:
        return rules.check_transition(state, to)
    with pytest.raises(rules.WrongState):
        rules.check_transition(state, to)
    return None


def test_pi_06_a_deadline_is_thirty_days_or_fifteen_working_days():
    friday = date(2026, 11, 20)
    assert {k: rules.due_on(k, friday) for k in RightsKind} == {
        **dict.fromkeys(RightsKind, date(2026, 12, 20)),
        RightsKind.WITHDRAW: date(2026, 12, 11),
    }


@pytest.mark.parametrize(
    ("kind", "kept", "held", "outcome"),
    [
        (RightsKind.DELETE, None, False, RightsOutcome.ERASED),
        (RightsKind.DELETE, TODAY, False, RightsOutcome.ERASED),
        (RightsKind.DELETE, TODAY + timedelta(days=1), False, RightsOutcome.RESTRICTED),
        (RightsKind.WITHDRAW, None, True, RightsOutcome.RESTRICTED),
        (RightsKind.ACCESS, TODAY + timedelta(days=1), True, RightsOutcome.ANSWERED),
    ],
)
def test_pi_07_while_the_law_keeps_the_data_it_is_restricted_and_not_deleted(kind, kept, held, outcome):
    assert rules.outcome(kind, registered=False, kept_until=kept, held=held, today=TODAY) is outcome


def test_pi_06_whoever_is_registered_is_not_deleted():
    with pytest.raises(rules.StillRegistered):
        rules.outcome(RightsKind.DELETE, registered=True, kept_until=None, held=False, today=TODAY)


BOUGHT, RECORDS = (RETENTION[c] for c in (DataClass.PROCUREMENT_FILE, DataClass.PROCESSING_RECORD))


@pytest.mark.parametrize(
    ("since", "today", "may"),
    [
        (date(2010, 6, 1), date(2025, 5, 31), False),  # 14 years and 364 days
        (date(2010, 6, 1), date(2025, 6, 1), False),
        (date(2010, 6, 1), date(2025, 6, 2), True),  # 15 years and a day
        (date(2012, 2, 29), date(2027, 2, 28), False),
        (date(2012, 2, 29), date(2027, 3, 1), True),
    ],
)
def test_pro_29_procurement_files_are_kept_for_fifteen_years(since: date, today: date, may: bool):
    assert (retention.kept_until(BOUGHT, since) <= today) is may
    if may:
        retention.check_purge(BOUGHT, since, today, held=False)
        with pytest.raises(retention.Held):
            retention.check_purge(BOUGHT, since, today, held=True)
        return
    with pytest.raises(retention.NotYet):
        retention.check_purge(BOUGHT, since, today, held=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [("keep_months = 180", "keep_months = 179"), ("keep_months = 6\n", "keep_months = 5\n"), ("keep_days = 7\n", "")],
)
def test_a_table_that_keeps_less_than_the_law_is_refused(old: str, new: str):
    text = TABLE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(retention.TooShort):
        retention.parsed(text.replace(old, new))
