"""The documentation as a page: made here from the merged document, with no script and nothing from elsewhere."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader

from gateway.door.examples import Json, of_media, operations, shown

HERE = Path(__file__).parent
STYLESHEET = (HERE / "docs.css").read_text()
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
TITLES = {
    "auth": "登录与令牌", "coverage": "覆盖与指标", "door": "接口文档", "registry": "登记", "training": "培训与督导",
    "procurement": "政府购买", "coordination": "统筹", "verify": "核验", "applications": "申请进度",
}  # fmt: skip
templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)


class Parameter(NamedTuple):
    name: str
    place: str
    required: bool
    kind: str
    meaning: str


class Operation(NamedTuple):
    method: str
    path: str
    anchor: str
    summary: str
    text: str
    public: bool
    parameters: list[Parameter]
    examples: list[tuple[str, str]]


PLACES = {"path": "路径", "query": "查询", "header": "请求头"}


def page(document: Json) -> str:
    groups: dict[str, list[Operation]] = defaultdict(list)
    for method, path, found in operations(document):
        groups[found.get("tags", ["door"])[0]].append(described(method, path, found, document))
    named = [(name, TITLES.get(name, name), listed) for name, listed in groups.items()]
    missing = [TITLES.get(name, name) for name in document.get("x-missing", [])]
    base = document["servers"][0]["url"]
    return templates.get_template("docs.html").render(groups=named, missing=missing, base=base)


def described(method: str, path: str, found: Json, document: Json) -> Operation:
    return Operation(
        method.upper(),
        path,
        f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        found.get("summary", ""),
        found.get("description", ""),
        not found["security"],
        [parameter(p) for p in found.get("parameters", [])],
        list(written(found, document)),
    )


def parameter(p: Json) -> Parameter:
    schema: Json = p.get("schema", {})
    options = [o for o in schema.get("anyOf", [schema]) if o.get("type") != "null"]
    kind = next((str(o.get("format") or o.get("type") or o.get("$ref", "").rpartition("/")[2]) for o in options), "")
    meaning = str(p.get("description") or schema.get("description") or schema.get("title", ""))
    return Parameter(p["name"], str(PLACES.get(p["in"], p["in"])), bool(p.get("required")), kind, meaning)


def written(found: Json, document: Json) -> Iterator[tuple[str, str]]:
    for title, media in shown(found):
        if "example" in media:
            value: Any = of_media(media, document["components"]["schemas"])
            yield title, json.dumps(value, ensure_ascii=False, indent=2)
