"""No form makes a bug of ours come out, whatever is sent in one of its fields; nothing comes back as markup (N11)."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel

from tests.dashboard import buying, training
from tests.dashboard.scripted import PERSON_ID, POINT_ID, Html, Script, browser
from tests.hostile.test_sweep_pages import MARKUP

pytestmark = pytest.mark.anyio
FORM = {"content-type": "application/x-www-form-urlencoded"}
VALUES = ["", " ", ",,,", "\x00", "é\u202e\u200b", "9" * 400, "-1", "NaN", "1e999", "2026-02-30", "0001-01-01",
          "字" * 70_000, "a\r\nb", "\ud800", MARKUP]  # fmt: skip
AGAIN = ["\x00"]
MET = {"_form"}  # fields of a name that was met before are met again with one value
MAY = ("registry:write", "training:write", "procurement:write", "procurement:pay", "coordination:write")
TRAINED = {
    f"/sessions/{training.SESSION_ID}": ("update", "hold", "cancel", "attend", "approve"),
    f"/attendances/{training.ATTENDANCE_ID}": ("reject", "reverse"),
    f"/supervisors/{training.SUPERVISOR_ID}": ("update", "review", "suspend", "dismiss"),
    f"/bases/{training.PLACE_ID}": ("update", "check-site", "withdraw"),
    f"/sites/{training.PLACE_ID}": ("update", "approve"),
}
BOUGHT = {
    f"/projects/{buying.PROJECT_ID}": ("update", "sign", "add_staff", "complete", "terminate"),
    f"/contracts/{buying.CONTRACT_ID}": ("update", "terminate", "request_payment"),
    f"/project-staff/{buying.STAFF_ID}": ("update",),
    f"/payments/{buying.PAYMENT_ID}": ("approve", "reject", "reverse"),
    f"/service-records/{buying.RECORD_ID}": ("correct", "withdraw"),
    f"/service-points/{POINT_ID}": ("edit", "close", "assign?q=x"),
    f"/people/{PERSON_ID}": ("assign?q=x",),
}
NEW = ("sessions", "supervisors", "bases", "sites", "projects", "service-records", "service-points", "organizations")


def everything() -> Script:
    """Whoever may do all, before records that let it be done."""
    me = training.somebody(*MAY)
    verbs = [verb for records in (TRAINED, BOUGHT) for known in records.values() for verb in known]
    answers = {**buying.script(me).answers, **training.script(me).answers}
    for path, answer in answers.items():
        if isinstance(answer, BaseModel) and "may" in type(answer).model_fields:
            answers[path] = answer.model_copy(update={"may": [*verbs, "assign", "close"]})
    return Script(**answers)


def addresses() -> Iterator[str]:
    yield from (f"/{register}/new" for register in NEW)
    for records in (TRAINED, BOUGHT):
        yield from (f"{record}/{verb}" for record, verbs in records.items() for verb in verbs)


def fields_of(html: str) -> dict[str, str]:
    """What a browser would send of the form that changes something, untouched."""
    page = Html(html[html.index('method="post"', html.index("<main")) :])
    named = [a for tag in ("input", "textarea", "select") for a in page.all(tag) if a.get("name")]
    return {a["name"] or "": a.get("value") or "" for a in named if a.get("type") != "checkbox"}


def form(typed: dict[str, str]) -> bytes:
    return urlencode(typed, errors="surrogatepass").encode()


@pytest.mark.parametrize("address", [*addresses()])
async def test_no_field_of_a_form_makes_a_bug_come_out(address: str) -> None:
    visitor = browser(everything())
    page = await visitor.get(address)
    assert page.status_code == 200, page.text
    whole, complaints = fields_of(page.text), []
    for field in whole:
        for value in AGAIN if field in MET else VALUES:
            answer = await visitor.post(address.partition("?")[0], content=form(whole | {field: value}), headers=FORM)
            if (answer.status_code >= 500 and answer.status_code != 503) or MARKUP in answer.text:
                complaints.append(f"{field}={value[:20]!r} → {answer.status_code}")
    MET.update(whole)
    assert complaints == []


@pytest.mark.parametrize("name", ["shegong_session", "shegong_visit", "shegong_care"])
@pytest.mark.parametrize("value", ["é", "\x7f", "a" * 5000, '"', "五"])
@pytest.mark.parametrize("path", ["/", "/status"])
async def test_no_cookie_makes_a_bug_come_out(name: str, value: str, path: str) -> None:
    visitor = browser(Script(), signed_in=False)

    answer = await visitor.get(path, headers=[(b"cookie", f"{name}={value}".encode())])

    assert answer.status_code < 500
    assert name != "shegong_session" or "经办人员" not in answer.text
