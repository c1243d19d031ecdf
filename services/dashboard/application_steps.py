"""What is done to an application for registration, as forms: filled in, handed in, withdrawn, returned, registered."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from pydantic import SerializerFunctionWrapHandler, model_serializer

from services.contracts.grounds import GroundDecision
from services.contracts.registrations import (
    ITEM_NAMES,
    ITEMS,
    KIND_NAMES,
    PLACE_NAMES,
    STATE_NAMES,
    ApplicationKind,
    ApplicationOut,
    ApplicationState,
    ChangeApplication,
    CreateApplication,
    Decision,
    IssueCertificate,
    RegisterApplication,
    Rejection,
    Return,
)
from services.contracts.registry import LEVEL_NAMES, CertificateOut
from services.dashboard import grounds
from services.dashboard.gateway import Gateway
from services.dashboard.inputs import Input, Kind
from services.dashboard.steps import Register, Step

K = ApplicationKind
API, PATH = "/registry/registration-applications", "/registration-applications"
CODE = re.compile(r"[0-9]{12}", re.ASCII)
IMPERSONAL = "只写事由，不写证件号码、手机号等个人信息"
ABOUT = {"no_such_organization": "employer", "no_such_division": "new_division"}


class Filled(ApplicationOut):
    """With what lies deeper by the names that the form has for it."""

    @model_serializer(mode="wrap")
    def _flat(self, usual: SerializerFunctionWrapHandler) -> dict[str, object]:
        said = usual(self)
        change, ended = said.get("change") or {}, said.get("cancellation") or {}
        return {
            **said, "name": change.get("name"), "employer_id": change.get("employer_id"),
            "employer_name": self.new_employer_name, "new_division": change.get("division"),
            "ground": ended.get("ground"), "effective_on": ended.get("effective_on"),
        }  # fmt: skip


def code(text: str) -> str | None:
    if text and not CODE.fullmatch(text):
        raise ValueError("应为十二位区划代码，例如 370112000000")
    return text or None


def items(kind: ApplicationKind, name: str = "items", label: str = "已收齐的材料和声明") -> Input:
    offered = {item.value: ITEM_NAMES[item] for item in ITEMS[kind]}
    return Input(name, label, Kind.CHECKS, required=False, options=offered)


LATE = Input(
    "late_reason", "逾期受理的理由", Kind.AREA, required=False,
    hint=f"只在受理期之外提交时填写，例如错过受理期的客观原因（REG-20）；{IMPERSONAL}",
)  # fmt: skip
PLACE = Input("place", "在哪里申请", Kind.SELECT, options={p.value: name for p, name in PLACE_NAMES.items()})
DIVISION = Input(
    "division", "受理区划", required=False, most=12, reads=code,
    hint="十二位区划代码；不填由本人现在所在的区划受理。按户籍所在地申请的，填户籍所在区县",
)  # fmt: skip
ABOUT_WHAT: Mapping[ApplicationKind, tuple[Input, ...]] = {
    K.INITIAL: (),
    K.RENEWAL: (),
    K.CHANGE: (
        Input("name", "新的姓名", required=False, most=64, hint="与新的身份证明一致"),
        Input(
            "phone", "新的联系电话", required=False, most=20, writes=lambda masked: "",
            hint="保存后只显示一部分；再次修改申请时须重新填写，不填即不变更电话",
        ),
        Input(
            "employer", "新的工作单位", Kind.ORGANIZATION, required=False,
            hint="机构全称或统一社会信用代码；登记随单位所在地",
        ),
        Input(
            "new_division", "新的所在区划", required=False, most=12, reads=code,
            hint="十二位区划代码；与工作单位只填一项",
        ),
    ),
    K.CANCELLATION: (
        Input("ground", "注销原因", Kind.SELECT, options=grounds.USUAL),
        Input("effective_on", "注销生效日", Kind.DATE, hint="自这一天起登记不再有效"),
    ),
}  # fmt: skip


def contents(kind: ApplicationKind) -> tuple[Input, ...]:
    """What a form of this kind asks for. Only the first two kinds have a window that can be missed."""
    return (*ABOUT_WHAT[kind], items(kind), *((LATE,) if kind in (K.INITIAL, K.RENEWAL) else ()))


def shaped(given: dict[str, object]) -> dict[str, object]:
    """What is changed, or why it is cancelled, as the one field that it is to the API."""
    flat = {name: value for name, value in given.items() if name not in FLAT}
    if "new_division" in given:
        change = {name: given.get(name) for name in ("name", "phone", "employer_id")}
        flat["change"] = {**change, "division": given["new_division"]}
    if "ground" in given:
        flat["cancellation"] = {"ground": given["ground"], "effective_on": given.get("effective_on")}
    return flat


FLAT = frozenset({"name", "phone", "employer_id", "new_division", "ground", "effective_on"})


async def of_kind(gateway: Gateway, step: Step, application: ApplicationOut) -> Step:
    return await choosing(gateway, replace(step, inputs=contents(application.kind)), application.division)


async def choosing(gateway: Gateway, step: Step, division: str) -> Step:
    """With the grounds of today, if it asks for one."""
    if "ground" not in step.labels:
        return step
    return await grounds.offered(gateway, step, division, GroundDecision.CANCELLATION)


async def refusing(gateway: Gateway, step: Step, application: ApplicationOut) -> Step:
    return await grounds.offered(gateway, step, application.division, GroundDecision.REFUSAL)


async def returning(gateway: Gateway, step: Step, application: ApplicationOut) -> Step:
    """The district tells the applicant all that is missing; the city sends it back to the district (REG-22)."""
    if application.state is not ApplicationState.SUBMITTED:
        return replace(step, title="退回区县重新初审", word="退回", said="退回后由区县重新初审。")
    missing = items(application.kind, "missing", "缺少的材料和声明")
    return replace(step, inputs=(missing, *step.inputs))


def wanting(application: ApplicationOut, today: date) -> dict[str, object]:
    absent = [item for item in ITEMS[application.kind] if item not in application.items]
    return {f"missing.{item}": "true" for item in absent}


async def told(gateway: Gateway, application: ApplicationOut) -> Mapping[str, str]:
    """What whoever does something to it has to see."""
    return {
        "申请类别": KIND_NAMES[application.kind],
        "持证人": application.person_name or "姓名暂不可查",
        "证书级别": LEVEL_NAMES[application.level] if application.level else "暂不可查",
        "状态": STATE_NAMES[application.state],
    }


def title(application: ApplicationOut) -> str:
    return f"{KIND_NAMES[application.kind]} 第 {application.number} 号"


def new_step(kind: ApplicationKind, certificate: CertificateOut) -> Step:
    """A draft about this certificate."""
    given: dict[str, object] = {"kind": kind.value, "certificate_id": str(certificate.id)}
    return Step(
        f"新建{KIND_NAMES[kind]}申请", (*contents(kind), PLACE, DIVISION), CreateApplication, word="存为草稿",
        shaped=shaped, fixed=lambda record: given, about=ABOUT,
        begins=lambda record, today: {"place": "workplace"},
        said="先存为草稿，不起算办理期限；核对办理清单后再提交。",
    )  # fmt: skip


REGISTER = Register(
    name="登记申请", path=PATH, api=API, out=Filled, title=title, facts=told,
    steps={
        "edit": Step(
            "填写申请", order=ChangeApplication, version=True, fits=of_kind, shaped=shaped, about=ABOUT,
            done="申请内容已保存。", said="初审通过之前可以修改（REG-14）。",
        ),
        "submit": Step(
            "提交申请", word="提交", done="已提交，办理期限自今天起算。",
            said="提交后由区县初审，办理期限自今天起算（REG-10）。不在受理期内的，先在“填写申请”里写明理由。",
        ),
        "withdraw": Step(
            "撤回申请", word="撤回", done="申请已撤回。", said="撤回后不能恢复，需要时重新申请。",
        ),
        "return": Step(
            "退回并一次性告知",
            (Input("reason", "告知的内容", Kind.AREA, hint=f"写明缺什么、怎样补；{IMPERSONAL}"),),
            Return, word="退回补正", begins=wanting, fits=returning, done="已退回。",
            said="缺少的内容须一次告知齐全：同一份申请只能退回补正一次（REG-22）。",
        ),
        "approve": Step(
            "审核通过", (Input("reason", "意见", Kind.AREA, required=False, hint=IMPERSONAL),), Decision, word="通过",
            done="已审核通过。", said="办理清单中的条件须已齐。本人录入的不能审核，初审的人不能终审（REG-13）。",
        ),
        "reject": Step(
            "不予通过",
            (
                Input("ground", "事由", Kind.SELECT, required=False, options=grounds.USUAL),
                Input("reason", "理由", Kind.AREA, hint=f"告知申请人的理由；{IMPERSONAL}"),
            ),
            Rejection, word="不予通过", fits=refusing, done="已决定不予通过，理由已记录。",
            said="须写明理由（REG-10）；决定后不能恢复，申请人可以重新申请。",
        ),
        "register": Step(
            "登记",
            (
                Input(
                    "registered_on", "登记日期", Kind.DATE, required=False,
                    hint="国家系统登记的日期，在终审通过之日至今天之间；不填为今天",
                ),
            ),
            RegisterApplication, word="登记", done="已登记。", about={"registered_when": "registered_on"},
            said="登记后产生新的有效期，或使变更、注销生效；此后不能撤回。",
        ),
        "issue": Step(
            "填写登记证书号",
            (Input("number", "登记证书号", most=64, hint="国家系统给出的编号，本系统不编号"),),
            IssueCertificate, word="办结", done="已出证，申请办结。",
        ),
    },
)  # fmt: skip
