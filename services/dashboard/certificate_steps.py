"""Forms about the certificates of somebody known: a further one, a pass of the senior exam, what completes one."""

from fastapi import APIRouter

from services.contracts.certificates import AddCertificate, CompleteCertificate
from services.contracts.exams import RecordExamPass
from services.contracts.registry import CHECKED_BY_NAMES, CHECKED_NAMES, LEVEL_NAMES, PersonOut
from services.dashboard import steps
from services.dashboard.gateway import Gateway
from services.dashboard.inputs import Input, Kind
from services.dashboard.steps import Register, Step

LEVELS = {level.value: name for level, name in LEVEL_NAMES.items()}
BESIDE = (
    Input("certificate_number", "证书编号", required=False, most=64, hint="与管理号不同时填写"),
    Input("exam_year", "考试年度", Kind.NUMBER, required=False),
    Input("issued_on", "发证日期", Kind.DATE, required=False),
    Input("issuing_province", "发证省份", required=False, most=20, hint="例如山东省"),
    Input("checked_by", "核验方式", Kind.SELECT, required=False,
          options={c.value: name for c, name in CHECKED_BY_NAMES.items()}, hint="与核验结果、核验日期同填或同不填"),
    Input("checked", "核验结果", Kind.SELECT, required=False,
          options={c.value: name for c, name in CHECKED_NAMES.items()}),
    Input("checked_on", "核验日期", Kind.DATE, required=False),
)  # fmt: skip
ABOUT = {
    "held_already": "level", "number_taken": "management_number", "bad_management_number": "management_number",
    "issued_before_approved": "issued_on", "approved_before_exam": "exam_year",
}  # fmt: skip
COMPLETE = Step(
    "补充证书信息", BESIDE, CompleteCertificate, version=True, about=ABOUT, done="证书信息已补充。",
    said="级别、管理号、批准日期填错的，请提出更正，由他人批准。",
)  # fmt: skip


async def told(gateway: Gateway, person: PersonOut) -> dict[str, str]:
    level = LEVEL_NAMES[person.level] if person.level else "没有有效证书"
    return {"证件号码": person.id_number, "现在最高级别": level, "计入区划": person.division_name}


PEOPLE = Register(
    name="人员名录", path="/people", api="/registry/people", out=PersonOut, title=lambda p: p.name, facts=told,
    steps={
        "certify": Step(
            "增加证书",
            (
                Input("level", "证书级别", Kind.SELECT, options=LEVELS),
                Input("management_number", "管理号", most=64, hint="照证书填写"),
                Input("approved_on", "批准日期", Kind.DATE),
                *BESIDE,
            ),
            AddCertificate, word="增加", at="/registry/people/{id}/certificates", about=ABOUT, done="证书已增加。",
            said="一人有几本证书的，以当日有效的最高级别为准；低级别的证书不受影响。",
        ),
        "pass": Step(
            "登记高级考试合格证明",
            (
                Input("exam_year", "考试年度", Kind.NUMBER),
                Input("passed_on", "成绩公布日期", Kind.DATE, hint="三年有效期从这一天算起"),
                Input("number", "证明编号", required=False, most=64),
            ),
            RecordExamPass, word="登记", at="/registry/people/{id}/exam-passes", done="合格证明已登记。",
            about={"recorded_already": "exam_year", "in_future": "passed_on", "before_exam": "passed_on",
                   "no_such_exam": "passed_on"},
            said="合格证明不是证书，不计入持证人数；有效期内评审通过并公示后才发证书。",
        ),
    },
)  # fmt: skip
router = APIRouter()
router.include_router(steps.routes(PEOPLE))
