"""A roster sent by a browser: its form, the job behind it, and what is refused."""

import httpx
import pytest

from services.contracts.imports import JOB_STATE_NAMES, OLD_NUMBERS_LABEL, WORKING, JobState
from tests.dashboard.scripted import (
    JOB_ID,
    Script,
    an_import,
    browser,
    hidden,
    refused,
    silent,
    text_of,
)
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio

WORKERS = "/registry/imports/certified-workers"
JOB = f"/registry/imports/{JOB_ID}"


async def uploading(script: Script, content: bytes = b"PK-xlsx", name: str = "名册.xlsx") -> httpx.Response:
    client = browser(script)
    known = await filled(client, "/imports/new")
    return await client.post("/imports/new", data=known, files={"file": (name, content)})


async def test_a_roster_goes_on_whole_with_the_key_of_its_form():
    script = Script(**{WORKERS: an_import()})
    client = browser(script)
    known = await filled(client, "/imports/new")

    response = await client.post("/imports/new", data=known, files={"file": ("名册.xlsx", b"PK-xlsx")})

    assert (response.status_code, response.headers["location"]) == (303, f"/imports/{JOB_ID}")
    asked = script.last(WORKERS)
    assert asked.headers["idempotency-key"] == known["key"]
    assert asked.url.params["code_system"] == "own"
    assert b"PK-xlsx" in asked.content


async def test_p04_old_numbers_are_ticked_on_the_form_and_said_with_the_file():
    script = Script(**{WORKERS: an_import()})
    client = browser(script)
    known = await filled(client, "/imports/new")

    refused = await client.post("/imports/new", data=known | {"old_numbers": "true"}, files={"file": ("", b"")})
    await client.post("/imports/new", data=known | {"old_numbers": "true"}, files={"file": ("名册.xlsx", b"PK-xlsx")})

    assert b'name="old_numbers"\r\n\r\ntrue' in script.last(WORKERS).content
    assert 'name="old_numbers" value="true" checked' in refused.text  # what was ticked stays ticked
    assert OLD_NUMBERS_LABEL in refused.text
    assert "old_numbers" not in known  # unless ticked, it is not said
    assert "old_numbers" not in (await client.get("/imports/new?kind=service-points")).text


@pytest.mark.parametrize("state", JobState)
async def test_a_job_shows_its_state_its_rows_and_what_may_be_done(state: JobState):
    job = an_import(state=state, errors=1 if state is JobState.INVALID else 0, may=["confirm", "undo"])
    response = await browser(Script(**{JOB: job})).get(f"/imports/{JOB_ID}")

    assert response.status_code == 200
    check(response)
    text = text_of(response.text)
    assert JOB_STATE_NAMES[state] in text
    working = state in WORKING
    assert ("hx-trigger" in response.text) is working
    assert ("证件号码" in text) is not working
    assert "确认导入" in text
    assert "撤销本次导入" in text
    assert "取消，不入库" not in text


async def test_confirming_says_whether_conflicts_are_left_out():
    script = Script(**{JOB: an_import(conflict=2), f"{JOB}/confirm": an_import()})
    client = browser(script)
    known = await filled(client, f"/imports/{JOB_ID}")

    response = await client.post(f"/imports/{JOB_ID}/confirm", data={**known, "skip_conflicts": "true"})

    assert (response.status_code, response.headers["location"]) == (303, f"/imports/{JOB_ID}")
    sent = script.last(f"{JOB}/confirm")
    assert sent.headers["idempotency-key"] == known["key"]
    assert sent.read() == b'{"skip_conflicts": true}'


async def test_a_refused_undo_shows_the_rows_in_its_way():
    script = Script(**{JOB: an_import(state="done", may=["undo"]), f"{JOB}/undo": refused(409, "有 1 行又被改动。")})
    client = browser(script)

    response = await client.post(f"/imports/{JOB_ID}/undo", data=await filled(client, f"/imports/{JOB_ID}"))

    assert response.status_code == 409
    check(response)
    assert "有 1 行又被改动。" in response.text
    assert script.last(f"{JOB}/rows").url.params["outcome"] == "changed_since"


async def test_the_same_button_twice_sends_the_same_key_and_a_new_form_another():
    client = browser()

    assert (await filled(client, "/imports/new"))["key"] != (await filled(client, "/imports/new"))["key"]


@pytest.mark.parametrize("status", [409, 413, 415, 422])
async def test_a_refused_file_leaves_the_form_for_another(status: int):
    response = await uploading(Script(**{WORKERS: refused(status, "文件不能入库，请另选。")}))

    assert response.status_code == status
    check(response)
    assert "文件不能入库，请另选。" in response.text
    assert hidden(response.text, "kind") == "certified-workers"


@pytest.mark.parametrize(
    ("answer", "status"), [(refused(403, "没有导入权限。"), 403), (silent, 503), (refused(404, "无"), 404)]
)
async def test_an_upload_that_could_not_be_taken_is_a_page(answer: object, status: int):
    response = await uploading(Script(**{WORKERS: answer}))

    assert response.status_code == status
    check(response)


async def test_no_file_is_said_so():
    client = browser()

    response = await client.post("/imports/new", data=await filled(client, "/imports/new"), files={"file": ("", b"")})

    assert response.status_code == 422
    assert "请先选择要上传的 Excel 文件" in response.text


async def test_a_file_beyond_the_limit_is_a_page():
    client = browser(upload_limit=2048)
    known = await filled(client, "/imports/new")

    response = await client.post("/imports/new", data=known, files={"file": ("a.xlsx", b"x" * 5000)})

    assert response.status_code == 413
    check(response)
    assert "请拆分" in response.text


async def test_a_session_that_ended_meanwhile_comes_back_to_the_form():
    script = Script()
    client = browser(script)
    known = await filled(client, "/imports/new")
    script.answers["/auth/me"] = refused(401, "登录已失效。")

    response = await client.post("/imports/new", data=known, files={"file": ("a.xlsx", b"x")})

    assert (response.status_code, response.headers["location"]) == (303, "/login?next=/imports/new")


async def test_the_template_is_handed_through():
    response = await browser().get("/imports/certified-workers/template.xlsx")

    assert response.content == b"PK-template"
    assert "attachment" in response.headers["content-disposition"]
