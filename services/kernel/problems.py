"""Every way a request can fail, as a problem document: ours, the framework's, the database's."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from services.kernel.errors import (
    Conflict,
    DomainError,
    FieldError,
    NotFound,
    NotJson,
    StorageFull,
    Unavailable,
    Unprocessable,
    WrongType,
    problem_of,
)
from services.kernel.json_body import OURS
from services.kernel.log import request_id

log = logging.getLogger("problem")

# pydantic's error types, said in Chinese; {x} are its own parameters.
SENTENCES: dict[str, str] = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的字段，请删除",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对{wanted}",
    "string_type": "应为文字",
    "string_unicode": "含有无法识别的字符",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "decimal_parsing": "应为数字",
    "decimal_type": "应为数字（写成文字形式）",
    "finite_number": "应为有限的数字",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "date_parsing": "日期应写成 2026-11-24 的样子",
    "date_from_datetime_parsing": "日期应写成 2026-11-24 的样子",
    "date_from_datetime_inexact": "只要日期，不要时刻，例如 2026-11-24",
    "date_type": "日期应写成 2026-11-24 的样子",
    "datetime_parsing": "时刻应写成 2026-11-24T08:00:00Z 的样子",
    "enum": "只能是 {allowed}",
    "literal_error": "只能是 {allowed}",
    "uuid_parsing": "编号格式不对",
    "uuid_type": "编号格式不对",
    "greater_than_equal": "不能小于 {ge}",
    "greater_than": "应大于 {gt}",
    "less_than_equal": "不能大于 {le}",
    "less_than": "应小于 {lt}",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "list_type": "应为列表",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "dict_type": "应为对象",
}


# What a pattern means to whoever fills in a form; one without words is a wrong format and no more.
PATTERNS: dict[str, str] = {"^[0-9]{12}$": "，应为 12 位数字的区划代码"}


# Pydantic tells the bound of a date as Python writes it.
DATE = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")


def as_written(match: re.Match[str]) -> str:
    return date(*map(int, match.groups())).isoformat()


def worded(context: Mapping[str, Any]) -> dict[str, Any]:
    """Pydantic's parameters, with its technical ones said in words: a pattern, and `'a', 'b' or 'c'`."""
    days = {name: DATE.sub(as_written, str(value)) for name, value in context.items()}
    allowed = str(context.get("expected", "")).replace(" or ", ", ").replace("'", "").replace(", ", "、")
    return {**days, "wanted": PATTERNS.get(str(context.get("pattern")), ""), "allowed": allowed}


def sentence(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors in Chinese; what has a sentence of our own keeps it."""
    template = SENTENCES.get(error["type"])
    if template is not None:
        return template.format_map(worded(error.get("ctx", {})))
    own = str(error["msg"]).removeprefix("Value error, ")
    return own if any("\u4e00" <= c <= "\u9fff" for c in own) else "格式不正确"


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    return [
        FieldError(
            field=".".join(str(part) for part in e["loc"] if part not in ("body", "query", "path", "header", "form")),
            code=e["type"],
            detail=sentence(e),
        )
        for e in errors
    ]


def of_validation(error: RequestValidationError) -> DomainError:
    found = error.errors()
    for e in found:
        if e["type"] == "json_invalid":
            own = str(e.get("ctx", {}).get("error", ""))
            detail = own if own.startswith(OURS) else "提交的内容不是合法的 JSON，请检查格式。"
            return NotJson(detail, code="not_json")
    listed = field_errors(found)
    first = f"{listed[0].field}：{listed[0].detail}" if listed and listed[0].field else "请检查内容"
    return Unprocessable(f"填写有误（{first}），请按提示修改后重新提交。", code="invalid", errors=listed)


def wrong_type(request: Request, error: RequestValidationError) -> bool:
    """A body that was not even read as what it is: its content type was none of ours."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    ours = kind.endswith("json") or kind in ("multipart/form-data", "application/x-www-form-urlencoded")
    return not ours and any(tuple(e["loc"]) == ("body",) and e["type"] != "missing" for e in error.errors())


def of_http(error: HTTPException) -> DomainError:
    if error.status_code == 400:
        return NotJson("提交的内容无法读取，请检查格式和编码（UTF-8）。", code="unreadable")
    if error.status_code == 404:
        return NotFound("没有这个地址，请核对后重试。", code="no_such_address")
    if error.status_code == 415:
        return WrongType("不接受这种内容类型。")
    refused = DomainError(
        str(error.detail) if error.status_code < 500 else "内部错误。", code=f"http_{error.status_code}"
    )
    refused.status = error.status_code  # type: ignore[misc]
    if error.status_code == 405:
        refused.detail, refused.code = "这个地址不支持这种操作。", "method_not_allowed"
    return refused


AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a killed backend can leave behind
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    ConnectionError,
    PoolTimeout,
    TimeoutError,
)


