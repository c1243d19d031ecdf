"""Exams: pass rates with their way to the results, and the passes of the senior exam with their reviews."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, Field

from services.contracts.exams import (
    EXAM_VERDICT_NAMES,
    FIRST_EXAM_YEAR,
    PAPER_NAMES,
    PASS_STATE_NAMES,
    RATE_BY_NAMES,
    REVIEW_NAMES,
    UNIT_TYPE_NAMES,
    ExamPassOut,
    ExamResultOut,
    ExamVerdict,
    PassRates,
    PassState,
    RateBy,
    ReviewExamPass,
    UnitType,
)
from services.contracts.registry import Level
from services.dashboard import lists, numbers, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import name_of, places_of
from services.dashboard.links import Day, Place, blank_is_none
from services.dashboard.panels import mendable
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
RATES, RESULTS, PASSES = "/registry/exams/pass-rates", "/registry/exams/results", "/registry/exam-passes"
S, V = PassState, ExamVerdict
STATE_LIGHTS = {S.VALID: "achieved", S.ENDING: "at_risk", S.USED: "achieved", S.ENDED: "behind"}
VERDICT_LIGHTS = {V.PASSED: "achieved", V.PARTIAL: "at_risk", V.FAILED: "behind", V.CANNOT_DECIDE: "cannot_tell"}
WORDS: dict[str, Any] = {
    "unit_types": UNIT_TYPE_NAMES, "verdicts": EXAM_VERDICT_NAMES, "verdict_lights": VERDICT_LIGHTS,
    "papers": PAPER_NAMES, "bys": RATE_BY_NAMES, "first_year": FIRST_EXAM_YEAR,
}  # fmt: skip
PASS_WORDS: dict[str, Any] = {"states": PASS_STATE_NAMES, "state_lights": STATE_LIGHTS, "reviews": REVIEW_NAMES}
Year = Annotated[int | None, BeforeValidator(blank_is_none), Field(ge=FIRST_EXAM_YEAR, lt=2100)]


class ExamFilter(lists.Filter):
    from_year: Year = None
    to_year: Year = None
    level: Annotated[Level | None, BeforeValidator(blank_is_none)] = None
    district: Place = None
    unit_type: Annotated[UnitType | None, BeforeValidator(blank_is_none)] = None


class RateFilter(ExamFilter):
    by: Annotated[RateBy | None, BeforeValidator(blank_is_none)] = None


class ResultFilter(ExamFilter):
    verdict: Annotated[ExamVerdict | None, BeforeValidator(blank_is_none)] = None


class PassFilter(lists.Filter):
    usual = "ending"
    state: Annotated[PassState | None, BeforeValidator(blank_is_none)] = None
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    sort: Annotated[Literal["ending", "-ending"] | None, BeforeValidator(blank_is_none)] = None


@router.get("/exams")
async def exams(
    request: Request, asked: Annotated[RateFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:  # fmt: skip
    by = asked.by or RateBy.DISTRICT
    names = ("from_year", "to_year", "level", "unit_type", "division")
    found = await mendable(gateway.ask(PassRates, RATES, by=by, **{name: getattr(asked, name) for name in names}))
    places = await places_of(gateway, me.home, asked.division)
    return render(
        request, "exams.html", status=found.refusal.status if found.refusal else 200, asked=asked, by=by,
        items=found.found.items if found.found else [], refusal=found.refusal, places=places, **WORDS,
    )  # fmt: skip


@router.get("/exams/results")
async def results(
    request: Request, asked: Annotated[ResultFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:  # fmt: skip
    return await lists.listed(
        request, gateway, me, "exam_results.html", Page[ExamResultOut], RESULTS, asked, **WORDS
    )  # fmt: skip


@router.get("/exams/results/export")
async def export(
    asked: Annotated[ResultFilter, Query()], gateway: SignedIn, format: lists.Format = "xlsx"
) -> Response:  # fmt: skip
    return await lists.exported(gateway, RESULTS, asked, format)


# ── passes of the senior exam ────────────────────────────────────────────────────────────────────────────────────────
async def told(gateway: Gateway, found: ExamPassOut) -> dict[str, str]:
    return {
        "姓名": found.person_name,
        "考试年度": str(found.exam_year),
        "有效期": f"{found.passed_on} 至 {numbers.last_day(found.valid_until)}",
    }


REGISTER = Register(
    name="高级考试合格证明", path="/exam-passes", api=PASSES, out=ExamPassOut, facts=told,
    title=lambda x: f"{x.person_name}，{x.exam_year} 年",
    steps={
        "review": Step(
            "登记评审结果",
            (
                Input("result", "评审结果", Kind.SELECT, options={r.value: name for r, name in REVIEW_NAMES.items()}),
                Input("reviewed_on", "评审日期", Kind.DATE),
                Input("publicized_on", "公示日期", Kind.DATE, required=False, hint="评审通过的必须填写"),
            ),
            ReviewExamPass, word="登记", done="评审结果已登记。",
            said="评审通过和公示都须在合格证明有效期内（CERT-04）。未通过的，有效期内可再次评审。",
            about={
                "publicized_missing": "publicized_on", "publicized_early": "publicized_on",
                "not_publicized": "publicized_on", "in_future": "reviewed_on", "outside_validity": "reviewed_on",
            },
        ),
    },
)  # fmt: skip


@router.get("/exam-passes")
async def passes(
    request: Request, asked: Annotated[PassFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:  # fmt: skip
    person = await name_of(gateway, "/registry/people", asked.person_id)
    return await lists.listed(
        request, gateway, me, "exam_passes.html", Page[ExamPassOut], PASSES, asked, person=person, **PASS_WORDS
    )


router.include_router(steps.routes(REGISTER))


@router.get("/exam-passes/{id}")
async def exam_pass(request: Request, id: UUID, gateway: SignedIn, on: Day = None, done: str = "") -> Response:
    found = await gateway.ask(ExamPassOut, f"{PASSES}/{id}", on=on)
    return render(
        request, "exam_pass.html", found=found, done=done, done_words=REGISTER.done, **PASS_WORDS
    )  # fmt: skip
