"""Corrections and histories on pages: side by side, stale versions shown, and who did what when."""

from uuid import UUID

import pytest

from services.contracts.corrections import CorrectionOut, HistoryEntry, Opening
from services.contracts.registry import RegistrationOut
from services.kernel.errors import FieldError
from services.kernel.paging import Page
from services.registry.corrections.examples import CORRECTION, ENTRY, OPENING
from services.registry.examples import REGISTRATION
from tests.dashboard.scripted import PERSON_ID, Script, a_division, an_official, browser, refused, sent, text_of
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
API, ID = "/registry/corrections", UUID(int=5)
NEW, PAGE = f"/corrections/new?of=person&record_id={PERSON_ID}", f"/corrections/{ID}"
TYPED = {"education": "研究生", "reason": "看错", "evidence": "学历证书"}


def a_correction(**over: object) -> CorrectionOut:
    return CorrectionOut.model_validate({**CORRECTION, "id": ID, **over})


def script(*permissions: str, shown: CorrectionOut | None = None, **answers) -> Script:
    known = shown or a_correction(may=["approve", "refuse"])
    may = permissions or ("registry:read", "registry:write", "registry:review")
    city = a_division(code=JINAN, name="济南市", tier="city", parent=None)
    return Script(**{
        "/auth/me": an_official(permissions={p: [JINAN] for p in may}), f"/registry/divisions/{JINAN}": city,
        API: Page[CorrectionOut](items=[known], next=None), f"{API}/{ID}": known,
        f"{API}/opening": Opening.model_validate({**OPENING, "record_id": PERSON_ID, "person_id": PERSON_ID}),
        **answers,
    })  # fmt: skip


async def test_what_is_to_be_put_right_is_typed_beside_what_is_there_and_blanks_change_nothing():
    asked = script()
    client = browser(asked)
    form = check(await client.get(NEW))
    hidden = await filled(client, NEW)
    assert form
    assert hidden["version"] == OPENING["seen"]

    asked.answers[API] = a_correction()
    done = await client.post(NEW, data={**hidden, **TYPED})
    nothing = await client.post(NEW, data={**hidden, "reason": "看错", "evidence": "证书"})
    bare = await client.post(NEW, data={**hidden, "education": "研究生"})

    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=new")
    assert sent(asked.last(API)) == {
        "of": "person", "record_id": str(PERSON_ID), "seen": OPENING["seen"], "reason": "看错",
        "evidence": "学历证书", "changes": [{"field": "education", "value": "研究生"}],
    }  # fmt: skip
    assert (nothing.status_code, "至少填写一项" in text_of(nothing.text)) == (422, True)
    assert check(bare)
    assert (bare.status_code, bare.text.count("请填写此项")) == (422, 4)
    assert "/corrections/new" not in (await browser(script("registry:read")).get(f"/people/{PERSON_ID}")).text


async def test_a_version_that_is_no_longer_the_last_is_shown_beside_what_was_typed_and_may_be_sent_again():
    asked = script()
    client = browser(asked)
    hidden = await filled(client, NEW)
    said = FieldError(field="education", code="changed_meanwhile", detail="现在登记的学历是“硕士”")
    asked.answers[API] = refused(409, "这条记录在您读取之后已被他人修改。", "changed_meanwhile", [said])
    asked.answers[f"{API}/opening"] = Opening.model_validate({**OPENING, "record_id": PERSON_ID, "seen": "9" * 32})

    late = await client.post(NEW, data={**hidden, **TYPED})

    check(late)
    assert late.status_code == 409
    assert "已被他人修改" in text_of(late.text)
    assert "现在登记的学历是“硕士”" in text_of(late.text)
    assert 'value="研究生"' in late.text
    assert f'name="version" value="{"9" * 32}"' in late.text


async def test_sides_are_shown_and_decided_on_by_whoever_may():
    stale = a_correction(stale=True, may=["approve", "refuse"], sides=[CORRECTION["sides"][0] | {"now": "硕士"}])
    asked = script(shown=stale)
    client = browser(asked)

    listed, page = await client.get("/corrections?state=requested"), await client.get(PAGE)
    asked.answers[f"{API}/{ID}/refuse"] = stale
    hidden = await filled(client, f"{PAGE}/refuse")
    done = await client.post(f"{PAGE}/refuse", data={**hidden, "reason": "已有变化"})
    own = await browser(script(shown=a_correction(requested_by=an_official().id))).get(PAGE)
    erased = await browser(script(shown=a_correction(sides=[], may=[], state="approved"))).get(PAGE)

    assert PAGE in {a.get("href") for a in check(listed).all("a")}
    text = text_of(check(page) and page.text)
    assert all(words in text for words in ("大专", "硕士", "研究生", "已变化", "不能照原样批准"))
    assert {f"{PAGE}/approve", f"{PAGE}/refuse"} <= {a.get("href") for a in check(page).all("a")}
    assert (done.headers["location"], sent(asked.last(f"{API}/{ID}/refuse"))) == (
        f"{PAGE}?done=refuse", {"reason": "已有变化"},
    )  # fmt: skip
    assert "不能由自己批准" in text_of(check(own) and own.text)
    assert "已删除" in text_of(check(erased) and erased.text)


async def test_a_history_says_who_did_what_and_each_field_before_and_after():
    entries = Page[HistoryEntry](items=[HistoryEntry.model_validate(ENTRY)], next="more")
    registration = f"/registry/registrations/{ID}"
    asked = script(**{
        f"/registry/people/{PERSON_ID}/history": entries, f"{registration}/history": Page(items=[], next=None),
        registration: RegistrationOut.model_validate({**REGISTRATION, "id": ID}),
    })  # fmt: skip
    client = browser(asked)

    page = await client.get(f"/people/{PERSON_ID}/history")
    empty = await client.get(f"/registrations/{ID}/history")

    text = text_of(check(page) and page.text)
    assert all(words in text for words in ("变更人员信息", "学历", "大专", "研究生", "下一页"))
    assert "<del>大专</del>" in page.text
    assert "还没有办理记录" in text_of(check(empty) and empty.text)
    assert (await client.get(f"/registration-applications/{ID}/history")).status_code == 404
