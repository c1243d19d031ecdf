"""Names and people that break what is careless: registered, searched, exported and shown (P and N rows)."""

import asyncio
import io
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from services.contracts.registry import PersonOut
from services.kernel.paging import Page
from tests import rosters
from tests.dashboard.scripted import Script, browser
from tests.hostile.houses import WORKERS, House
from tests.registry.factories import STREET, a_roster, a_worker

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("house", ["registry"], indirect=True)]
DOTS = ("\u00b7", "\u2022", "\u30fb", "\uff0e", "\u2027", "\uff65")
RARE = ("\U00020bb7㐂\U0002cb29", "阿不都\u30fb热西提", "\ue000小明", "长" * 50)  # N04, N02, N07, N03
LITERAL = ("_x0041_", "null", "undefined", "NaN", "' OR 1=1--", "<svg onload=alert(1)>", '=HYPERLINK("x")')  # N11
NAMES = (*RARE, *LITERAL)
WRONG = ("110105194912310021", "11010519490230002X", "110105491231002", "1101051\x009491231002X")
_numbers = itertools.count(100)


async def imported(house: House, *lines: dict[str, object], **how: Any) -> rosters.Import:
    house.client.headers.update(house.headers())
    return await rosters.imported(house.client, a_roster(lines), WORKERS, **how)


async def registered(house: House, names: Sequence[str]) -> rosters.Import:
    found = await imported(house, *(a_worker(next(_numbers), 姓名=name) for name in names))
    assert found.state == "done", found
    return found


async def people(house: House, **sought: str) -> list[dict[str, Any]]:
    answer = (await house.ask("GET", "/people", params={"limit": "500", **sought})).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_n02_search_finds_every_variant_of_the_middle_dot(house: House) -> None:
    names = [f"古丽{dot}买买提" for dot in DOTS]
    await registered(house, names)

    for dot in DOTS:
        assert sorted(p["name"] for p in await people(house, q=f"古丽{dot}买")) == sorted(names), f"U+{ord(dot):04X}"


@pytest.fixture(scope="module")
async def named(house: House) -> rosters.Import:
    return await registered(house, NAMES)


async def test_n04_n11_names_are_stored_and_found_as_they_were_given(house: House, named: rosters.Import) -> None:
    for name in NAMES:
        assert [p["name"] for p in await people(house, q=name)] == [name]


async def test_n04_n11_names_stand_in_every_export_as_text(house: House, named: rosters.Import) -> None:
    book, text = [await house.ask("GET", "/people/export", params={"format": f}) for f in ("xlsx", "csv")]

    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert {cell for row in rows for cell in row} >= set(NAMES)
    lines = text.content.decode("utf-8-sig").replace('""', '"')
    assert all(name in lines for name in NAMES)
    assert not any(line.lstrip('"').startswith("=") for line in lines.splitlines())


async def test_n04_n11_names_are_text_on_the_page(house: House, named: rosters.Import) -> None:
    answer = await house.ask("GET", "/people", params={"limit": "500"})
    script = Script(**{"/registry/people": Page[PersonOut].model_validate_json(answer.content)})

    page = (await browser(script).get("/people")).raise_for_status().text

    assert all(name in page for name in RARE)
    assert "<svg onload" not in page
    assert "&lt;svg onload=alert(1)&gt;" in page


async def test_n07_a_character_made_for_one_machine_is_kept_and_said(house: House, named: rosters.Import) -> None:
    answer = await house.ask("GET", f"/imports/{named.id}/rows", params={"limit": "500"})

    rows = answer.json()["items"]
    found = {(r["number"] - 2, f["code"]) for r in rows for f in r["findings"]}
    assert [n for n, code in found if code == "private_character"] == [NAMES.index("\ue000小明")]
    assert (0, "rare_character") in found


