"""The lists of service points and of assignments as files."""

from services.contracts.registry import POINT_TIER_NAMES, STAFFING_BASIS_NAMES, AssignmentOut, ServicePointOut
from services.kernel.export import Column, Table
from services.registry.listing import last_day

POINTS: Table[ServicePointOut] = Table(
    "service-points",
    "服务站点",
    (
        Column("站点编号", lambda s: s.number),
        Column("站点名称", lambda s: s.name, 30),
        Column("层级", lambda s: POINT_TIER_NAMES[s.tier]),
        Column("所在区划代码", lambda s: s.division),
        Column("所在区划", lambda s: s.division_name),
        Column("详细地址", lambda s: s.address, 30),
        Column("负责人", lambda s: s.manager),
        Column("电话（部分隐去）", lambda s: s.phone),
        Column("运营机构", lambda s: s.operator_name, 30),
        Column("开站日期", lambda s: s.opened_on),
        Column("撤站日期", lambda s: last_day(s.closed_on)),
        Column("人员保障方式", lambda s: STAFFING_BASIS_NAMES[s.staffing_basis]),
        Column("在岗人数", lambda s: s.staff),
    ),
)

ASSIGNMENTS: Table[AssignmentOut] = Table(
    "assignments",
    "到岗记录",
    (
        Column("姓名", lambda a: a.person_name),
        Column("站点编号", lambda a: a.service_point_number),
        Column("站点名称", lambda a: a.service_point_name, 30),
        Column("所在区划代码", lambda a: a.division),
        Column("到岗日期", lambda a: a.started_on),
        Column("离岗（最后一天）", lambda a: last_day(a.ended_on)),
    ),
)
