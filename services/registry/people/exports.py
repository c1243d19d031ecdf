"""The list of people as a file."""

from services.contracts.registry import ID_TYPE_NAMES, LEVEL_NAMES, PersonOut
from services.kernel.export import Column, Table
from services.registry.listing import last_day

TABLE: Table[PersonOut] = Table(
    "people",
    "人员",
    (
        Column("姓名", lambda p: p.name),
        Column("证件类型", lambda p: ID_TYPE_NAMES[p.id_type]),
        Column("证件号码（部分隐去）", lambda p: p.id_number, 22),
        Column("手机（部分隐去）", lambda p: p.phone),
        Column("证书级别", lambda p: p.level and LEVEL_NAMES[p.level]),
        Column("登记有效期止", lambda p: last_day(p.registered_until)),
        Column("工作单位", lambda p: p.employer_name, 30),
        Column("所在区划代码", lambda p: p.division),
        Column("所在区划", lambda p: p.division_name),
        Column("服务站点", lambda p: p.assignment.service_point_name if p.assignment else None, 30),
        Column("到岗日期", lambda p: p.assignment.started_on if p.assignment else None),
        Column("学历", lambda p: p.education),
        Column("专业", lambda p: p.major),
        Column("专业是否相关", lambda p: p.related_major),
        Column("是否直接从事社会服务", lambda p: p.direct_service),
    ),
)
