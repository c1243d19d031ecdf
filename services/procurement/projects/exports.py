"""The list of projects as a file."""

from services.contracts.practice import PRACTICE_FIELD_NAMES
from services.contracts.procurement import PROJECT_STATE_NAMES, ProjectOut
from services.kernel.export import Column, Table
from services.procurement.asking import last_day

TABLE: Table[ProjectOut] = Table(
    "projects",
    "政府购买项目",
    (
        Column("项目编号", lambda p: p.number),
        Column("项目名称", lambda p: p.name, 30),
        Column("所属区划代码", lambda p: p.division),
        Column("所属区划", lambda p: p.division_name),
        Column("购买主体", lambda p: p.buyer_name, 30),
        Column("承接主体", lambda p: p.provider_name, 30),
        Column("领域", lambda p: "、".join(PRACTICE_FIELD_NAMES[f] for f in p.fields), 30),
        Column("状态", lambda p: PROJECT_STATE_NAMES[p.state]),
        Column("当日在执行", lambda p: p.in_force),
        Column("合同起始日", lambda p: p.start),
        Column("合同截止日", lambda p: last_day(p.end)),
        Column("合同金额（元）", lambda p: p.value),
        Column("已支付（元）", lambda p: p.paid),
        Column("完成或终止日期", lambda p: p.closed_on),
        Column("终止原因", lambda p: p.close_reason, 30),
    ),
)
