"""What is done to a purchased project, as forms: registered, put right, contracted, staffed, and closed."""

from datetime import date

from services.contracts.practice import PRACTICE_FIELD_NAMES
from services.contracts.procurement import (
    AddStaff,
    CompleteProject,
    CreateContract,
    CreateProject,
    ProjectDetail,
    TerminateProject,
    UpdateProject,
)
from services.dashboard import project_staff
from services.dashboard.contracts import ABOUT as CONTRACT_ABOUT
from services.dashboard.contracts import NUMBER as CONTRACT_NUMBER
from services.dashboard.contracts import SIGNED
from services.dashboard.inputs import REASON, Input, Kind
from services.dashboard.steps import Register, Step

NAME = Input("name", "项目名称")
PARTIES = (
    Input("buyer", "购买主体", Kind.ORGANIZATION, hint="机构全称或统一社会信用代码；项目计入购买主体所在区划"),
    Input("provider", "承接主体", Kind.ORGANIZATION, hint="机构全称或统一社会信用代码"),
)
FIELDS = Input("fields", "服务领域", Kind.CHECKS, options=PRACTICE_FIELD_NAMES)
ABOUT = {"number_taken": "number", "same_party": "provider"}


def signing(project: ProjectDetail, today: date) -> dict[str, object]:
    """What is signed next follows what is signed already."""
    ends = [c.ended_on or c.end for c in project.contracts]
    return {"signed_on": today, "start": max([today, *ends])}


def joining(project: ProjectDetail, today: date) -> dict[str, object]:
    return {"start": today, "fte": "1", "role": "social_worker"}


def completing(project: ProjectDetail, today: date) -> dict[str, object]:
    return {"completed_on": max([c.ended_on or c.end for c in project.contracts], default=today)}


def of_project(project: ProjectDetail) -> dict[str, object]:
    return {"project_id": str(project.id)}


REGISTER = Register(
    name="政府购买项目", path="/projects", api="/procurement/projects", out=ProjectDetail, title=lambda p: p.name,
    needs="procurement:write",
    new=Step(
        "登记项目", (Input("number", "项目编号", most=60), NAME, *PARTIES, FIELDS), CreateProject, word="登记",
        done="项目已登记，下一步请登记合同。", about=ABOUT,
        said="公益一类事业单位和使用财政经费的群团组织不能作为购买主体或承接主体（GPS-04）。",
    ),
    steps={
        "update": Step(
            "更正项目信息", (NAME, *PARTIES, FIELDS), UpdateProject, version=True, done="项目信息已更正。",
            said="签订合同后，购买主体和承接主体不能再改。", about=ABOUT,
        ),
        "sign": Step(
            "登记合同", (CONTRACT_NUMBER, *SIGNED), CreateContract, word="登记合同",
            at="/procurement/contracts", begins=signing, fixed=of_project, about=CONTRACT_ABOUT,
            done="合同已登记。", said="合同期一般不超过一年；预算有保障且内容稳定的不超过三年（GPS-11）。",
        ),
        "add_staff": Step(
            "登记项目人员",
            project_staff.JOINS, AddStaff, word="登记人员", at=project_staff.API, begins=joining, fixed=of_project,
            about=project_staff.ABOUT,
            done="项目人员已登记。", said="起止日期应在项目的合同期内。",
        ),
        "complete": Step(
            "登记项目完成", (Input("completed_on", "完成日期", Kind.DATE),), CompleteProject, word="登记完成",
            begins=completing, done="项目已登记完成。", about={"still_in_force": "completed_on"},
            said="合同须已全部结束。登记后不能再改项目、合同和人员。",
        ),
        "terminate": Step(
            "登记项目终止",
            (Input("terminated_on", "终止之日", Kind.DATE, hint="自这一天起不再执行"), REASON),
            TerminateProject, word="登记终止", begins=lambda p, today: {"terminated_on": today},
            done="项目已登记终止，尚在执行的合同同日终止。", said="尚在执行的合同同日终止。登记后不能恢复。",
        ),
    },
)  # fmt: skip
