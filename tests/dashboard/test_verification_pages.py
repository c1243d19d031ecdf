"""Checking many certificates at once: what is typed and uploaded, a verdict for each, and the signed answer."""

import pytest

from services.contracts.verification import WORDS, Verdict, VerificationAnswer
from services.kernel.errors import FieldError
from tests.dashboard.registering import EDITOR, PROOF_ID, VIEWER, script
from tests.dashboard.scripted import Html, Script, browser, hidden, refused, sent, text_of
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio
API, PATH = "/registry/verifications", "/verifications"
SIGNED = "abc.def-1.ghi_2"


def answer(*verdicts: Verdict) -> VerificationAnswer:
    items = [
        {"position": n, "verdict": v, "word": WORDS[v],
         **({"level": "senior", "valid_from": "2024-05-01", "valid_to": "2027-04-30"} if v is Verdict.VALID else {})}
        for n, v in enumerate(verdicts)
    ]  # fmt: skip
    return VerificationAnswer.model_validate({
        "id": PROOF_ID, "purpose": "employment", "on": "2026-11-24", "issued_at": "2026-11-24T02:00:00Z",
        "question": "x", "items": items, "signed": SIGNED,
    })  # fmt: skip


async def asked(s: Script, file: tuple[str, bytes] | None = None, **typed: str):
    client = browser(s)
    token = hidden((await client.get(PATH)).text, "_form")
    data = {"_form": token, "purpose": "employment", "kind": "management_number", **typed}
    return await client.post(PATH, data=data, files={"file": file or ("", b"")})


async def test_each_number_has_its_verdict_in_words_in_the_order_typed():
    s = script(EDITOR, **{API: answer(Verdict.VALID, Verdict.REVOKED, Verdict.UNKNOWN)})

    response = await asked(s, numbers="2024-1\r\n\r\n 2024-2 \r\n2024-3", on="2026-11-24")

    check(response)
    text = text_of(response.text)
    assert sent(s.last(API)) == {
        "purpose": "employment", "on": "2026-11-24",
        "items": [{"management_number": n} for n in ("2024-1", "2024-2", "2024-3")],
    }  # fmt: skip
    assert "共 3 个：有效 1 已撤销 1 查无此证 1" in text
    assert "1 2024-1 有效 高级社会工作师 2024-05-01 至 2027-04-30" in text
    assert "2 2024-2 已撤销 — —" in text


@pytest.mark.parametrize("content", ["\ufeff2024-1,张\r\n2024-2,李\r\n".encode(), '"2024-1"\n2024-2'.encode("gb18030")])
async def test_a_file_has_one_number_a_line(content: bytes):
    s = script(EDITOR, **{API: answer(Verdict.VALID, Verdict.VALID)})

    response = await asked(s, ("numbers.csv", content), kind="id_number")

    assert response.status_code == 200
    assert sent(s.last(API))["items"] == [{"id_number": "2024-1"}, {"id_number": "2024-2"}]


@pytest.mark.parametrize(
    ("typed", "file", "said"),
    [({"numbers": ""}, None, "请填写号码"), ({"numbers": "1\n" * 1001}, None, "一次最多核验 1000 个"),
     ({"numbers": "1", "purpose": ""}, None, "用途"), ({"numbers": "1\n" + "9" * 65}, None, "第 2 行"),
     ({"numbers": ""}, ("x.xlsx", b"PK\x03\x04\x00\x00"), "另存为文本文件"),
     ({"numbers": ""}, ("x.txt", b"1\n" * 70_000), "文件过大")],
)  # fmt: skip
async def test_what_cannot_be_asked_is_told_at_its_field_and_not_asked(typed: dict[str, str], file, said: str):
    s = script(EDITOR)

    response = await asked(s, file, **typed)

    assert response.status_code == 422
    check(response)
    assert said in text_of(response.text)
    assert typed["numbers"].strip()[:20] in response.text
    assert not [r for r in s.asked if r.method == "POST"]


async def test_what_the_register_refuses_of_one_number_is_told_with_its_line():
    wrong = refused(
        422, "请检查。", "invalid", [FieldError(field="items.1.management_number", code="x", detail="不对")]
    )

    response = await asked(script(EDITOR, **{API: wrong}), numbers="2024-1\n2024-2")

    assert response.status_code == 422
    assert "第 2 行“2024-2”：不对" in response.text


async def test_the_signed_answer_is_a_file_and_nothing_else_comes_back():
    s = script(EDITOR, **{API: answer(Verdict.VALID)})
    client = browser(s)
    page = await client.post(
        PATH, data={"_form": hidden((await client.get(PATH)).text, "_form"), "purpose": "employment", "numbers": "1"}
    )
    form = {name: hidden(page.text, name) for name in ("_form", "answer")}

    response = await client.post(f"{PATH}/signed", data=form)
    forged = await client.post(f"{PATH}/signed", data={**form, "answer": "<script>alert(1)</script>"})

    assert (response.text, response.headers["content-type"]) == (SIGNED, "application/jwt")
    assert "attachment" in response.headers["content-disposition"]
    assert forged.status_code == 422
    assert "alert(1)" not in forged.text


async def test_whoever_may_not_verify_is_told_so_and_does_not_see_it_in_the_menu():
    s = script(VIEWER)

    response = await browser(s).get(PATH)

    assert response.status_code == 403
    assert PATH not in {a.get("href") for a in Html(response.text).all("a")}
