"""What is typed line by line, and the names by which ids are told: one question for all of them."""

import httpx
import pytest

from services.contracts.registry import DivisionOut, OrganizationOut
from services.dashboard import inputs, naming
from services.dashboard.gateway import Gateway
from services.dashboard.inputs import Input, Kind
from services.kernel.paging import Page
from tests.dashboard.scripted import LICHENG, STREET, Answer, Script, a_division, refused, silent

pytestmark = pytest.mark.anyio
SERVED = Input("served_divisions", "服务的区划", Kind.DIVISIONS)
DIVISIONS = "/registry/divisions"


def gateway(script: Script) -> Gateway:
    http = httpx.AsyncClient(transport=httpx.MockTransport(script), base_url="http://gateway")
    return Gateway(http, token=None, front={})


def units(**named: str) -> Page[DivisionOut]:
    return Page(items=[a_division(code=code[1:], name=name) for code, name in named.items()], next=None)


async def typed(text: str, *, known: inputs.Given | None = None, **answers: Answer) -> inputs.Given | inputs.Wrong:
    script = Script(**answers)
    given, wrong = await inputs.given(gateway(script), (SERVED,), {SERVED.name: text}, known=known or {})
    return wrong or given


async def test_a_place_is_typed_by_code_or_by_the_beginning_of_its_name():
    known = {DIVISIONS: units(c370112001000="山大路街道")}

    assert await typed(f"山大路街道\n\n{STREET}\n{STREET} 山大路", **known) == {SERVED.name: [STREET]}
    village = {DIVISIONS: units(c370112018005="官庄村村民委员会")}
    assert await typed("官庄村", known={"division": LICHENG}, **village) == {SERVED.name: ["370112018005"]}


async def test_one_of_several_of_a_name_is_typed_by_its_code():
    several = {DIVISIONS: units(c370112018005="官庄村村民委员会", c370112019006="官庄村村民委员会")}

    said = await typed("官庄村", known={"division": LICHENG}, **several)

    assert said == {
        SERVED.name: "“官庄村”有几个区划同名，请改填代码："
        "370112018005（官庄村村民委员会）、370112019006（官庄村村民委员会）"
    }


async def test_a_place_elsewhere_is_not_meant():
    elsewhere = {DIVISIONS: units(c370181001000="山大路街道")}

    assert await typed("山大路街道", known={"division": LICHENG}, **elsewhere) == {
        SERVED.name: "“山大路街道”没有找到这个区划，请填写全称或十二位区划代码"
    }


async def test_a_code_that_is_not_there_is_named():
    none = {DIVISIONS: units(), f"{DIVISIONS}/{STREET}": refused(404, "没有")}

    assert await typed(STREET, **none) == {SERVED.name: f"“{STREET}”没有这个区划代码，请核对"}


async def test_places_that_cannot_be_named_are_told_and_taken_by_their_code():
    given = await naming.divisions(gateway(Script(**{DIVISIONS: silent})), [STREET])

    assert naming.told([STREET], given) == [STREET]
    kept = await typed(STREET, known={SERVED.name: [STREET]}, **{DIVISIONS: silent})
    assert kept == {SERVED.name: [STREET]}


async def test_names_are_asked_for_two_hundred_at_a_time_and_nobody_about_nothing():
    script = Script(**{DIVISIONS: units()})

    await naming.divisions(gateway(script), [f"{n:012}" for n in range(250)] * 2)
    assert sorted(len(r.url.params.get_list("code")) for r in script.asked) == [50, 200]

    assert (await naming.divisions(gateway(script), [])).found == {}
    assert len(script.asked) == 2


async def test_too_many_lines_are_refused_before_anybody_is_asked():
    assert await typed("\n".join(f"街道{n}" for n in range(51))) == {SERVED.name: "一次最多查找 50 行，请分次填写"}
    assert await typed("甲\n" * 501) == {SERVED.name: "一次最多填写 500 行"}


async def test_a_street_whose_code_ends_in_nought_is_not_its_neighbour():
    neighbour = {DIVISIONS: units(c370112011003="官庄村村民委员会")}

    said = await typed("官庄村", known={"division": "370112010000"}, **neighbour)

    assert said == {SERVED.name: "“官庄村”没有找到这个区划，请填写全称或十二位区划代码"}


# ── an organization of the registry, or else a name ──────────────────────────────────────────────────────────────────
ORGANIZER = Input("organizer", "主办机构", Kind.ORGANIZER)
ORGANIZATIONS, CODE, ID = "/registry/organizations", "51370100MJE000000X", "0198f000-0000-7000-8000-000000000017"
NONE = Page[OrganizationOut](items=[], next=None)


async def organized(text: str, *, known: inputs.Given | None = None, **answers: Answer) -> inputs.Given | inputs.Wrong:
    script = Script(**answers)
    given, wrong = await inputs.given(gateway(script), (ORGANIZER,), {"organizer": text}, known=known or {})
    return wrong or given


@pytest.mark.parametrize("answer", [NONE, refused(403, "您的角色不能进行这项操作。")])
async def test_an_organizer_who_is_not_in_the_registry_is_told_by_name(answer: Answer):
    named = {"organizer_id": None, "organizer_name": "某协会"}

    assert await organized("某协会", **{ORGANIZATIONS: answer}) == named


async def test_a_code_that_is_not_there_is_nobodys_name():
    said = await organized(CODE, **{f"{ORGANIZATIONS}/by-uscc/{CODE}": refused(404, "没有")})

    assert said == {"organizer": "没有找到这个代码的机构，请核对；尚未登记的请先登记机构"}


async def test_while_the_registry_is_away_nobody_is_taken_for_a_stranger():
    said = await organized("某协会", **{ORGANIZATIONS: silent})

    assert "没有应答" in str(said["organizer"])


async def test_an_organization_that_has_no_name_just_now_is_kept():
    known: inputs.Given = {"organizer_id": ID, "organizer_name": None}

    assert await organized("", known=known) == {"organizer_id": ID, "organizer_name": None}
    assert await organized("") == {"organizer": "请填写此项"}


async def test_a_day_that_is_left_out_is_not_today():
    day = Input("on", "生效日期", Kind.DATE)

    assert await inputs.given(gateway(Script()), (day,), {"on": ""}, known={}) == ({}, {"on": "请填写此项"})


async def test_what_was_told_by_its_id_may_stay_so_when_it_has_a_name_again():
    known: inputs.Given = {SERVED.name: [STREET]}
    named = {DIVISIONS: units(c370112001000="山大路街道")}

    assert await typed(STREET, known=known, **named) == known


async def test_a_name_too_short_to_search_by_says_so():
    short = refused(422, "请至少输入姓名中的两个字再查询。", "search_too_short")

    person = Input("person", "人员", Kind.PERSON)
    found = await inputs.given(gateway(Script(**{"/registry/people": short})), (person,), {"person": "张"}, known={})

    assert found == ({}, {"person": "请至少输入姓名中的两个字再查询"})
