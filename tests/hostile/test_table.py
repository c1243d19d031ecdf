"""The table of hostile inputs is whole, and names tests that are there."""

import ast
import functools
import re

import pytest

from tests.conftest import ROOT
from tests.hostile.rows import IDS, ROWS, Row

NAMED = re.compile(r"_([apndtmwu]\d\d)(?=_)")


@functools.cache
def written_in(path: str) -> frozenset[str]:
    """Found by reading, without running anything."""
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    functions = [f for f in body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset(f.name for f in functions if f.name.startswith("test_"))


def test_every_row_is_there_once() -> None:
    assert len(IDS.split()) == len(set(IDS.split()))
    assert sorted(ROWS) == sorted(IDS.split())


@pytest.mark.parametrize(("id", "row"), ROWS.items(), ids=ROWS)
def test_a_row_names_tests_that_are_there_or_says_what_is_missing(id: str, row: Row) -> None:
    assert row.tests or row.missing
    assert len(row.tests) == len(set(row.tests))
    for path, name in (test.split("::") for test in row.tests):
        assert name in written_in(path), f"{id}: {path} has no {name}"


def test_a_test_named_after_a_row_stands_in_its_row() -> None:
    forgotten = []
    for path in sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "tests").rglob("test_*.py")):
        for name in written_in(path):
            ids = {id.upper() for id in NAMED.findall(name)}
            forgotten += [f"{id} {path}::{name}" for id in ids & set(ROWS) if f"{path}::{name}" not in ROWS[id].tests]
    assert forgotten == []
