"""What can be done to the records of a register, each as a form of its own address: `/sessions/{id}/cancel`.

A register says its steps as data; the two routes that show and send them are made here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from services.contracts.identity import Me
from services.dashboard import forms, inputs
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.links import Place, local
from services.dashboard.places import place_or_home
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.errors import DomainError, NotFound, StaleVersion

M = TypeVar("M", bound=BaseModel)
Crumbs = list[tuple[str, str]]
Verb = Annotated[str, Path(max_length=40, pattern=r"^[a-z][a-z_-]*$")]


class Made(BaseModel):
    """All that is needed of what was made: where its page is."""

    id: UUID


class Warned(BaseModel):
    """What a rule would rather see otherwise; it blocked nothing."""

    code: str


class Taken(BaseModel):
    """All that is needed of what was done: whether a rule warns of it."""

    warnings: list[Warned] = Field(default_factory=list)


class Nothing(BaseModel):
    """The order of a step that asks for nothing."""


def as_given(given: dict[str, object]) -> dict[str, object]:
    return given


def blank(record: Any, today: date) -> dict[str, object]:
    return {}


async def no_facts(gateway: Gateway, record: BaseModel) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Step:
    """One form. `said` is what it brings about, `done` what is told afterwards; `at` is its address in the API.

    `begins` fills it in at first, from the record and the day; `shaped` turns what was typed into the body.
    `about`: code of a refusal → the input it is about. `version`: it changes what the record says (If-Match).
    `fits`: the step as it is for this record, where not all have the same inputs or choices.
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
    mark: str = ""  # by which the address says it is done, where the verb would mean something else
    fits: Callable[[Gateway, "Step", Any], Awaitable["Step"]] | None = None

    @property
    def boxes(self) -> dict[str, str]:
        """Of several boxes each has its own name in the form."""
        return {f"{i.name}.{code}": f"{i.label}：{word}" for i in self.inputs for code, word in i.boxes.items()}

    @property
    def labels(self) -> dict[str, str]:
        return {i.name: i.label for i in self.inputs} | self.boxes

    @property
    def words(self) -> forms.Words:
        ticked = [i.name for i in self.inputs if i.kind is Kind.CHECK] + list(self.boxes)
        return {**{i.name: i.words for i in self.inputs}, **{name: {"true": "是"} for name in ticked}}


@dataclass(frozen=True)
class Register(Generic[M]):
    """`steps` by verb: the verb of the address and of `may`. `new` makes a record, `needs` is the permission for it.

    `way` leads to the page of a record, names and addresses, where it is not below `path`. `facts` are told of it above
    each of its forms.
    """

    name: str
    path: str
    api: str
    out: type[M]
    title: Callable[[M], str]
    steps: Mapping[str, Step]
    new: Step | None = None
    needs: str = ""
    way: Callable[[M], Crumbs] | None = None
    facts: Callable[[Gateway, M], Awaitable[Mapping[str, str]]] = no_facts

    def way_to(self, record: M) -> Crumbs:
        usual = [(self.name, self.path), (self.title(record), f"{self.path}/{record.model_dump(include={'id'})['id']}")]
        return self.way(record) if self.way else usual

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
        now = await inputs.shown_of(gateway, step.inputs, record.model_dump(mode="json")) if step.version else {}
        form = Form({**now, **step.begins(record, today)}, version=version_of(record) if step.version else "")
        return await page(request, register, step, verb, form, record, gateway)

    @router.post(f"{register.path}/{{id}}/{{verb}}", dependencies=[Genuine], name=f"{register.path}_take")
    async def take(request: Request, id: UUID, verb: Verb, gateway: SignedIn, typed: Typed) -> Response:
        step, record = await at_hand(register, gateway, id, verb, sent=True)
        form = Form(typed, key=typed.get("key", ""), version=typed.get("version", ""))
        path = f"{register.api}/{id}" if step.version else (step.at or f"{register.api}/{{id}}/{verb}").format(id=id)
        failed = await sent(gateway, step, form, path, record)
        if not isinstance(failed, Form):
            warned = next((w.code for w in gateway.read(Taken, failed).warnings), None)
            back = local(typed.get("back")) or register.way_to(record)[-1][1]
            return forms.saved(back, step.mark or verb, warned)
        if isinstance(failed.refusal, StaleVersion):
            record = await gateway.ask(register.out, f"{register.api}/{id}")
            now = await inputs.shown_of(gateway, step.inputs, record.model_dump(mode="json"))
            unticked = replace(failed, values={**dict.fromkeys(step.labels, ""), **failed.values})
            failed = forms.overtaken(unticked, now, step.labels, int(version_of(record) or 0), step.words)
        return await page(request, register, step, verb, failed, record, gateway)

    return router


