"""Who works on a purchased project: put right in a form of its own, shown on the page of the project."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.contracts.procurement import STAFF_ROLE_NAMES, StaffOut, UpdateStaff
from services.dashboard import naming, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import WithUser

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/procurement/staff"
PERSON = Input("person", "人员", Kind.PERSON, hint="姓名；同名的在姓名后空一格写证件号码后四位")
STAY = (
    Input("role", "岗位", Kind.SELECT, options=STAFF_ROLE_NAMES),
    Input("fte", "投入比例", hint="全职为 1，半职为 0.5，最多两位小数"),
    Input("start", "加入日期", Kind.DATE),
    Input("end", "最后一天", Kind.LAST_DAY, required=False, hint="不填表示随项目合同"),
)
JOINS = (PERSON, *STAY)
ABOUT = {"already_there": "start", "outside_contract": "start", "staff_backwards": "end"}
# What rules warn of when it is done, and no more afterwards.
WARNED = {"fte_above_one": "该人员在各项目上的投入比例合计超过 1，请核对（QUAL-04）。"}


async def told(gateway: Gateway, member: StaffOut) -> dict[str, str]:
    """Whose it is: the person stays whoever it was."""
    return {"人员": await naming.person(gateway, member.person_id)}


REGISTER = Register(
    name="项目人员", path="/project-staff", api=API, out=StaffOut, title=lambda s: s.project_name, facts=told,
    way=lambda s: [("政府购买项目", "/projects"), (s.project_name, f"/projects/{s.project_id}")],
    steps={
        "update": Step(
            "更正项目人员", STAY, UpdateStaff, version=True, about=ABOUT, done="项目人员已更正。", mark="staff",
            said="离开项目时填写最后一天。",
        )
    },
)  # fmt: skip


@router.get("/project-staff/{id}")
async def member(id: UUID, gateway: SignedIn) -> Response:
    """To the page of the project, as a record of the API leads there."""
    found = await gateway.ask(StaffOut, f"{API}/{id}")
    return RedirectResponse(f"/projects/{found.project_id}#staff", 303)


router.include_router(steps.routes(REGISTER))
