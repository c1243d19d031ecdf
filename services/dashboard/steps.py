"""What can be done to the records of a register, each as a form of its own address: `/sessions/{id}/cancel`.

A register says its steps as data; the two routes that show and send them are made here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from services.dashboard import forms, inputs
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input
from services.dashboard.links import Place
from services.dashboard.places import place_of
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.errors import DomainError, NotFound, StaleVersion

M = TypeVar("M", bound=BaseModel)
Verb = Annotated[str, Path(max_length=40, pattern=r"^[a-z][a-z_-]*$")]


class Made(BaseModel):
    """All that is needed of what was made: where its page is."""

    id: UUID


class Nothing(BaseModel):
    """The order of a step that asks for nothing."""


def as_given(given: dict[str, object]) -> dict[str, object]:
    return given


def blank(record: Any, today: date) -> dict[str, object]:
    return {}


@dataclass(frozen=True)
class Step:
    """One form. `said` is what it brings about, `done` what is told afterwards; `at` is its address in the API.

    `begins` fills it in at first, from the record and the day; `shaped` turns what was typed into the body.
    `about`: code of a refusal → the input it is about. `version`: it changes what the record says (If-Match).
    """

    title: str
    inputs: tuple[Input, ...] = ()
    order: type[BaseModel] = Nothing
    said: str = ""
    done: str = ""
    word: str = "保存"
    at: str = ""
    begins: Callable[[Any, date], dict[str, object]] = blank
    shaped: Callable[[dict[str, object]], dict[str, object]] = as_given
    fixed: Callable[[Any], dict[str, object]] = lambda record: {}
    about: Mapping[str, str] = field(default_factory=dict)
    version: bool = False
    placed: bool = False  # a division is chosen first

    @property
    def labels(self) -> dict[str, str]:
        return {i.name: i.label for i in self.inputs}


@dataclass(frozen=True)
class Register(Generic[M]):
    """`steps` by verb: the verb of the address and of `may`. `new` makes a record, `needs` is the permission for it."""

    name: str
    path: str
    api: str
    out: type[M]
    title: Callable[[M], str]
    steps: Mapping[str, Step]
    new: Step | None = None
    needs: str = ""

    @property
    def done(self) -> dict[str, str]:
        """Verb → what its page says afterwards."""
        steps = {**self.steps, **({"new": self.new} if self.new else {})}
        return {verb: step.done for verb, step in steps.items()}


def routes(register: Register[M]) -> APIRouter:
    """`/…/new` and `/…/{id}/{verb}`; include it after the module's own routes, which come first."""
    router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
    if register.new:
        _of_new(router, register, register.new)

    @router.get(f"{register.path}/{{id}}/{{verb}}", name=f"{register.path}_step")
    async def show(request: Request, id: UUID, verb: Verb, gateway: SignedIn, today: Today) -> Response:
        step, record = await at_hand(register, gateway, id, verb)
        now = inputs.values_of(step.inputs, record.model_dump(mode="json")) if step.version else {}
        form = Form({**now, **step.begins(record, today)}, version=version_of(record) if step.version else "")
        return page(request, register, step, verb, form, record)

    @router.post(f"{register.path}/{{id}}/{{verb}}", dependencies=[Genuine], name=f"{register.path}_take")
    async def take(request: Request, id: UUID, verb: Verb, gateway: SignedIn, typed: Typed) -> Response:
        step, record = await at_hand(register, gateway, id, verb, sent=True)
        form = Form(typed, key=typed.get("key", ""), version=typed.get("version", ""))
        path = f"{register.api}/{id}" if step.version else (step.at or f"{register.api}/{{id}}/{verb}").format(id=id)
        failed = await sent(gateway, step, form, path, record)
        if not isinstance(failed, Form):
            return forms.saved(f"{register.path}/{id}", verb)
        if isinstance(failed.refusal, StaleVersion):
            record = await gateway.ask(register.out, f"{register.api}/{id}")
            now = inputs.values_of(step.inputs, record.model_dump(mode="json"))
            failed = forms.overtaken(failed, now, step.labels, int(version_of(record) or 0))
        return page(request, register, step, verb, failed, record)

    return router


