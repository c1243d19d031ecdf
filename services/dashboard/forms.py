"""The scaffold of a form: read what was typed, ask the API, and show it again with what is wrong, nothing lost."""

import secrets
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, JsonValue, ValidationError

from services.contracts.identity import Me
from services.dashboard.links import address
from services.dashboard.problem_pages import STEP_UP
from services.dashboard.render import render
from services.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    StaleVersion,
    TooMany,
    Unavailable,
    Unprocessable,
)
from services.kernel.problems import field_errors

# Told beside the form, which keeps what was typed; any other refusal is a page of its own.
MENDABLE = (Unprocessable, Conflict, StaleVersion, Unavailable, Forbidden, TooMany)
MISSING = "请填写此项"
SENT_BEFORE = "刚才的提交可能已经保存，请先查看记录；如果没有保存，请再提交一次。"
STALE = "已被他人修改，请刷新后重填：您填写的内容仍在下面，请与现在的登记内容核对，再重新提交。"


async def _typed(request: Request) -> dict[str, str]:
    """Lines end as they do in a record, not as browsers send them."""
    form = await request.form()
    given = ((k, v) for k, v in form.items() if isinstance(v, str) and not k.startswith("_"))
    return {k: v.replace("\r\n", "\n").strip() for k, v in given}


Words = Mapping[str, Mapping[Any, str]]
Typed = Annotated[dict[str, str], Depends(_typed)]


@dataclass(frozen=True)
class Form:
    """What a form shows. `now`: label, what the record says and what was typed, where somebody else was quicker."""

    values: Mapping[str, object]
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: DomainError | None = None
    now: list[tuple[str, str, str]] = field(default_factory=list)
    version: int | str = ""
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def value(self, name: str) -> str:
        return str(self.values.get(name) or "")

    @property
    def status(self) -> int:
        return self.refusal.status if self.refusal else 422 if self.errors else 200

    @property
    def summary(self) -> list[tuple[str, str]]:
        """The refusal as a whole, unless it is about fields only; then each field with its sentence."""
        fields = list(self.errors.items())
        if self.refusal is None or (fields and self.refusal.code in ("invalid", "may_not_be_empty")):
            return fields
        whole = STALE if isinstance(self.refusal, StaleVersion) else self.refusal.detail
        return [("", whole), *((name, said) for name, said in fields if said != whole)]


def order_of(
    model: type[BaseModel], typed: Mapping[str, object], *, clears: bool = False
) -> BaseModel | dict[str, str]:
    """The order that was typed, or what is wrong with it, field by field. A blank empties if the form `clears`."""
    given = {k: None if typed[k] == "" else typed[k] for k in model.model_fields if k in typed}
    if not clears:
        given = {k: v for k, v in given.items() if v is not None}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = field_errors(error.errors())
        return {e.field: MISSING if e.code == "missing" else e.detail for e in found}


def body_of(order: BaseModel) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = order.model_dump(mode="json", exclude_unset=True)
    return body


async def told(question: Awaitable[bytes]) -> bytes | DomainError:
    """What came of it, or why the form must be shown again."""
    try:
        return await question
    except MENDABLE as error:
        if error.code == STEP_UP:  # she is led to prove herself and back
            raise
        return error


def again(form: Form, error: DomainError, about: Mapping[str, str]) -> Form:
    """The form again. `about`: code of a refusal → the field it is about. A lost answer may be asked for again.

    After a lost answer something else cannot be sent under the same key: nobody knows what became of the first.
    """
    if error.code == "idempotency_key_reused":
        error = Conflict(SENT_BEFORE, code=error.code)
    errors = {e.field: e.detail for e in error.errors if e.field}
    if error.code in about:
        errors[about[error.code]] = error.detail
    kept = form if isinstance(error, Unavailable) else replace(form, key=secrets.token_urlsafe(24))
    return replace(kept, refusal=error, errors=errors)


def overtaken(
    form: Form,
    record: Mapping[str, object],
    labels: Mapping[str, str],
    version: int,
    words: Words | None = None,
) -> Form:
    """Somebody else was quicker: what differs is shown, and sending again, having seen it, is taken.

    `words`: field → its codes as people read them.
    """
    pairs = [
        (name, str(record.get(name) or ""), str(form.values[name] or "")) for name in labels if name in form.values
    ]
    told = {name: (words or {}).get(name, {}) for name, _, _ in pairs}
    now = [(name, told[name].get(a, a), told[name].get(b, b)) for name, a, b in pairs if a != b]
    return replace(form, now=now, version=version)


def shown(request: Request, name: str, form: Form, /, **context: object) -> Response:
    return render(request, name, status=form.status, form=form, errors=form.errors, **context)


def saved(path: str, what: str, warned: str | None = None) -> Response:
    """To the record's page, which says what was done, and what a rule warns of."""
    return RedirectResponse(address(path, done=what, warned=warned), 303)


def must(me: Me, permission: str) -> None:
    if permission not in me.permissions:
        raise Forbidden("您的角色没有登记和修改的权限，如工作需要请联系安全管理员授权。", code="permission_missing")


def must_be_able(action: str, may: list[str]) -> None:
    """`may` of a record: what can be done to it, by this person, in its present state."""
    if action not in may:
        raise Forbidden("您不能对这条记录做这项操作：超出您的权限，或记录现在的状态不允许。", code="not_allowed_here")