def entry(register: Register[M]) -> APIRouter:
    """Only `/…/new`, where the steps of its records are other modules'; include it before what takes any `/…/{id}`."""
    router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
    if register.new:
        _of_new(router, register, register.new)
    return router


def _of_new(router: APIRouter, register: Register[M], step: Step) -> None:
    path = f"{register.path}/new"

    @router.get(path, name=f"{register.path}_new")
    async def show(
        request: Request, gateway: SignedIn, me: CurrentUser, today: Today, division: Place = None
    ) -> Response:  # fmt: skip
        forms.must(me, register.needs)
        linked = {i.name: asked for i in step.inputs if (asked := request.query_params.get(i.name))}
        form = Form({**step.begins(None, today), **linked, "division": division or me.home})
        return await new_page(request, register, step, form, gateway, me)

    @router.post(path, dependencies=[Genuine], name=f"{register.path}_add")
    async def take(request: Request, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
        form = Form(typed, key=typed.get("key", ""))
        done = await sent(gateway, step, form, step.at or register.api, None)
        if isinstance(done, Form):
            return await new_page(request, register, step, done, gateway, me)
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
    return await step.fits(gateway, step, record) if step.fits else step, record


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
        return replace(form, errors=placed(step, {**placed(step, invalid), **wrong}))
    headers = {"if_match": f'"{form.version}"', "method": "PATCH"} if step.version else {"idempotency_key": form.key}
    answer = await forms.told(gateway.tell(path, forms.body_of(order), **headers))
    if not isinstance(answer, DomainError):
        return answer
    failed = forms.again(form, answer, step.about)
    return replace(failed, errors=placed(step, failed.errors))


def placed(step: Step, errors: Mapping[str, str]) -> dict[str, str]:
    """The sentences at the inputs they are about, in the order of the form; what is about none stands above all."""
    found: dict[str, list[str]] = {name: [] for name in ("", *step.labels)}
    for name, said in errors.items():
        found[inputs.input_of(step.inputs, name)].append(said)
    return {name: "；".join(said) for name, said in found.items() if said}


def version_of(record: BaseModel) -> int | str:
    version: int | str = getattr(record, "version", "")
    return version


async def page(
    request: Request, register: Register[M], step: Step, verb: str, form: Form, record: M, gateway: Gateway
) -> Response:
    way = register.way_to(record)
    return forms.shown(
        request, "step.html", form, step=step, crumbs=[*way, (step.title, None)], back=way[-1][1],
        path=f"{register.path}/{record.model_dump(include={'id'})['id']}/{verb}", place=None,
        about=register.title(record), facts=await register.facts(gateway, record),
    )  # fmt: skip


async def new_page(
    request: Request, register: Register[M], step: Step, form: Form, gateway: Gateway, me: Me, verb: str = "new"
) -> Response:
    place = await place_or_home(gateway, form.value("division"), me) if step.placed else None
    crumbs = [(register.name, register.path), (step.title, None)]
    return forms.shown(
        request, "step.html", form, step=step, crumbs=crumbs, back=register.path, path=f"{register.path}/{verb}",
        place=place, about="", facts={},
    )  # fmt: skip
