"""Attendances are entered: people found and ticked, or a list pasted from a sheet, for a day of the session or all."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from services.contracts.registry import PersonOut
from services.contracts.training import (
    AttendanceState,
    EnterAttendances,
    EnteredAttendances,
    SessionOut,
)
from services.dashboard import forms, inputs, lookups
from services.dashboard.attendances import SESSIONS
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.labels import places_of
from services.dashboard.links import Place, Word, address
from services.dashboard.lists import CursorText
from services.dashboard.panels import Panel, gathered, panel
from services.dashboard.visitor import CurrentUser
from services.kernel.clock import Today
from services.kernel.errors import DomainError, Forbidden, Unprocessable
from services.kernel.paging import Page

of_session = APIRouter()
PEOPLE = "/registry/people"
SHOWN = 100
TICKED = "p."  # before the id of whoever is ticked
NOBODY = "请勾选参训人员，或粘贴名单"
LABELS = {
    "day": "参训日期", "minutes": "参训分钟数", "state": "登记为", "reason": "补登原因", "evidence": "证明材料",
    "lines": "名单",
}  # fmt: skip
STATES = {
    AttendanceState.ORGANIZER_CONFIRMED: "主办方已确认，待他人审核",
    AttendanceState.CLAIMED: "本人自行申报，待主办方确认",
}  # fmt: skip
END_OF_NUMBER = re.compile(r"[0-9*]*[0-9]{3}[0-9X]", re.ASCII)
SEPARATORS = re.compile(r"[\s,，;；]+")


class Finding(BaseModel):
    """Whom to choose from: by default, the people of where the session was held."""

    q: Word = None
    division: Place = None
    cursor: CursorText = None


class Named(NamedTuple):
    """A person, and where on the form she was named: her tick or her line."""

    at: str
    line: int
    id: UUID


@of_session.get("/sessions/{id}/attend")
async def choosing(
    request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, today: Today, asked: Annotated[Finding, Query()]
) -> Response:
    session = await gateway.ask(SessionOut, f"{SESSIONS}/{id}")
    forms.must_be_able("attend", session.may)
    return await page(request, gateway, me.home, session, asked, Form({}), today)


@of_session.post("/sessions/{id}/attend", dependencies=[Genuine])
async def enter(
    request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, today: Today, typed: Typed
) -> Response:  # fmt: skip
    session = await gateway.ask(SessionOut, f"{SESSIONS}/{id}")
    asked = found_by(typed)
    form = Form(typed, key=typed.get("key", ""))
    done = await entered(gateway, session, form, today)
    if isinstance(done, Form):
        return await page(request, gateway, me.home, session, asked, done, today)
    kept = Form({name: typed.get(name) for name in ("day", "minutes", "state", "reason")})
    return await page(request, gateway, me.home, session, asked, kept, today, done)


def found_by(typed: Mapping[str, str]) -> Finding:
    """The search that was made before; what no search could be is none."""
    try:
        return Finding.model_validate({name: typed.get(name) or None for name in Finding.model_fields})
    except ValidationError:
        return Finding()


async def entered(gateway: Gateway, session: SessionOut, form: Form, today: date) -> EnteredAttendances | Form:
    """What was entered, or the form with what is wrong."""
    people, wrong = await named(gateway, form)
    try:
        minutes = inputs.whole(form.value("minutes"))
    except ValueError as error:
        wrong["minutes"] = str(error)
        minutes = None
    chosen = form.value("day")
    days = [chosen] if chosen else [d.day.isoformat() for d in session.days if d.day <= today]
    rows = [(who, {"person_id": str(who.id), "day": day, "minutes": minutes}) for day in days for who in people]
    order = forms.order_of(EnterAttendances, {**asked_of(form), "rows": [row for _, row in rows]})
    if wrong or not isinstance(order, BaseModel):
        return replace(form, errors={**({} if isinstance(order, BaseModel) else placed(order)), **wrong})
    path = f"{SESSIONS}/{session.id}/attendances"
    answer = await forms.told(gateway.tell(path, forms.body_of(order), idempotency_key=form.key))
    if isinstance(answer, DomainError):
        return refused(forms.again(form, answer, {}), answer, [who for who, _ in rows])
    return gateway.read(EnteredAttendances, answer)


def asked_of(form: Form) -> dict[str, object]:
    return {name: form.value(name) for name in ("state", "reason", "evidence")}


def placed(errors: dict[str, str]) -> dict[str, str]:
    """Whatever is about the rows is about a field that all of them have, or about how many they are."""
    return {"people" if name == "rows" else name.rpartition(".")[2]: said for name, said in errors.items()}


async def named(gateway: Gateway, form: Form) -> tuple[list[Named], dict[str, str]]:
    """Everybody who is ticked or in the list, each once; lines that name nobody are told by their number."""
    ticked = [Named(name, 0, UUID(name.removeprefix(TICKED))) for name in form.values if is_tick(name)]
    try:
        lines = inputs.lines(form.value("lines"))
    except ValueError as error:
        return ticked, {"lines": str(error)}
    found = await gathered(looked_up(gateway, line) for line in lines)
    numbered = list(enumerate(zip(lines, found, strict=True), start=1))
    wrong = [f"第 {n} 行“{line[:40]}”：{who}" for n, (line, who) in numbered if isinstance(who, str)]
    listed = [Named("lines", n, who) for n, (_, who) in numbered if isinstance(who, UUID)]
    people = list({who.id: who for who in (*listed, *ticked)}.values())
    if wrong:
        return people, {"lines": "；".join(wrong)}
    return people, {} if people else {"people": NOBODY}


async def looked_up(gateway: Gateway, line: str) -> UUID | str:
    try:
        return await lookups.person(gateway, of_sheet(line))
    except forms.MENDABLE as error:
        return inputs.why(error)


def is_tick(name: str) -> bool:
    try:
        return name.startswith(TICKED) and bool(UUID(name.removeprefix(TICKED)))
    except ValueError:
        return False


def of_sheet(line: str) -> str:
    """A row of a sheet as somebody is looked up: the name, and the end of the identity number behind it."""
    cells = [cell for cell in SEPARATORS.split(line.strip()) if cell]
    if len(cells) > 1 and cells[0].isdecimal():
        cells = cells[1:]
    number = next((n for n, cell in enumerate(cells) if n and END_OF_NUMBER.fullmatch(cell.upper())), None)
    name = " ".join(cells[:number])
    return f"{name} {cells[number][-4:].upper()}" if number else cells[0] if cells else line


def refused(form: Form, error: DomainError, rows: list[Named]) -> Form:
    """The API's sentences on rows, each at whom it is about; rows have no numbers that anybody would know."""
    by_row = [e for e in error.errors if e.row is not None and 0 < e.row <= len(rows)]
    if not by_row:
        return form
    said: dict[str, list[str]] = {}
    for one in by_row:
        who = rows[(one.row or 1) - 1]
        sentence = f"第 {who.line} 行：{one.detail}" if who.line else one.detail
        if sentence not in said.setdefault(who.at, []):
            said[who.at].append(sentence)
    whole = f"{len(said)} 处有误，全部没有登记，请改正后重新提交。"
    return replace(form, refusal=None, errors={"": whole, **{at: "；".join(them) for at, them in said.items()}})


