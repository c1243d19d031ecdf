"""The list of service records as a file."""

from datetime import timedelta

from services.contracts.coordination import SERVICE_KIND_NAMES, SERVICE_RECORD_STATE_NAMES, ServiceRecordOut
from services.contracts.practice import PRACTICE_FIELD_NAMES
from services.kernel.export import Column, Table

TABLE: Table[ServiceRecordOut] = Table(
    "service-records",
    "服务记录",
    (
        Column("服务日期", lambda r: r.day),
        Column("所在区划代码", lambda r: r.division),
        Column("所在区划", lambda r: r.division_name),
        Column("服务站点", lambda r: r.service_point_name, 30),
        Column("服务项目", lambda r: SERVICE_KIND_NAMES[r.kind]),
        Column("服务领域", lambda r: PRACTICE_FIELD_NAMES[r.field] if r.field else None),
        Column("服务人次", lambda r: r.persons),
        Column("在场社工数", lambda r: len(r.workers)),
        Column("其中登记有效", lambda r: sum(bool(w.registered) for w in r.workers)),
        Column("时长（分钟）", lambda r: r.minutes),
        Column("备注", lambda r: r.note, 30),
        Column("补录原因", lambda r: r.late_reason, 30),
        Column("编号", lambda r: r.reference),
        Column("状态", lambda r: SERVICE_RECORD_STATE_NAMES[r.state]),
        Column("撤回原因", lambda r: r.withdrawn_reason, 30),
        Column("计入有服务", lambda r: r.counts),
        Column("计入至", lambda r: r.serves_until - timedelta(days=1) if r.counts else None),
        Column("提示", lambda r: " ".join(w.detail for w in r.warnings), 40),
        Column("录入时间", lambda r: r.recorded_at, 18),
    ),
)
