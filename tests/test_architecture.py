"""Promises about the whole tree, checked rather than remembered."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [p for top in ("services", "gateway", "deploy") for p in sorted((ROOT / top).rglob("*.py"))]
PROCESSES = [
    "services.registry.app",
    "services.training.app",
    "services.procurement.app",
    "services.coordination.app",
    "services.dashboard.app",
    "gateway.app",
]


@functools.cache
def trees() -> dict[str, tuple[int, ast.Module]]:
    """Of every module: how many lines it has, and what it says."""
    texts = {str(p.relative_to(ROOT)): p.read_text() for p in SOURCES}
    return {name: (len(text.splitlines()), ast.parse(text)) for name, text in texts.items() if text.strip()}


def test_files_and_functions_stay_small():
    assert [name for name, (lines, _) in trees().items() if lines > 400] == []
    functions = [
        (name, node.name, (node.end_lineno or 0) - node.lineno)
        for name, (_, tree) in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert len(functions) > 1000
    assert [f for f in functions if f[2] >= 80] == []


def test_every_module_says_what_it_owns():
    assert [name for name, (_, tree) in trees().items() if not ast.get_docstring(tree)] == []


@pytest.mark.parametrize("module", PROCESSES)
def test_each_process_imports_alone_and_refuses_to_start_without_settings(module: str):
    """Without a warning, and with nothing of its neighbours; the import is what costs, so both are asked of one."""
    own = module.rpartition(".")[0]
    others = [m.rpartition(".")[0] for m in PROCESSES if m != module]
    code = (
        f"import sys, {module} as m; "
        f"print([m for m in sys.modules for o in {others!r} if m == o or m.startswith(o + '.')]); m.main()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "PYTHONPATH": ""},
    )
    assert done.stdout.strip() == "[]", own
    assert done.returncode == 1
    assert "SHEGONG_KEYS" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_the_clock_asks_for_the_time():
    asking = ("datetime.now(", "date.today(", "datetime.utcnow(", "time.time(")
    allowed = {"services/kernel/clock.py"}
    guilty = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if not p.is_relative_to(ROOT / "deploy") and any(a in p.read_text() for a in asking)
    ]
    assert set(guilty) <= allowed


def test_no_backslash_d_in_patterns():
    """pydantic's \\d takes full-width digits."""
    guilty = [str(p.relative_to(ROOT)) for p in SOURCES if 'pattern=r"' in p.read_text() and "\\d" in p.read_text()]
    assert guilty == []


def test_the_registry_alone_knows_all_its_tables():
    """In a test run everything is imported; in the process itself only what it imports."""
    code = (
        "import services.registry.app; from services.registry.tables import METADATA; "
        "[k.column for t in METADATA.tables.values() for k in t.foreign_keys]"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
