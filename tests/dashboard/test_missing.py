"""Nothing is cut silently, and what nobody has recorded is a dash and not a zero."""

import httpx
import pytest

from services.contracts.coverage import Coverage, IndicatorTarget, TargetStatus
from services.contracts.divisions import Tier
from services.contracts.registry import AssignmentOut, CertificateOut, RegistrationOut, ServicePointOut
from services.kernel.paging import Page
from tests.dashboard.scripted import (
    DAY,
    LICHENG,
    PERSON_ID,
    POINT_ID,
    STREET,
    VILLAGE,
    Answer,
    Html,
    Script,
    a_certificate,
    a_child,
    a_point,
    browser,
    city,
    indicators,
    text_of,
    tier,
    village,
)
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
NO_SOURCE = "尚无服务记录来源"


def following(response: httpx.Response) -> list[str]:
    return [a["href"] or "" for a in check(response).all("a") if a.get("rel") == "next"]


def staff(next: str | None) -> Page[AssignmentOut]:
    known = {"id": PERSON_ID, "person_id": PERSON_ID, "person_name": "张*", "service_point_id": POINT_ID,
             "service_point_name": "山大路街道社工站", "service_point_number": "LC-001", "division": STREET,
             "started_on": "2021-09-01", "ended_on": None, "version": 1}  # fmt: skip
    return Page[AssignmentOut](items=[AssignmentOut.model_validate(known)], next=next)


def lists_of_a_person(next: str | None) -> dict[str, Answer]:
    registration = {"id": PERSON_ID, "person_id": PERSON_ID, "person_name": "张*", "level": "social_worker",
                    "certificate_id": PERSON_ID, "start": "2024-05-02", "end": "2027-05-02",
                    "division": LICHENG}  # fmt: skip
    registered = RegistrationOut.model_validate(registration)
    return {
        "/registry/certificates": Page[CertificateOut](items=[a_certificate()], next=next and f"c-{next}"),
        "/registry/registrations": Page[RegistrationOut](items=[registered], next=next and f"r-{next}"),
    }


# ── lists on the page of one record ──────────────────────────────────────────────────────────────────────────────────
async def test_staff_beyond_the_first_page_can_be_reached():
    script = Script(**{"/registry/assignments": staff("s2")})
    path = f"/service-points/{POINT_ID}"

    [more] = following(await browser(script).get(f"{path}?on=2026-11-24"))
    second = await browser(script).get(more)

    assert more == f"{path}?on=2026-11-24&staff=s2#staff"
    asked = dict(script.last("/registry/assignments").url.params)
    assert asked == {"service_point_id": str(POINT_ID), "on": "2026-11-24", "limit": "50", "cursor": "s2"}
    assert f'href="{path}?on=2026-11-24#staff"' in second.text


async def test_a_list_that_is_whole_has_no_way_on():
    assert (
        following(await browser(Script(**{"/registry/assignments": staff(None)})).get(f"/service-points/{POINT_ID}"))
        == []
    )
    assert following(await browser(Script(**lists_of_a_person(None))).get(f"/people/{PERSON_ID}")) == []


async def test_certificates_and_registrations_are_paged_each_by_itself():
    script = Script(**lists_of_a_person("2"))
    path = f"/people/{PERSON_ID}"

    certificates, registrations = following(await browser(script).get(path))
    both = following(await browser(script).get(f"{path}?certificates=c-1"))

    assert certificates == f"{path}?certificates=c-2#certificates"
    assert registrations == f"{path}?registrations=r-2#registrations"
    assert both[1] == f"{path}?certificates=c-1&registrations=r-2#registrations"
    assert script.last("/registry/certificates").url.params["cursor"] == "c-1"
    assert "cursor" not in script.last("/registry/registrations").url.params


async def test_a_village_with_more_rooms_than_its_card_shows_leads_to_all_of_them():
    many = Page[ServicePointOut](items=[a_point()], next="p2")

    response = await browser(Script(**{"/registry/service-points": many})).get(f"/map/{VILLAGE}?on=2026-11-24")

    hrefs = {a.get("href") for a in Html(response.text).all("a")}
    assert f"/service-points?division={VILLAGE}&on=2026-11-24&open=true" in hrefs