async def test_n09_another_width_is_the_same_name_and_another_alphabet_for_a_person_to_decide(house: House) -> None:
    n = next(_numbers)
    assert (await imported(house, a_worker(n, 姓名="Wang Wei"))).state == "done"

    wide = await imported(house, a_worker(n, 姓名="Ｗang　Ｗei"))
    cyrillic = await imported(house, a_worker(n, 姓名="W\u0430ng Wei"))

    assert (wide.state, wide.job["unchanged"], wide.job["conflict"]) == ("done", 1, 0)
    assert (cyrillic.state, cyrillic.answer.json()["code"]) == ("ready", "in_conflict")


@pytest.mark.parametrize(("field", "text"), [("姓名", " 演示边 \n"), ("证件号码", "\u3000{}\n")])
async def test_p10_spaces_around_are_trimmed_also_in_a_cell(house: House, field: str, text: str) -> None:
    line = a_worker(next(_numbers))

    found = await imported(house, line, line | {field: text.format(line[field])} | {"姓名": line["姓名"]})

    assert [f["code"] for r in found.wrong for f in r["findings"]] == ["repeated"] * 2  # they are the same person


@pytest.mark.parametrize("number", WRONG)
async def test_p01_p04_p05_p10_a_wrong_number_refuses_the_file_and_names_its_cell(house: House, number: str) -> None:
    before = len(await people(house))

    found = await imported(house, a_worker(next(_numbers)), a_worker(next(_numbers), 证件号码=number))

    assert found.state == "invalid"
    [(row, finding)] = [(r["number"], f) for r in found.wrong for f in r["findings"]]
    assert (row, finding["column"]) == (3, "证件号码")
    assert len(await people(house)) == before


async def test_n04_a_list_by_name_goes_on_behind_any_name(house: House) -> None:
    """A name with a wide space, of rare characters, as long as may be: the cursor that holds it is taken back."""
    names = ["演示\u3000中心", "\ue000中心", "\U00020bb7" * 100, '"\\' * 50]
    for name in names:
        order = {"name": name, "kind": "other", "division": STREET}
        answer = await house.ask("POST", "/organizations", json=order)
        assert answer.status_code == 201, answer.text

    seen: list[str] = []
    cursor = None
    while cursor or not seen:
        asked = {"sort": "name", "limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await house.ask("GET", "/organizations", params=asked)).json()
        seen, cursor = [*seen, *(o["name"] for o in page["items"])], page["next"]
    assert set(names) <= set(seen)


async def test_d11_whoever_worked_at_a_closed_point_keeps_certificate_and_registration(house: House) -> None:
    [person] = await people(house, q="演示0")
    held = {"person_id": person["id"]}
    before = [(await house.ask("GET", path, params=held)).json() for path in ("/certificates", "/registrations")]
    point = await house.first("/service-points")

    closed = await house.ask("POST", f"/service-points/{point['id']}/close", json={"closed_on": "2026-10-01"})
    again = {**held, "service_point_id": point["id"], "started_on": "2026-10-01"}
    refused = await house.ask("POST", "/assignments", json=again)

    assert closed.status_code == 200, closed.text
    assert (refused.status_code, refused.json()["code"]) == (409, "point_not_open")
    after = [(await house.ask("GET", path, params=held)).json() for path in ("/certificates", "/registrations")]
    assert before == after
    assert before[0]["items"]
    assert before[1]["items"]


async def test_t18_one_renewal_twice_at_once_is_one_registration(house: House) -> None:
    line = a_worker(next(_numbers), 登记日期="2021-05-01", 登记有效期止="2024-04-30", 姓名="演示续期")
    assert (await imported(house, line)).state == "done"
    renewed = line | {"登记日期": "2024-05-01", "登记有效期止": "2027-04-30"}

    twice = await asyncio.gather(*(imported(house, renewed, key=f"renewal-{n}") for n in range(2)))

    [person] = await people(house, q="演示续期")
    periods = (await house.ask("GET", "/registrations", params={"person_id": person["id"]})).json()["items"]
    assert {found.state for found in twice} <= {"done", "ready"}
    assert sorted((p["start"], p["end"]) for p in periods) == [
        ("2021-05-01", "2024-05-01"), ("2024-05-01", "2027-05-01")
    ]  # fmt: skip
