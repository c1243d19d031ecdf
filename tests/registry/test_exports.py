"""Lists as files: the same rows as the list, masked, inert, and saying whose they are; and lists by id and in order."""

import csv
import io
import zipfile

import pytest
import python_calamine

from services.kernel import export
from tests.keys import LICHENG, LIXIA
from tests.registry.factories import a_point_line, a_worker, an_id_number
from tests.registry.test_api import a_point, listed
from tests.registry.test_imports import people, points, upload

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]


def sheet(content: bytes) -> list[list[object]]:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def lines(content: bytes) -> list[list[str]]:
    assert content.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


async def test_people_are_exported_as_the_list_shows_them_and_masked(city):
    await upload(city, *(a_worker(n, 姓名=f"演示{'甲乙丙'[n]}") for n in range(3)))
    asked = {"on": "2026-01-01", "division": LICHENG}

    book = await city.get("/people/export", params=asked)
    text = await city.get("/people/export", params={**asked, "format": "csv"})

    [note], headers, *rows = lines(text.content)
    assert "导出人：演示" in note
    assert f"口径：日期 2026-01-01，区划 {LICHENG}" in note
    assert headers[0] == "姓名"
    assert {r[0] for r in rows} == {"演示甲", "演示乙", "演示丙"}
    assert rows[0][2] == an_id_number(0)[:4] + "**********" + an_id_number(0)[-4:]
    assert an_id_number(0) not in text.text
    assert [r[:4] for r in sheet(book.content)[2:]] == [r[:4] for r in rows]
    assert 'filename="people.xlsx"' in book.headers["content-disposition"]


async def test_an_export_keeps_to_the_filter_and_to_the_askers_area(city, client):
    await upload(city, *(a_worker(n) for n in range(3)))
    one = (await people(city))[0]["id"]

    picked = await city.get("/people/export", params={"id": one, "format": "csv"})
    foreign = await client("registry:read", at=LIXIA).get("/people/export", params={"format": "csv"})
    refused = await client("registry:read", at=LIXIA).get("/people/export", params={"division": LICHENG})

    assert len(lines(picked.content)) == 3
    assert len(lines(foreign.content)) == 2
    assert refused.status_code == 404
    assert (await client().get("/people/export")).status_code == 403


@pytest.mark.parametrize("path", ["/certificates", "/registrations", "/assignments"])
async def test_what_people_hold_and_where_they_work_is_exported_as_the_list_shows_it(city, client, path):
    await points(city, a_point_line(0))
    await upload(
        city, *(a_worker(n, 服务站点编号=a_point_line(0)["站点编号"], 到岗日期="2024-06-01") for n in range(3))
    )
    everything = await listed(city, path)

    book = await city.get(f"{path}/export")
    text = await city.get(f"{path}/export", params={"format": "csv", "person_id": everything[0]["person_id"]})
    foreign = await client("registry:read", at=LIXIA).get(f"{path}/export", params={"format": "csv"})

    rows = sheet(book.content)[2:]
    assert sorted(r[0] for r in rows) == sorted(i["person_name"] for i in everything) != []
    assert [r[0] for r in lines(text.content)[2:]] == [everything[0]["person_name"]]
    assert len(lines(foreign.content)) == 2
    assert (await city.get(f"{path}/export", params={"division": "370199000000"})).status_code in (404, 422)


PAYLOADS = ("=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＠x", '=HYPERLINK("x")', "=cmd|' /C calc'!A0")


async def test_row_31_no_text_becomes_a_formula(city):
    for n, name in enumerate(PAYLOADS):
        await a_point(city, number=f"F-{n}", name=name)

    book = await city.get("/service-points/export")
    text = await city.get("/service-points/export", params={"format": "csv"})

    assert [r[1] for r in sheet(book.content)[2:]] == list(PAYLOADS)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(book.content)).read("xl/worksheets/sheet1.xml")
    assert [r[1] for r in lines(text.content)[2:]] == [f"'{name}" for name in PAYLOADS]
    assert all(export.inert(c + "x") == f"'{c}x" for c in "\t\r\n")


async def test_a_demo_says_so_on_every_export(city, client):
    city._transport.app.state.settings.demo = True

    for path in ("people", "service-points", "organizations"):
        text = (await city.get(f"/{path}/export", params={"format": "csv"})).content
        assert "演示数据" in lines(text)[0][0]


async def test_what_is_beyond_the_limit_is_said(city, monkeypatch):
    monkeypatch.setattr(export, "ROWS", 3)
    monkeypatch.setattr(export, "AT_ONCE", 2)
    await points(city, *(a_point_line(n) for n in range(4)))

    rows = lines((await city.get("/service-points/export", params={"format": "csv"})).content)

    assert len(rows) == 2 + 3 + 1
    assert rows[-1] == [export.CUT]


@pytest.mark.parametrize(
    ("path", "sorts"),
    [
        ("/people", ("division", "-division", "newest")),
        ("/service-points", ("division", "-division", "number", "-number", "newest")),
        ("/organizations", ("division", "-division", "name", "-name", "newest")),
    ],
)
async def test_lists_are_read_by_id_and_in_every_order_page_by_page(city, path: str, sorts: tuple[str, ...]):
    await points(city, *(a_point_line(n, 运营机构名称=f"演示机构{n % 3}") for n in range(5)))
    await upload(city, *(a_worker(n) for n in range(5)))
    every = {item["id"]: item for item in await listed(city, path)}

    for sort in sorts:
        found, cursor = [], None
        while cursor is not None or not found:
            page = (
                await city.get(path, params={"limit": 2, "sort": sort} | ({"cursor": cursor} if cursor else {}))
            ).json()
            found, cursor = [*found, *page["items"]], page["next"]
        assert {i["id"]: i for i in found} == every
        assert len(found) == len(every)
        field = {"number": "number", "name": "name", "division": "division", "newest": "id"}[sort.removeprefix("-")]
        values = [i[field] for i in found]
        assert values == sorted(values, reverse=sort.startswith("-") or sort == "newest")
    [one, *_] = every
    assert [i["id"] for i in (await city.get(path, params={"id": [one, one]})).json()["items"]] == [one]
    assert (await city.get(path, params={"id": [one] * 201})).status_code == 422
    assert (await city.get(path, params={"id": "x"})).status_code == 422
