"""Addresses: those of pages that are mistyped, and that of the browser behind a proxy; and what https alone adds."""

import pytest

from tests.dashboard.scripted import PERSON_ID, POINT_ID, Script, browser, refused
from tests.dashboard.test_pages import EXPLAIN, check
from tests.keys import JINAN, keyring

pytestmark = pytest.mark.anyio
PLACE = "地址里的区划代码应为 12 位数字"
TECHNICAL = ("应符合", "^[", "[0-9]", "code：", "on：", "id：", "expected", "&#39;")
FAR = "203.0.113.9"


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/map/abc", PLACE),
        ("/map/37", PLACE),
        ("/map/３７０１００００００００", PLACE),
        ("/people?division=abc", PLACE),
        (f"/map/{JINAN}?on=2026-13-01", "日期应写成 2026-11-24 的样子"),
        (f"/map/{JINAN}?on=0001-01-01", "在 1949-10-01 与 2199-12-31 之间"),
        (f"/map/{JINAN}?by=x", "不是本页可选的"),
        ("/people/1", "编号不完整或有误"),
        (f"/people/{PERSON_ID}?certificates={'x' * 501}", "翻页位置有误"),
        (f"/service-points/{POINT_ID}?staff={'x' * 501}", "翻页位置有误"),
        ("/people?level=x", "不是本页可选的"),
        ("/people?q=" + "x" * 51, "最多 50 个字"),
        ("/imports/new?kind=x", "不是本页可选的"),
        ("/explain", "没有写明是哪个数字"),
        (f"{EXPLAIN}&metric=A-B", "没有写明是哪个数字"),
        ("/login?left=perhaps", "地址不完整"),
    ],
)
async def test_a_malformed_address_is_explained_in_plain_words_with_the_way_home(path: str, said: str):
    response = await browser().get(path)

    assert response.status_code == 422
    page = check(response)
    assert "地址有误" in response.text
    assert said in response.text
    assert not [word for word in TECHNICAL if word in response.text]
    assert any(a.get("href") == "/" and "btn" in (a.get("class") or "") for a in page.all("a"))


async def test_every_mistake_of_an_address_is_said_once():
    response = await browser().get("/people?division=abc&level=x&registered=y")

    assert response.text.count(PLACE) == 1
    assert response.text.count("不是本页可选的") == 1


async def test_what_the_gateway_says_of_a_right_address_is_kept():
    script = Script(**{f"/coverage/{JINAN}": refused(422, "这一天早于最早的记录。", code="too_early")})

    response = await browser(script).get(f"/map/{JINAN}")

    assert "这一天早于最早的记录。" in response.text


# ── the browser ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("trusted", "forwarded", "told"),
    [
        ((), [FAR], "127.0.0.1"),
        (("10.0.0.0/8",), [FAR], "127.0.0.1"),
        (("127.0.0.0/8",), [], "127.0.0.1"),
        (("127.0.0.0/8",), [FAR], FAR),
        (("127.0.0.0/8",), ["198.51.100.1, " + FAR], FAR),
        (("127.0.0.0/8",), ["198.51.100.1", FAR], FAR),
        (("127.0.0.0/8", "10.0.0.0/8"), [f"198.51.100.1, {FAR}, 10.1.2.3, ::ffff:10.1.2.4"], FAR),
        (("127.0.0.0/8", "10.0.0.0/8"), ["10.1.2.3"], "10.1.2.3"),
        (("127.0.0.0/8",), [FAR + ", nonsense"], "nonsense"),
        (("127.0.0.0/8", "2001:db8::/32"), ["2400:3200::1, 2001:db8::5,"], "2400:3200::1"),
    ],
)
async def test_the_nearest_address_that_is_no_trusted_proxy_is_told_to_the_gateway(
    trusted: tuple[str, ...], forwarded: list[str], told: str
):
    script = Script()

    await browser(script, trusted_proxies=trusted).get("/help", headers=[("x-forwarded-for", f) for f in forwarded])

    front = script.last("/auth/me").headers["x-shegong-front"]
    assert keyring("gateway").verify(front, kind="front", signer="dashboard")["address"] == told


# ── https ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", ["/login", "/", "/nowhere", "/map/abc", "/static/icon.svg"])
async def test_over_https_every_answer_tells_the_browser_to_stay_there(path: str):
    kept = await browser(signed_in=False, https=True).get(path)
    plain = await browser(signed_in=False).get(path)

    assert kept.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in plain.headers