# ── served: no records are no zero ───────────────────────────────────────────────────────────────────────────────────
def unserved(*, by_one: bool = False) -> Coverage:
    district = [tier(Tier.DISTRICT, 1, 1, 1), tier(Tier.STREET, 21, 20, 19, int(by_one))]
    return city(
        tiers=[tier(Tier.CITY, 1, 1, 1), tier(Tier.DISTRICT, 12, 12, 11), tier(Tier.STREET, 161, 161, 158)],
        children=[a_child(LICHENG, "历城区", Tier.DISTRICT, district)],
        unrecorded=[] if by_one else ["served"],
    )


async def test_where_nobody_has_recorded_a_service_the_map_shows_a_dash_and_says_why():
    response = await browser(Script(**{f"/coverage/{JINAN}": unserved()})).get(f"/map/{JINAN}")

    check(response)
    assert NO_SOURCE in response.text
    assert "served@" not in response.text
    assert "21 20 19 — 95.2%" in text_of(response.text)


async def test_one_service_anywhere_makes_the_others_zeros():
    response = await browser(Script(**{f"/coverage/{JINAN}": unserved(by_one=True)})).get(f"/map/{JINAN}")

    assert NO_SOURCE not in response.text
    assert "21 20 19 1 95.2%" in text_of(response.text)


async def test_villages_without_any_service_record_are_not_called_unserved():
    rows = [a_child(f"37011200100{n}", f"第{n}社区", Tier.VILLAGE, [tier(Tier.VILLAGE, 1, 1)]) for n in (1, 2)]
    tiers = [tier(Tier.STREET, 1, 1), tier(Tier.VILLAGE, 2, 2)]
    street = city(tiers=tiers, children=rows, unrecorded=["served"])

    text = text_of((await browser(Script(**{f"/coverage/{JINAN}": street})).get(f"/map/{JINAN}")).text)

    assert "近期没有记录" not in text
    assert "第1社区 已建站，未达有效 —" in text
    assert NO_SOURCE in text


async def test_the_card_of_a_village_says_that_no_service_is_recorded_yet_or_that_there_was_one():
    never = village().model_copy(update={"unrecorded": ["served"]})
    before = text_of((await browser(Script(**{f"/coverage/{VILLAGE}": never})).get(f"/map/{VILLAGE}")).text)
    once = village().model_copy(update={"tiers": [tier(Tier.VILLAGE, 1, 1, 0, 1)]})
    after = text_of((await browser(Script(**{f"/coverage/{VILLAGE}": once})).get(f"/map/{VILLAGE}")).text)

    assert f"有服务 — {NO_SOURCE}" in before
    assert "有服务 是" in after


# ── indicators of which nobody has said anything ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("status", [None, TargetStatus.CANNOT_TELL, TargetStatus.NO_TARGET, TargetStatus.BEHIND])
async def test_an_indicator_without_a_value_is_a_dash_that_cannot_be_judged(status: TargetStatus | None):
    target = status and IndicatorTarget(
        due=DAY, value=15000, clause="6a", status=status, achieved_on=None, gap=None, pace=None
    )
    usual = indicators()
    silence = usual.items[2].model_copy(update={"value": None, "target": target})
    script = Script(**{f"/indicators/{JINAN}": usual.model_copy(update={"items": [silence]})})

    response = await browser(script).get(f"/map/{JINAN}")

    cards = response.text.split('class="kpis"', 1)[1].split("</ul>", 1)[0]
    card = cards.split("持证社会工作专业人才", 1)[1].split("</li>", 1)[0]
    assert "无法判断 — 人 尚无记录" in text_of(card)
    assert ("目标 15,000 人" in card) == (status not in (None, TargetStatus.NO_TARGET))
    assert "<progress" not in card
    assert ">0<" not in card
