"""What `make assets` builds: small, for old browsers, without anything the content security policy forbids."""

import gzip
import re

import pytest

from services.dashboard.render import CONTENT_SECURITY_POLICY
from services.dashboard.static_files import FOLDERS, VERSIONS
from tests.dashboard.scripted import Html, browser

pytestmark = pytest.mark.anyio
BUILT = FOLDERS[1]
KIB = 1024
YEAR = "public, max-age=31536000, immutable"


def built(name: str) -> str:
    return (BUILT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "most"), [("shegong.css", 31), ("app.js", 20), ("chart.js", 265)])
def test_what_a_browser_fetches_is_small(name: str, most: int):
    assert len(gzip.compress(built(name).encode(), 9)) <= most * KIB


def test_the_style_sheet_is_understood_by_browsers_of_2021():
    assert not re.search(
        r"oklch|color-mix|@layer|@container|:has\(|@import|light-dark\(|\bnesting\b", built("shegong.css")
    )
    assert not re.findall(r"url\((?!\"?data:)", built("shegong.css"))


def test_our_own_script_is_no_more_than_the_policy_allows():
    """htmx makes functions of text only for hx-on and js:, which `deploy check` finds in templates."""
    sources = "".join(p.read_text() for p in (FOLDERS[0].parent / "assets/js").glob("*.js"))

    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write|setAttribute\(\"style\"", sources)


async def test_files_are_kept_for_a_year_under_their_content_and_come_compressed():
    client = browser(signed_in=False)
    href = next(a["href"] for a in Html((await client.get("/login")).text).all("link") if a["rel"] == "stylesheet")

    packed = await client.get(href or "", headers={"accept-encoding": "gzip"})
    plain = await client.get(href or "", headers={"accept-encoding": "identity"})

    for response in (packed, plain):
        assert response.headers["cache-control"] == YEAR
        assert response.headers["content-type"].startswith("text/css")
        assert response.headers["vary"] == "Accept-Encoding"
        assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert response.text == built("shegong.css")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert (await client.get("/static/shegong.css?v=old")).headers["cache-control"] == "public, no-cache"


async def test_only_what_pages_ask_for_is_served():
    client = browser(signed_in=False)

    assert (await client.get("/static/icon.svg")).status_code == 200
    for path in ("/static/stamp", "/static/shegong.css.gz", "/static/../app.py", "/static/none.css"):
        assert (await client.get(path)).status_code == 404
    assert set(VERSIONS) == {"icon.svg", "shegong.css", "app.js", "chart.js"}
