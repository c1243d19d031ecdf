"""Supervisors: one appointment with its findings and steps."""

import pytest

from tests.dashboard.scripted import (
    browser,
    text_of,
)
from tests.dashboard.training import (
    SUPERVISOR,
    SUPERVISOR_ID,
    script,
)

pytestmark = pytest.mark.anyio


async def test_a_supervisor_has_its_findings_and_steps():
    s = script()
    text = text_of((await browser(s).get(f"/supervisors/{SUPERVISOR_ID}?on=2026-10-05")).text)

    assert dict(s.last(SUPERVISOR).url.params) == {"on": "2026-10-05"}
    assert "最多督导 12 人，多于建议的 10 人。 未达标 SUP-04" in text
    assert "已提名 2026-10-01 — 2026-10-01 10:00:00" in text
    assert "2026-10-01 至 2029-09-30" in text
