"""Every page, whatever the gateway says: whole, safe, and honest about what is missing."""

import httpx
import pytest

from services.dashboard.render import CONTENT_SECURITY_POLICY
from tests.dashboard.scripted import (
    PERSON_ID,
    POINT_ID,
    VILLAGE,
    Html,
    Script,
    browser,
    refused,
    silent,
)
from tests.keys import JINAN

pytestmark = pytest.mark.anyio

EXPLAIN = f"/explain?metric=certified_people&division={JINAN}"
# Address → what it asks the gateway first.
ASKING = {
    f"/map/{JINAN}": f"/coverage/{JINAN}",
    f"/map/{JINAN}?by=zone&map=today&on=2021-12-31": f"/coverage/{JINAN}",
    f"/map/{VILLAGE}": f"/coverage/{VILLAGE}",
    EXPLAIN: "/explain",
    f"/map/{JINAN}/ranking.csv": f"/indicators/{JINAN}/children",
    "/indicators": f"/indicators/{JINAN}",
    "/indicators/certified_people": f"/indicators/{JINAN}/children",
    "/people?q=&division=&on=&level=senior": "/registry/people",
    f"/people/{PERSON_ID}": f"/registry/people/{PERSON_ID}",
    "/service-points?tier=street_station": "/registry/service-points",
    f"/service-points/{POINT_ID}": f"/registry/service-points/{POINT_ID}",
    "/imports/certified-workers/template.xlsx": "/registry/imports/certified-workers/template.xlsx",
}
# A list whose search cannot be made keeps its form (below).
LISTS = ("/people?", "/service-points?")
STATUSES = (403, 404, 409, 410, 422, 429, 503)
REFUSED = [(path, status) for path in ASKING for status in STATUSES if (path.startswith(LISTS), status) != (True, 422)]
SIGNED_IN = [*ASKING, "/", "/imports/new", "/imports/new?kind=service-points", "/password", "/work", "/targets"]
OPEN = ["/login", "/status", "/help", "/about"]
HTML = [p for p in (*SIGNED_IN, *OPEN) if p != "/" and not p.endswith((".xlsx", ".csv"))]


def check(response: httpx.Response) -> Html:
    """What holds for every page, be it an answer or a refusal."""
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Html(response.text)
    assert not [a for _, tag in page.tags for a in tag if a == "style" or a.startswith(("on", "hx-on"))]
    assert not [v for _, tag in page.tags for v in tag.values() if (v or "").lower().startswith(("javascript:", "js:"))]
    assert not page.all("style")
    assert all((a.get("src") or "").startswith("/static/") for a in page.all("script"))
    assert [len(page.all(tag)) for tag in ("html", "main", "h1")] == [1, 1, 1]
    assert response.text.partition("</head>")[0].count("<title>") == 1
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(a.get("scope") for a in page.all("th"))
    assert all((a.get("action") or "").startswith("/") and a.get("method") for a in page.all("form"))
    posting = [a for a in page.all("form") if a["method"] == "post"]
    assert len(posting) == sum(a.get("name") == "_form" for a in page.all("input"))
    assert all((a.get("href") or "").startswith(("/", "#")) for a in page.all("a"))
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    return page


async def test_the_policy_is_the_strictest_that_works():
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


@pytest.mark.parametrize("path", HTML)
async def test_a_page_is_whole_and_safe(path: str):
    response = await browser(demo=True).get(path)

    assert response.status_code == 200
    page = check(response)
    assert "演示数据" in response.text
    labelled = {a.get("for") for a in page.all("label")}
    fields = [a for tag in ("input", "select") for a in page.all(tag) if a.get("type") != "hidden"]
    assert {a["id"] for a in fields} <= labelled


@pytest.mark.parametrize("path", SIGNED_IN)
async def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(path: str):
    script = Script()

    response = await browser(script, signed_in=False).get(path)

    assert response.status_code == 303
    target = httpx.URL(response.headers["location"])
    assert (target.path, target.params.get("next", "/")) == ("/login", path)
    assert script.asked == []


@pytest.mark.parametrize("path", SIGNED_IN)
async def test_an_ended_session_leads_to_the_login_and_is_forgotten(path: str):
    response = await browser(Script(**{"/auth/me": refused(401, "登录已失效。")})).get(path)

    assert response.status_code == 303
    assert response.headers["location"].startswith("/login")
    assert 'shegong_session=""' in response.headers["set-cookie"]


@pytest.mark.parametrize(("path", "status"), REFUSED)
async def test_a_refusal_keeps_its_status_and_its_sentence(path: str, status: int):
    said = refused(status, "这里是网关说的话。", **{"retry-after": "7"})

    response = await browser(Script(**{ASKING[path]: said})).get(path)

    assert response.status_code == status
    check(response)
    assert "这里是网关说的话。" in response.text
    assert response.headers["x-request-id"] in response.text
    assert response.headers.get("retry-after") == "7"
    assert "7 秒后再试" in response.text
    assert 'href="/"' in response.text


@pytest.mark.parametrize("path", ASKING)
async def test_a_silent_gateway_is_said_so_with_a_way_to_try_again(path: str):
    response = await browser(Script(**{ASKING[path]: silent})).get(path)

    assert response.status_code == 503
    check(response)
    assert "没有应答" in response.text
    assert any(a.get("href") == path for a in Html(response.text).all("a"))


@pytest.mark.parametrize("path", ASKING)
async def test_a_gateway_that_fails_or_talks_nonsense_is_unavailable_and_no_bug_of_ours(path: str):
    for answer in (httpx.Response(500, text="boom"), httpx.Response(200, json={"no": "such"})):
        response = await browser(Script(**{ASKING[path]: answer})).get(path)

        assert response.status_code in ((200, 503) if path.endswith(".xlsx") else (503,))
        assert "boom" not in response.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/map/37", 422), (f"/map/{JINAN}?on=2026-13-01", 422), (f"/map/{JINAN}?on=0001-01-01", 422),
     (f"/map/{JINAN}?by=x", 422), ("/people/1", 422), ("/explain", 422), ("/people?level=x", 422), ("/static/no", 404),
     ("/static/..%2fapp.py", 404), ("/people?q=" + "x" * 51, 422)],
)  # fmt: skip
async def test_a_wrong_address_is_a_page_as_well(path: str, status: int):
    response = await browser().get(path)

    assert response.status_code == status
    check(response)


async def test_a_method_that_a_page_does_not_know_is_said_so():
    response = await browser().delete("/login")

    assert response.status_code == 405
    check(response)


async def test_what_machines_ask_stays_json():
    client = browser(signed_in=False)

    assert (await client.get("/health")).json() == {"service": "dashboard", "state": "alive"}
    assert (await client.get("/ready")).status_code == 200
    assert (await client.get("/internal/openapi.json")).json()["status"] == 401
