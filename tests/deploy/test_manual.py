"""The manual shows pages that there are, with pictures that there are."""

import re

import pytest

from docs.manual.pictures import CITY, FILES, PICTURES, shape
from docs.manual.studio import FOLDER
from tests.dashboard.scripted import built

NAMED = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
LINKS = re.compile(r"\]\(#([^)]+)\)")
ROUTES = built().state.routes
MANUAL = (FOLDER / "README.md").read_text(encoding="utf-8")
MOST_BYTES = 1_800_000


def test_every_picture_of_the_manual_is_made_and_every_one_that_is_made_is_shown():
    assert sorted(NAMED.findall(MANUAL)) == sorted(FILES)
    assert len(set(FILES)) == len(FILES)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda p: p.file)
def test_a_picture_is_of_a_page_that_there_is(picture):
    path = picture.path.split("?")[0]
    patterns = [re.sub(r"\\{\w+\\}", r"[\\w-]+", re.escape(route)) for route in ROUTES]

    assert any(re.fullmatch(pattern, path) for pattern in patterns), path
    assert picture.to in ROUTES or not picture.to


@pytest.mark.parametrize("file", FILES)
def test_a_picture_is_there(file):
    assert (FOLDER / file).read_bytes().startswith(b"\x89PNG")


def test_the_pictures_are_small():
    """Without Pillow they are not reduced."""
    assert sum((FOLDER / file).stat().st_size for file in FILES) < MOST_BYTES


def test_the_contents_lead_to_the_chapters():
    chapters = {re.sub(r"[^\w-]", "", title.replace(" ", "-")) for title in re.findall(r"^## (.+)$", MANUAL, re.M)}

    assert set(LINKS.findall(MANUAL)) <= {chapter.lower() for chapter in chapters}


def test_an_address_is_known_by_its_route():
    assert re.fullmatch(shape("/map/{code}"), f"/map/{CITY}")
    assert not re.fullmatch(shape("/people/{id}"), "/people/export")
