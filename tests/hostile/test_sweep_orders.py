"""No value in any field of any order makes a bug of ours come out, and what is taken can be shown."""

import pytest

from tests.hostile.houses import SERVICES, House
from tests.hostile.sweep import complaints

pytestmark = pytest.mark.anyio


async def test_every_field_refuses_in_chinese_what_it_cannot_take(house: House) -> None:
    assert await complaints(house, "POST", "PATCH", "DELETE") == []


async def test_whatever_was_taken_can_be_listed_and_exported(house: House) -> None:
    for path, methods in house.app.openapi()["paths"].items():
        optional = not any(p["required"] for p in methods.get("get", {}).get("parameters", []))
        if "get" in methods and optional:
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