async def page(
    request: Request, gateway: Gateway, home: str, session: SessionOut, asked: Finding, form: Form, today: date,
    done: EnteredAttendances | None = None,
) -> Response:  # fmt: skip
    within = asked.division or (None if asked.q else session.division)
    found = await choices(gateway, asked, within)
    people = found.found.items if found.found else []
    names = {f"{TICKED}{p.id}": p.name for p in people}
    told = {at: f"{names[at]}：{said}" if at in names else said for at, said in form.errors.items()}
    here, next = f"/sessions/{session.id}/attend", found.found.next if found.found else None
    return forms.shown(
        request, "attend.html", replace(form, errors=told), session=session, people=people, asked=asked,
        refusal=found.refusal, unreadable=inputs.UNREADABLE if isinstance(found.refusal, Forbidden) else "",
        places=await places_of(gateway, home, within or home), within=within,
        days={d.day.isoformat(): f"{d.day}（{d.minutes} 分钟）" for d in session.days if d.day <= today},
        states=STATES, labels=LABELS, done=done, path=here, unusable=isinstance(found.refusal, Unprocessable),
        pages={
            "first": address(here, q=asked.q, division=asked.division) if asked.cursor else None,
            "next": address(here, q=asked.q, division=asked.division, cursor=next) if next else None,
        },
    )  # fmt: skip


async def choices(gateway: Gateway, asked: Finding, within: str | None) -> Panel[Page[PersonOut]]:
    question = gateway.ask(
        Page[PersonOut], PEOPLE, q=asked.q, division=within, limit=SHOWN, cursor=asked.cursor
    )  # fmt: skip
    try:
        return await panel(question)
    except Unprocessable as error:
        return Panel(None, error)
