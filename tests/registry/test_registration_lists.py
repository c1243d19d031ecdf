"""What pages of registration need of the API: the list narrowed and as a file, what may be done, who set a table."""

from datetime import date

import pytest

from services.registry.registrations.amnesties import NotEarlier, check_end
from tests.keys import JINAN
from tests.registry.applying import Desk
from tests.registry.test_api import listed
from tests.registry.test_disclosure import events

pytestmark = pytest.mark.anyio
HERE = "/registration-applications"
D = date.fromisoformat


@pytest.fixture
def desk(app, client, city) -> Desk:
    return Desk(app, client, city)


async def test_a_list_is_narrowed_by_level_taken_out_as_it_is_and_records_say_what_may_be_done(desk, client):
    certificate = await desk.enrolled(0, since="2026-09-01", level="assistant")
    senior = (await desk.begun(await desk.enrolled(1, level="senior")))["id"]
    await desk.begun(certificate, "cancellation", cancellation={"ground": "voluntary", "effective_on": "2026-12-01"})
    [term] = await listed(desk.editor, "/registrations")

    narrowed = [a["id"] for a in await listed(desk.editor, HERE, level="senior")]
    file = await desk.editor.get(f"{HERE}/export", params={"level": "senior", "format": "csv"})
    may = {
        who: [(await asker.get(f"{path}")).json()["may"] for path in (f"/registrations/{term['id']}",
                                                                      f"/certificates/{certificate}")]
        for who, asker in (("editor", desk.editor), ("district", desk.district), ("city", desk.final))
    }  # fmt: skip
    desk.on(D("2030-01-01"))
    over = [(await who.get(f"/registrations/{term['id']}")).json()["may"] for who in (desk.editor, desk.final)]

    assert over == [[], []]
    assert narrowed == [senior]
    lines = file.text.splitlines()
    assert [len(lines), "高级社会工作师" in file.text, "注销登记" in file.text] == [3, True, False]
    assert may["editor"][0] == ["prove"]
    assert may["district"] == [[], []]
    assert may["city"] == [["revoke"], ["void"]]
    assert "apply" in may["editor"][1]


async def test_reg_20_id_09_a_window_ends_early_and_a_table_says_who_set_it(desk, client):
    window = {"division": JINAN, "kind": "initial", "first_on": "2026-11-01", "last_on": "2026-12-31", "source": "通知"}
    id = (await desk.final.post("/amnesty-windows", json=window)).json()["id"]
    table = {"division": JINAN, "year": 2026, "source": "通知", "days": [
        {"on": "2026-12-31", "kind": "holiday", "name": "演示假日"}]}  # fmt: skip
    for who in ("account:first", "account:second"):
        answer = await client("registry:read", "registry:review", id=who).post("/holidays", json=table)
        assert answer.status_code == 201

    over = await desk.final.post(f"/amnesty-windows/{id}/close", json={"last_on": "2026-11-23"})
    other = await desk.district.post(f"/amnesty-windows/{id}/close", json={"last_on": "2026-11-30"})
    closed = await desk.final.post(f"/amnesty-windows/{id}/close", json={"last_on": "2026-11-24"})

    assert [(r.status_code, r.json().get("code")) for r in (over, other)] == [(409, "not_earlier"), (404, "not_found")]
    assert (closed.json()["last_on"], closed.json()["may"]) == ("2026-11-24", [])
    assert [e["body"]["last_on"] for e in await events(client, "AmnestyClosed")] == ["2026-11-24"]
    [day] = await listed(desk.editor, "/holidays", year=2026)
    assert (day["entered_by"], day["entered_at"] is None) == ("account:second", False)


@pytest.mark.parametrize(
    ("end", "allowed"), [("2026-11-23", False), ("2026-11-24", True), ("2026-12-30", True), ("2026-12-31", False)]
)
def test_reg_20_no_day_that_is_over_is_taken_back_and_no_window_prolonged(end: str, allowed: bool):
    days = D("2026-11-01"), D("2026-12-31"), D(end), D("2026-11-24")
    if allowed:
        check_end(*days)
    else:
        with pytest.raises(NotEarlier):
            check_end(*days)
