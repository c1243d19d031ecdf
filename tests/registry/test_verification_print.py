"""What is printed can be scanned, and what was scanned can be verified [18]."""

from datetime import date

import pypdfium2
import pytest
import zxingcpp

from services.contracts.registry import Level
from services.kernel import clock
from services.registry.verification.extract import LACKING, Printed, extract
from tests.registry.test_disclosure import events
from tests.registry.verifying import NOW, NUMBER, Register, opened

pytestmark = pytest.mark.anyio
DPI = 150


@pytest.fixture
def app(app):
    app.dependency_overrides |= {clock.now: lambda: NOW, clock.today: lambda: clock.business_date(NOW)}
    return app


@pytest.fixture
def register(registry):
    return Register(registry)


def scanned(pdf: bytes, *, dpi: int = DPI) -> list[str]:
    """As a picture of the paper."""
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_numpy()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def words(pdf: bytes) -> str:
    return "".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded().split())


async def test_a_printed_extract_is_scanned_and_verified_until_it_is_withdrawn(client, city, register):
    registration = await register.enrolled(name="演示·甲")

    answer = await city.post(f"/registrations/{registration}/extract", json={})
    [url] = scanned(answer.content)
    [proof] = (await city.get("/proofs", params={"registration_id": registration})).json()["items"]
    fine = await opened(client, url)
    await city.post(f"/proofs/{proof['id']}/withdraw")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    assert url.startswith("http://127.0.0.1:8000/api/v1/verify/")
    assert (fine["word"], (await opened(client, url))["word"]) == ("有效", "凭证已作废")
    assert [e["body"]["kind"] for e in await events(client, "ProofIssued")] == ["extract"]
    for shown in ("演示·甲", "9990***", "社会工作师", NUMBER, "2024年6月1日至2027年5月31日", "2026年11月24日"):
        assert shown in words(answer.content), shown
    assert len(answer.content) < 60_000


async def test_only_who_may_change_the_registration_prints_it_and_only_while_it_is_in_force(client, city, register):
    over = await register.enrolled(term=(date(2021, 6, 1), date(2024, 6, 1)))

    assert (await city.post(f"/registrations/{over}/extract", json={})).json()["code"] == "registration_not_in_force"
    assert (await client("registry:read").post(f"/registrations/{over}/extract", json={})).status_code == 403
    assert (await city.get("/proofs", params={"registration_id": over})).json()["items"] == []


def test_a_character_that_the_font_lacks_is_named_and_never_left_out():
    page = Printed(
        f"演示{chr(0x20BB7)}", "9990**********002X", Level.SENIOR, "1", NOW.date(), NOW.date(), date(2029, 11, 24),
        NOW.date(), "https://register.example/api/v1/verify/" + "x" * 27,
    )  # fmt: skip
    pdf = extract(page, demo=True)

    assert f"演示{LACKING}" in words(pdf)
    assert "U+20BB7" in words(pdf)
    assert "演示数据，均为虚构" in words(pdf)
    assert scanned(pdf, dpi=100) == [page.url]