WITH_CHECK = "ExecWithCheckOptions"  # where PostgreSQL holds a new row against its policies


def of_database(error: BaseException) -> DomainError | None:
    """A constraint that refuses is a conflict, a row outside the asker's divisions is not there, a database that is
    away or cannot record what is done is 503; anything else is a bug."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, asyncpg.DiskFullError):
            return StorageFull("存储空间已满，暂时不能写入，请联系运维人员。")
        if isinstance(cause, asyncpg.ReadOnlySQLTransactionError):
            return None
        if walled_off(cause):
            return NotFound("没有找到，或不在您的管辖范围内。请核对编号和区划。")
        if unrecorded(cause):
            log.error("an event was not recorded: %s", cause)
            detail = "操作记录暂时无法保存，本次操作没有生效。请稍后重试，如仍出现请联系运维人员。"
            return Unavailable(detail, code="not_recorded", retry_after=30)
        if isinstance(cause, asyncpg.IntegrityConstraintViolationError):
            name = getattr(cause, "constraint_name", None)
            return Conflict("与已有记录冲突，请刷新后核对。", code="constraint", params={"constraint": name})
        if isinstance(cause, AWAY):
            return Unavailable("数据库暂时不可用，请稍后重试。", code="database_away", retry_after=2)
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None


def walled_off(error: BaseException) -> bool:
    """A policy refused a row (row_security). A right that is missing has the same SQLSTATE, and is a bug."""
    return isinstance(error, asyncpg.InsufficientPrivilegeError) and error.server_source_function == WITH_CHECK


def unrecorded(error: BaseException) -> bool:
    """What cannot be recorded is not done (feed.record_events)."""
    return isinstance(error, asyncpg.PostgresError) and "record_events" in (getattr(error, "context", None) or "")


class Bug(DomainError):
    status, title, english = 500, "内部错误", "An internal error."


def wants_english(request: Request) -> bool:
    return request.headers.get("accept-language", "").lower().startswith("en")


def problem_response(error: DomainError, *, english: bool) -> Response:
    body = problem_of(error, english=english, request_id=request_id.get()).model_dump_json()
    headers = {} if error.retry_after is None else {"retry-after": str(error.retry_after)}
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(body, error.status, headers, "application/problem+json")


def of_failure(error: Exception) -> DomainError:
    """What no handler knows is a bug: logged whole, answered without its insides."""
    known = of_database(error)
    if known is None:
        log.error("bug", exc_info=error)
        known = Bug("系统内部错误，已记录。请稍后重试，如仍出现请把编号告诉运维人员。", code="internal")
    return known


REFUSALS: tuple[type[Exception], ...] = (DomainError, RequestValidationError, HTTPException)
FAILURES: tuple[type[Exception], ...] = (
    asyncpg.InternalClientError,
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)


def install(app: FastAPI) -> None:
    """Refusals and failures that Starlette sees; the envelope answers for all others."""

    async def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, RequestValidationError) and wrong_type(request, error):
            error = WrongType("请以 JSON 提交（Content-Type: application/json）。", code="wrong_type")
        known = {RequestValidationError: of_validation, HTTPException: of_http}
        convert = next((f for kind, f in known.items() if isinstance(error, kind)), None)
        problem = convert(error) if convert else error  # type: ignore[operator]
        return problem_response(problem, english=wants_english(request))  # type: ignore[arg-type]

    async def failed(request: Request, error: Exception) -> Response:
        return problem_response(of_failure(error), english=wants_english(request))

    for kind in REFUSALS:
        app.add_exception_handler(kind, refused)
    for kind in FAILURES:
        app.add_exception_handler(kind, failed)
