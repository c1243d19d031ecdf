"""No value in any parameter or field makes a bug of ours come out; what was taken can be shown; a search is literal."""

from collections.abc import Iterator

import pytest

from tests.hostile.houses import SERVICES, House
from tests.hostile.sweep import complaints

pytestmark = pytest.mark.anyio
NO_DIVISION = ["11.0_", "%", "3701", "370112______", "37011200000%", "370112001000\n", "３７０１１２００１０００"]


def lists(house: House, parameter: str) -> Iterator[str]:
    """The addresses without an id that take the parameter."""
    for path, methods in house.app.openapi()["paths"].items():
        names = [p["name"] for p in methods.get("get", {}).get("parameters", []) if p["in"] == "query"]
        if parameter in names and "{" not in path and not path.endswith("/export"):
            yield path.removeprefix(house.prefix)


async def test_every_parameter_refuses_in_chinese_what_it_cannot_take(house: House) -> None:
    assert await complaints(house, "GET") == []


async def test_d10_a_division_to_look_in_is_a_whole_code(house: House) -> None:
    """Most of all none that a LIKE would take for more."""
    for path in lists(house, "division"):
        for division in NO_DIVISION:
            answer = await house.ask("GET", path, params={"division": division})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), f"{path} {division}"
            assert "division" in [e["field"] for e in answer.json()["errors"]]


@pytest.mark.parametrize("house", [s for s in SERVICES if s != "gateway"], indirect=True)
async def test_n12_wildcards_stand_for_themselves_in_every_search(house: House) -> None:
    async def found(path: str, q: str) -> int:
        answer = await house.ask("GET", path, params={"q": q})
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    for path in lists(house, "q"):
        known = "历城" if path == "/divisions" else "演示"
        assert await found(path, known), f"{path} finds nothing at all"
        wild = ("%%", "__", "\\\\", f"{known[0]}_", f"{known[0]}%", "' OR 1=1--")
        assert {q: await found(path, q) for q in wild} == dict.fromkeys(wild, 0), path
        assert (await house.ask("GET", path, params={"q": "演" * 51})).status_code == 422


# ── orders: they leave things behind, and so come last ───────────────────────────────────────────────────────────────
async def test_every_field_refuses_in_chinese_what_it_cannot_take(house: House) -> None:
    assert await complaints(house, "POST", "PATCH", "DELETE") == []


async def test_whatever_was_taken_can_be_listed_and_exported(house: House) -> None:
    for path, methods in house.app.openapi()["paths"].items():
        optional = not any(p["required"] for p in methods.get("get", {}).get("parameters", []))
        if "get" in methods and optional and not path.removeprefix(house.prefix).startswith(house.lacking):
            answer = await house.ask("GET", path.removeprefix(house.prefix))
            assert answer.status_code == 200, f"{path}: {answer.text}"


@pytest.mark.parametrize("house", [s for s in SERVICES if s != "gateway"], indirect=True)
async def test_d11_nothing_of_the_register_can_be_deleted(house: House) -> None:
    """What is over ends on a day, and stays."""
    methods = {method for path in house.app.openapi()["paths"].values() for method in path}

    assert methods == {"get", "post", "patch"}


FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\nPK\r\n--x--\r\n'
FORMS = {
    "cut off": (FILE[:40], "x"),
    "nothing": (b"", "x"),
    "another boundary": (FILE, "y"),
    "a boundary without end": (FILE, "x" * 5000),
    "a text for a file": (FILE.replace(b'; filename="a.xlsx"', b""), "x"),
    "a head without end": (FILE.replace(b"form-data; ", b"form-data; a=" + b"y" * 100_000 + b"; "), "x"),
    "two thousand files": (FILE.removesuffix(b"--x--\r\n") * 2000 + b"--x--\r\n", "x"),
    "a name that is no text": (FILE.replace(b"a.xlsx", b"\xff\x00.xlsx"), "x"),
}


@pytest.mark.parametrize("house", ["registry"], indirect=True)
async def test_u19_a_form_that_is_none_is_refused_and_nothing_is_kept(house: House) -> None:
    before = (await house.ask("GET", "/imports")).json()["items"]
    for n, (what, (body, boundary)) in enumerate(FORMS.items()):
        headers = {"content-type": f"multipart/form-data; boundary={boundary}", "idempotency-key": f"u19-{n:06}"}
        answer = await house.ask("POST", "/imports/certified-workers", headers, content=body)

        assert answer.status_code in (400, 415, 422), f"{what}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"].endswith("。"), what
    assert (await house.ask("GET", "/imports")).json()["items"] == before
