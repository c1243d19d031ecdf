"""The list of contracts as a file."""

from services.contracts.procurement import ContractOut
from services.kernel.export import Column, Table
from services.procurement.asking import last_day

TABLE: Table[ContractOut] = Table(
    "contracts",
    "政府购买合同",
    (
        Column("合同编号", lambda c: c.number),
        Column("项目名称", lambda c: c.project_name, 30),
        Column("所属区划代码", lambda c: c.division),
        Column("签订日期", lambda c: c.signed_on),
        Column("起始日", lambda c: c.start),
        Column("截止日", lambda c: last_day(c.end)),
        Column("提前终止日", lambda c: c.ended_on),
        Column("终止原因", lambda c: c.end_reason, 30),
        Column("金额（元）", lambda c: c.value),
        Column("已支付和待审批（元）", lambda c: c.committed),
        Column("已支付（元）", lambda c: c.paid),
        Column("服务区划代码", lambda c: "、".join(c.served_divisions), 30),
        Column("服务站点数", lambda c: len(c.service_point_ids)),
    ),
)
