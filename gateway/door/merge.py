"""One OpenAPI document out of many: paths below the door, names apart, refusals and security said once. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.door import examples
from gateway.door.examples import METHODS, REF, Json
from gateway.identity.policy import Policy
from services.kernel.errors import Problem

BASE = "/api/v1"
PUBLIC = frozenset({
    "/auth/login", "/auth/oidc/start", "/auth/oidc/finish", "/auth/token", "/auth/jwks", "/status",
    "/openapi.json", "/docs", "/verify/{token}", "/applications/{token}",
    "/status-lists/{number}",
})  # fmt: skip
REFUSAL = {
    "description": "拒绝或暂不可用：code 固定不变，detail 说明该怎么做",
    "content": {
        "application/problem+json": {
            "schema": {"$ref": f"{REF}Problem"},
            "example": {
                "type": "urn:shegong:problem:invalid", "title": "内容有误", "status": 422, "code": "invalid",
                "detail": "填写有误（name：缺少必填项），请按提示修改后重新提交。", "params": {},
                "errors": [{"field": "name", "code": "missing", "detail": "缺少必填项", "row": None}],
                "rule": None, "request_id": "0f8fad5bd9cb469fa165708677289502",
            },
        }
    },
}  # fmt: skip


def merged(own: Json, parts: Mapping[str, Json], missing: list[str], policy: Policy) -> Json:
    """`own` is the gateway's, with whole paths; a part's paths begin at its service."""
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": "社工 API", "version": "1", "description": "城市社会工作管理系统的统一接口。"},
        "servers": [{"url": BASE}],
        "paths": dict(paths(own, prefix="", strip=BASE, names="")),
        "components": {"schemas": schemas(own, ""), "securitySchemes": security_schemes(policy)},
    }
    for service, part in parts.items():
        document["paths"].update(paths(part, prefix=f"/{service}", strip="", names=f"{service}."))
        document["components"]["schemas"].update(schemas(part, f"{service}."))
    document["components"]["schemas"].update(problem_schemas())
    examples.put_in(document)
    if missing:
        document["x-missing"] = missing
    return document


def paths(part: Json, *, prefix: str, strip: str, names: str) -> Iterator[tuple[str, Json]]:
    for path, item in part.get("paths", {}).items():
        if path.startswith("/internal/"):
            continue
        outer = prefix + path.removeprefix(strip)
        renamed = with_names(item, names)
        for method in METHODS:
            if method in renamed:
                complete(renamed[method], outer, names)
        yield outer, renamed


def complete(operation: Json, path: str, names: str) -> None:
    """What holds for every operation and no service needs to say."""
    own, text = operation.get("operationId", path), operation.get("description", "")
    if text and operation.get("summary") == own.replace("_", " ").title():
        operation["summary"] = text.partition("\n")[0].partition("。")[0].rstrip(".")  # FastAPI's own says nothing
    if names:
        operation["tags"] = [names.rstrip(".")]
        operation["operationId"] = names + own
    responses = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]  # FastAPI's own, which we never answer
    responses["default"] = REFUSAL
    operation["security"] = [] if path in PUBLIC else [{"session": []}, {"machine": []}]


def schemas(part: Json, names: str) -> Json:
    found = part.get("components", {}).get("schemas", {})
    return {
        names + name: with_names(schema, names)
        for name, schema in found.items()
        if name not in ("HTTPValidationError", "ValidationError")
    }


def with_names(value: Any, names: str) -> Any:
    """A copy whose references, those of discriminators too, speak of the renamed schemas."""
    if isinstance(value, str) and value.startswith(REF):
        return f"{REF}{names}{value.removeprefix(REF)}"
    if isinstance(value, dict):
        return {k: with_names(v, names) for k, v in value.items()}
    return [with_names(v, names) for v in value] if isinstance(value, list) else value


def problem_schemas() -> Json:
    whole = Problem.model_json_schema(ref_template=REF + "{model}")
    return {**whole.pop("$defs"), "Problem": whole}


def security_schemes(policy: Policy) -> Json:
    scopes = {name: permission.name for name, permission in policy.permissions.items()}
    flow = {"tokenUrl": f"{BASE}/auth/token", "scopes": scopes}
    return {
        "session": {"type": "http", "scheme": "bearer", "description": "人员：/auth/login 给出的 token"},
        "machine": {"type": "oauth2", "flows": {"clientCredentials": flow}, "description": "系统对接"},
    }
