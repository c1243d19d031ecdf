"""The list of project staff as a file."""

from services.contracts.procurement import STAFF_ROLE_NAMES, StaffOut
from services.kernel.export import Column, Table
from services.procurement.asking import last_day

TABLE: Table[StaffOut] = Table(
    "staff",
    "项目人员",
    (
        Column("项目名称", lambda s: s.project_name, 30),
        Column("所属区划代码", lambda s: s.division),
        Column("人员编号", lambda s: str(s.person_id), 40),
        Column("岗位", lambda s: STAFF_ROLE_NAMES[s.role]),
        Column("投入比例", lambda s: s.fte),
        Column("加入日期", lambda s: s.start),
        Column("最后一日", lambda s: last_day(s.end)),
        Column("合格", lambda s: s.qualified),
        Column("持证", lambda s: s.certified),
        Column("登记有效", lambda s: s.registered),
        Column("相关专业", lambda s: s.related_major),
    ),
)