def _of_new(router: APIRouter, register: Register[M], step: Step) -> None:
    path = f"{register.path}/new"

    @router.get(path, name=f"{register.path}_new")
    async def show(
        request: Request, gateway: SignedIn, me: CurrentUser, today: Today, division: Place = None
    ) -> Response:  # fmt: skip
        forms.must(me, register.needs)
        form = Form({**step.begins(None, today), "division": division or me.home})
        return await new_page(request, register, step, form, gateway, me.home)

    @router.post(path, dependencies=[Genuine], name=f"{register.path}_add")
    async def take(request: Request, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
        form = Form(typed, key=typed.get("key", ""))
        done = await sent(gateway, step, form, step.at or register.api, None)
        if isinstance(done, Form):
            return await new_page(request, register, step, done, gateway, me.home)
        return forms.saved(f"{register.path}/{gateway.read(Made, done).id}", "new")


async def at_hand(
    register: Register[M], gateway: Gateway, id: UUID, verb: str, *, sent: bool = False
) -> tuple[Step, M]:
    """The step and its record. What is `sent` is for the API to refuse, so that sending twice says the same twice."""
    step = register.steps.get(verb)
    if step is None:
        raise NotFound("没有这项操作，请从记录的页面进入。")
    record = await gateway.ask(register.out, f"{register.api}/{id}")
    if not sent:
        forms.must_be_able(verb, record.model_dump(include={"may"})["may"])
    return step, record


async def sent(gateway: Gateway, step: Step, form: Form, path: str, record: BaseModel | None) -> bytes | Form:
    """The API's answer, or the form with what is wrong."""
    typed = {name: str(value) for name, value in form.values.items()}
    known = record.model_dump(mode="json") if record else {}
    given, wrong = await inputs.given(gateway, step.inputs, typed, known=known)
    if step.placed:
        given["division"] = typed.get("division")
    body = step.shaped({**given, **step.fixed(record)})
    order = forms.order_of(step.order, body, clears=step.version)
    if wrong or not isinstance(order, BaseModel):
        invalid = {} if isinstance(order, BaseModel) else order
        return replace(form, errors={**placed(step, invalid), **wrong})
    headers = {"if_match": f'"{form.version}"', "method": "PATCH"} if step.version else {"idempotency_key": form.key}
    answer = await forms.told(gateway.tell(path, forms.body_of(order), **headers))
    if not isinstance(answer, DomainError):
        return answer
    failed = forms.again(form, answer, step.about)
    return replace(failed, errors=placed(step, failed.errors))


def placed(step: Step, errors: Mapping[str, str]) -> dict[str, str]:
    """The API's sentences at the inputs they are about; what is about none stands above all."""
    found: dict[str, str] = {}
    for name, said in errors.items():
        at = inputs.input_of(step.inputs, name)
        found[at] = f"{found[at]}；{said}" if at in found else said
    return found


def version_of(record: BaseModel) -> int | str:
    version: int | str = getattr(record, "version", "")
    return version


def page(request: Request, register: Register[M], step: Step, verb: str, form: Form, record: M) -> Response:
    back = f"{register.path}/{record.model_dump(include={'id'})['id']}"
    crumbs = [(register.name, register.path), (register.title(record), back), (step.title, None)]
    return forms.shown(
        request, "step.html", form, step=step, crumbs=crumbs, back=back, path=f"{back}/{verb}", place=None,
        about=register.title(record),
    )  # fmt: skip


async def new_page(
    request: Request, register: Register[M], step: Step, form: Form, gateway: Gateway, home: str
) -> Response:
    place = await place_of(gateway, form.value("division") or home, home) if step.placed else None
    crumbs = [(register.name, register.path), (step.title, None)]
    return forms.shown(
        request, "step.html", form, step=step, crumbs=crumbs, back=register.path, path=f"{register.path}/new",
        place=place, about="",
    )  # fmt: skip
