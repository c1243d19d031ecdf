"""An example for every operation: the author's own, or one composed of the examples of its fields. Pure."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]  # an OpenAPI document is any JSON
METHODS = ("get", "put", "post", "delete", "patch", "head")
REF = "#/components/schemas/"
DEPTH = 12
READABLE = ("application/json", "application/x-www-form-urlencoded")
# What a field is, where its author gave no example: only where nothing could be said better.
BY_FORMAT = {"date": "2026-11-24", "date-time": "2026-11-24T02:31:07Z", "uuid": "01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"}
BY_TYPE = {"integer": 1, "boolean": True, "number": 1, "null": None}
BY_PATTERN = {"^[0-9]{12}$": "370112000000"}
DECIMAL = "^(?!^[-+.]*$)"  # how pydantic says that a string is a number


class Lacking(Exception):
    """No example can be composed."""


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def shown(operation: Json) -> Iterator[tuple[str, Json]]:
    """The media of the body and of the successful answers that a person would like to see."""
    bodies = [("提交", operation.get("requestBody", {}))]
    bodies += [(f"答复 {s}", r) for s, r in operation.get("responses", {}).items() if s.startswith("2")]
    for title, body in bodies:
        for kind, media in body.get("content", {}).items():
            if kind in READABLE:
                yield title, media


def put_in(document: Json) -> list[str]:
    """Write an example into each medium that has none; answers the operations for which that was not possible."""
    lacking = []
    for method, path, operation in operations(document):
        for title, media in shown(operation):
            try:
                media["example"] = of_media(media, document["components"]["schemas"])
            except Lacking as what:
                lacking.append(f"{method.upper()} {path} {title} {what}")
    return lacking


def of_media(media: Json, schemas: Json) -> Any:
    if "example" in media:
        return media["example"]
    if named := media.get("examples"):
        return next(iter(named.values()))["value"]
    return of_schema(media.get("schema", {}), schemas, DEPTH)


def of_schema(schema: Json, schemas: Json, depth: int, name: str = "") -> Any:
    """The author's own, else the default, else composed. A default of null is shown where nothing better can be."""
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    if schema.get("default") is not None:
        return schema["default"]
    try:
        return composed(schema, schemas, depth, name)
    except Lacking:
        if "default" in schema:
            return None
        raise


def composed(schema: Json, schemas: Json, depth: int, name: str) -> Any:
    if depth == 0:
        raise Lacking(name)
    if "$ref" in schema:
        return of_schema(schemas[schema["$ref"].removeprefix(REF)], schemas, depth - 1, name)
    if "properties" in schema:
        return of_object(schema, schemas, depth)
    if "items" in schema:
        return [of_schema(schema["items"], schemas, depth - 1, name)]
    if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return of_options(options, schemas, depth, name)
    return of_kind(schema, name)


def of_object(schema: Json, schemas: Json, depth: int) -> Json:
    """Every required field must have an example; the others are shown if they have one."""
    found = {}
    for field, kind in schema["properties"].items():
        try:
            found[field] = of_schema(kind, schemas, depth - 1, field)
        except Lacking:
            if field in schema.get("required", ()):
                raise
    return found


def of_options(options: list[Json], schemas: Json, depth: int, name: str) -> Any:
    for option in options:
        try:
            return of_schema(option, schemas, depth - 1, name)
        except Lacking:
            continue
    raise Lacking(name)


def of_kind(schema: Json, name: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    pattern, kind = schema.get("pattern", ""), schema.get("type")
    if pattern in BY_PATTERN or pattern.startswith(DECIMAL):
        return BY_PATTERN.get(pattern, "1.00")
    if schema.get("format") in BY_FORMAT:
        return BY_FORMAT[schema["format"]]
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    if kind == "object" or not schema:
        return {}
    raise Lacking(name)
