"""Errors a caller can act on. They keep their status, code and sentence across processes (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, Field, JsonValue


class FieldError(BaseModel):
    """What is wrong with one field; for a file, `field` is the column and `row` its row, counted as the sheet does."""

    field: str
    code: str
    detail: str
    row: int | None = None


class Problem(BaseModel):
    """The body of every refusal: application/problem+json."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, JsonValue] = Field(default_factory=dict)
    errors: list[FieldError] = Field(default_factory=list)
    rule: str | None = None
    request_id: str | None = None


class DomainError(Exception):
    """A refusal the caller should hear about, in a Chinese sentence that says what to do. Anything else is a bug."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "请求有误"
    english: ClassVar[str] = "The request was refused."

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        rule: str | None = None,
        params: Mapping[str, JsonValue] | None = None,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or snake(type(self).__name__)
        self.rule = rule
        self.params = dict(params or {})
        self.errors = list(errors)
        self.retry_after = retry_after


def snake(name: str) -> str:
    """`IllegalTransition` → `illegal_transition`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class NotJson(DomainError):
    english = "The body is not valid JSON."


class Unauthenticated(DomainError):
    status, title, english = 401, "请先登录", "Sign in first."


class Forbidden(DomainError):
    status, title, english = 403, "没有权限", "Your role does not allow this."


class NotFound(DomainError):
    status, title, english = 404, "没有找到", "There is nothing here, or it is outside your area."


class TooSlow(DomainError):
    status, title, english = 408, "提交超时", "The body did not arrive in time; send it again."


class Conflict(DomainError):
    """The request is well formed, but the record's present state, or a rule, refuses it."""

    status, title, english = 409, "当前状态不允许", "The present state of the record refuses this."


class Gone(DomainError):
    """It was there, once or for a while, and will not be again."""

    status, title, english = 410, "已经没有了", "It was there, and will not be again."


class FeedRestarted(Gone):
    status, title, english = 410, "数据流已重新开始", "The feed has restarted: read it again from the start."


class StaleVersion(DomainError):
    status, title, english = 412, "记录已被他人修改", "The record has changed since you read it."


class TooLarge(DomainError):
    status, title, english = 413, "内容过大", "The body is too large."


class WrongType(DomainError):
    status, title, english = 415, "内容类型不对", "This content type is not accepted."


class Unprocessable(DomainError):
    status, title, english = 422, "内容有误", "The content has errors."


class PreconditionMissing(DomainError):
    status, title, english = 428, "缺少必要的请求头", "A required precondition header is missing."


class TooMany(DomainError):
    status, title, english = 429, "请求过于频繁", "Too many requests."


class Unavailable(DomainError):
    """Another part did not answer in time; it may be tried again."""

    status, title, english = 503, "服务暂不可用", "A part of the system is away; try again."


class StorageFull(DomainError):
    status, title, english = 507, "存储空间不足", "The storage is full."


_BY_STATUS: dict[int, type[DomainError]] = {
    kind.status: kind
    for kind in (
        DomainError,
        Unauthenticated,
        Forbidden,
        NotFound,
        TooSlow,
        Conflict,
        FeedRestarted,
        StaleVersion,
        TooLarge,
        WrongType,
        Unprocessable,
        PreconditionMissing,
        TooMany,
        Unavailable,
        StorageFull,
    )
}


def problem_of(error: DomainError, *, english: bool = False, request_id: str | None = None) -> Problem:
    return Problem(
        type=f"urn:shegong:problem:{error.code}",
        title=error.title,
        status=error.status,
        detail=error.english if english else error.detail,
        code=error.code,
        params=error.params,
        errors=error.errors,
        rule=error.rule,
        request_id=request_id,
    )


def error_of(problem: Problem, retry_after: int | None = None) -> DomainError:
    """The error another process raised, so that it can be raised again here."""
    kind = _BY_STATUS.get(problem.status, DomainError)
    return kind(
        problem.detail,
        code=problem.code,
        rule=problem.rule,
        params=problem.params,
        errors=problem.errors,
        retry_after=retry_after,
    )
