"""Owns the checks of the tree itself: no registry's address, no machine's path, no script or style in a template."""

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.local.errors import CannotRun
from deploy.local.settings import ROOT

TEMPLATES = ROOT / "services/dashboard/templates"

# Put together here, so that this file does not break its own rule.
REGISTRIES = ("pythonho" + "sted.org", "py" + "pi.org", "npm" + "js.org", "yarn" + "pkg.com", "deb.deb" + "ian.org")
REGISTRY = re.compile("|".join(map(re.escape, REGISTRIES)))
MACHINE_PATH = re.compile(r"(?<![a-z.\w])/(work|farm|home/\w+|Users/\w+|tmp/[a-z]+)/")

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
IN_TEMPLATES = {
    "脚本内容": re.compile(r"<script\b[^>]*>(?!\s*</script>)", re.IGNORECASE),
    "内联样式": re.compile(r"<style\b|<[^<>]*\sstyle\s*=", re.IGNORECASE),
    "事件属性": re.compile(r"<[^<>]*\s(on[a-z]+|hx-on[\w:.-]*)\s*=", re.IGNORECASE),
    "js: 表达式": re.compile(r"[\"'\s](javascript|js):", re.IGNORECASE),
}


def check_tree() -> Iterator[str]:
    for path in _files():
        yield from _complaints(path, {"包仓库地址": REGISTRY, "本机路径": MACHINE_PATH})
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield from check_template(path.relative_to(ROOT), path.read_text(encoding="utf-8"))


def check_template(path: Path, text: str) -> Iterator[str]:
    """The content security policy forbids these in the browser; here they are found before."""
    plain = JINJA.sub(lambda found: "\n" * found.group().count("\n"), text)
    for what, pattern in IN_TEMPLATES.items():
        for found in pattern.finditer(plain):
            yield f"{path}:{plain.count(chr(10), 0, found.end()) + 1}：模板里有{what}，请移到静态文件。"


def _complaints(path: Path, patterns: dict[str, re.Pattern[str]]) -> Iterator[str]:
    for number, line in enumerate(_lines(ROOT / path), start=1):
        for what, pattern in patterns.items():
            if pattern.search(line):
                yield f"{path}:{number}：含有{what}，请去掉。"


def _files() -> Iterable[Path]:
    """What is tracked or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if listed.returncode != 0:
        raise CannotRun(f"无法列出代码库的文件，请在 git 工作区里运行：{listed.stderr.strip()}")
    return sorted(Path(name) for name in listed.stdout.split("\0") if name)


def _lines(path: Path) -> list[str]:
    if not path.is_file() or b"\0" in (content := path.read_bytes()):
        return []
    return content.decode("utf-8", errors="replace").splitlines()
