"""The list of payments as a file."""

from services.contracts.procurement import PAYMENT_STATE_NAMES, PaymentOut
from services.kernel.export import Column, Table

TABLE: Table[PaymentOut] = Table(
    "payments",
    "政府购买付款",
    (
        Column("项目名称", lambda y: y.project_name, 30),
        Column("合同编号", lambda y: y.contract_number),
        Column("所属区划代码", lambda y: y.division),
        Column("凭证号", lambda y: y.document_number),
        Column("收款方", lambda y: y.payee, 30),
        Column("金额（元）", lambda y: y.amount),
        Column("付款日期", lambda y: y.paid_on),
        Column("状态", lambda y: PAYMENT_STATE_NAMES[y.state]),
        Column("驳回或冲回原因", lambda y: y.reason, 30),
        Column("冲回日期", lambda y: y.reversed_on),
        Column("冲回金额（元）", lambda y: y.reversed_amount),
    ),
)
