"""No value in any parameter of any address makes a bug of ours come out, and every list takes a search literally."""

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
