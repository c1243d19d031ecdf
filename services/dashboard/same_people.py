"""Two records that may be one person, side by side; merges and their undoing; names with characters to be put right.

What is decided goes to the registry; the hours on the page come from training.
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, model_validator

from services.contracts.registry import PersonOut
from services.contracts.same_people import (
    NAME_SOURCE_NAMES,
    PAIR_STATE_NAMES,
    WHY_NAMES,
    AddFormerName,
    Dismiss,
    GiveName,
    Merge,
    MergeOut,
    NameKind,
    PairOut,
    PairPerson,
    PairState,
    ReportPair,
    SideBySide,
    UndoMerge,
)
from services.contracts.training import StatementOut
from services.dashboard import lists, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.links import blank_is_none
from services.dashboard.panels import Panel, gathered, panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PAIRS, MERGES, NAMES = "/possible-duplicates", "/person-merges", "/incomplete-names"
STATE_LIGHTS = {PairState.OPEN: "at_risk", PairState.DIFFERENT: "no_target", PairState.MERGED: "achieved"}
IMPERSONAL = "不写证件号码、手机号等个人信息"
REASON = Input("reason", "理由", most=200, hint=f"怎样核对的；{IMPERSONAL}")
KEEPS = ("keep-first", "keep-second")
COMPARED = {
    "name": "姓名", "id_type": "证件类型", "id_number": "证件号码（部分隐去）", "phone": "手机（部分隐去）",
    "level": "最高证书级别", "employer_name": "工作单位", "division": "计入区划", "education": "学历", "major": "专业",
    "direct_service": "直接从事社会服务",
}  # fmt: skip
MOVED = {
    "certificate": "证书", "registration": "登记", "registration_application": "登记申请", "assignment": "到岗记录",
    "senior_exam_pass": "高级考试合格", "legal_hold": "法定保留", "person": "以前并入的记录",
    "widened": "延长的到岗记录",
}  # fmt: skip


class Beside(SideBySide):
    """Which of the two is kept is a step of its own."""

    @model_validator(mode="after")
    def _keeping(self) -> "Beside":
        self.may = [*self.may, *(KEEPS if "merge" in self.may else ())]
        return self


def called(person: PairPerson | PersonOut) -> str:
    return f"{person.name}（{person.id_number}）"


def keeping(n: int) -> Step:
    """The first or the second of the two."""
    return Step(
        "合并为一人", (REASON,), Merge, at=f"/registry{PAIRS}/{{id}}/merge", word="合并",
        done="已合并。发现有误的，可以在期限内撤销。", fixed=lambda pair: {"kept_id": str(pair.people[n].id)},
        said=f"保留的是第{'一二'[n]}条记录：另一条的证书、登记、到岗、学时都归入它，基本情况以它为准。三十天之内可以撤销。",
    )  # fmt: skip


async def both(gateway: Gateway, pair: PairOut) -> dict[str, str]:
    return {f"第{'一二'[n]}条": f"{called(p)}，{p.division_name}" for n, p in enumerate(pair.people)}


PAIR = Register(
    name="疑似重复", path=PAIRS, api=f"/registry{PAIRS}", out=Beside, needs="registry:write",
    title=lambda pair: "、".join(p.name for p in pair.people), facts=both,
    steps={
        **{verb: keeping(n) for n, verb in enumerate(KEEPS)},
        "dismiss": Step("不是同一人", (REASON,), Dismiss, word="确认不是同一人", done="已记下，以后不再列出这一对。"),
    },
    new=Step(
        "提出疑似重复",
        (
            Input("person", "第一人", Kind.PERSON, hint="同名的在姓名后空一格写证件号码后四位，例如“张三 002X”"),
            Input("other", "第二人", Kind.PERSON, hint="写法同上"),
            REASON,
        ),
        ReportPair, word="提出", done="已列入待核对。", about={"same_record": "other"},
    ),
)  # fmt: skip


async def kept(gateway: Gateway, merge: MergeOut) -> dict[str, str]:
    return {"保留的记录": called(merge.kept), "合并的理由": merge.reason}


MERGE = Register(
    name="合并记录", path=MERGES, api=f"/registry{MERGES}", out=MergeOut, title=lambda m: f"编号 {m.number}",
    facts=kept,
    steps={
        "undo": Step(
            "撤销合并", (REASON,), UndoMerge, word="撤销合并", done="合并已撤销，两条记录重新列入待核对。",
            said="移动过的证书、登记、到岗等原样移回；合并之后又改动过的，不能撤销，须由人工更正。",
        ),
    },
)  # fmt: skip
NAME_KINDS = {NameKind.COMPLETED.value: "补字、改正（按证件）", NameKind.RENAMED.value: "更名（本人已改名）"}
NAME = Register(
    name="待补字", path=NAMES, api="/registry/people", out=PersonOut, title=called,
    way=lambda p: [("人员名录", "/people"), (p.name, f"/people/{p.id}")],
    steps={
        "name": Step(
            "补正或变更姓名",
            (
                Input("name", "证件上的姓名", hint="姓名无误、只是罕用字的，照原样填写即为确认"),
                Input("kind", "原因", Kind.SELECT, options=NAME_KINDS),
                Input("changed_on", "更名日期", Kind.DATE, required=False, hint="补字的不填"),
                Input("reason", "依据", most=200, hint=f"例如“对照身份证”；{IMPERSONAL}"),
            ),
            GiveName, word="保存", done="姓名已保存；原来的姓名留作曾用名。", about={"same_name": "name"},
            begins=lambda person, today: {"name": person.name, "kind": NameKind.COMPLETED.value},
        ),
        "former-names": Step(
            "补录曾用名",
            (
                Input("name", "曾用名"),
                Input("start_on", "起用日期", Kind.DATE, required=False),
                Input("end_on", "停用（最后一天）", Kind.LAST_DAY, required=False),
                Input("note", "依据", most=200, hint=f"例如“户口簿记载”；{IMPERSONAL}"),
            ),
            AddFormerName, word="保存", done="曾用名已保存，按它也能找到此人。",
            about={"same_name": "name", "known_already": "name", "backwards": "end_on"},
        ),
    },
)  # fmt: skip
DONE = NAME.done | {"merged": "您要找的记录与这一条是同一人，已合并到这里。"}
WORDS: dict[str, Any] = {
    "whys": WHY_NAMES, "states": PAIR_STATE_NAMES, "state_lights": STATE_LIGHTS, "sources": NAME_SOURCE_NAMES,
    "compared": COMPARED, "moved_words": MOVED,
}  # fmt: skip


class PairFilter(lists.Filter):
    state: Annotated[PairState | None, BeforeValidator(blank_is_none)] = None
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None


class MergeFilter(lists.Filter):
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None


class NameFilter(lists.Filter):
    incomplete: bool = True

    @property
    def narrowed(self) -> bool:
        return self.division is not None


@router.get(PAIRS)
async def pairs(
    request: Request, asked: Annotated[PairFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:  # fmt: skip
    return await lists.listed(request, gateway, me, "same_pairs.html", Page[PairOut], PAIR.api, asked, **WORDS)


@router.get(MERGES)
async def merges(
    request: Request, asked: Annotated[MergeFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:  # fmt: skip
    return await lists.listed(request, gateway, me, "person_merges.html", Page[MergeOut], MERGE.api, asked, **WORDS)


@router.get(NAMES)
async def names(
    request: Request, asked: Annotated[NameFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:  # fmt: skip
    return await lists.listed(request, gateway, me, "incomplete_names.html", Page[PersonOut], NAME.api, asked)


router.include_router(steps.routes(PAIR))
router.include_router(steps.routes(MERGE))
router.include_router(steps.routes(NAME))


@router.get(f"{PAIRS}/{{id}}")
async def pair(
    request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, today: Today, done: str = ""
) -> Response:  # fmt: skip
    found = await gateway.ask(SideBySide, f"{PAIR.api}/{id}")
    hours: Sequence[Panel[StatementOut]] = await gathered(
        panel(gateway.ask(StatementOut, f"/training/people/{p.id}/statement"))
        for p in found.people
        if found.state is not PairState.MERGED
    )
    return render(
        request, "same_pair.html", pair=found, hours=hours, keeps=KEEPS, done=done, done_words=PAIR.done, on=today,
        **WORDS,
    )  # fmt: skip


@router.get(f"{MERGES}/{{id}}")
async def merge(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(MergeOut, f"{MERGE.api}/{id}")
    return render(request, "person_merge.html", merge=found, done=done, done_words=MERGE.done, **WORDS)
