"""The queue of differences as a file."""

from services.contracts.reconciliation import CASE_STATE_NAMES, FIELD_NAMES, KIND_NAMES, CaseOut, Side
from services.contracts.registry import LEVEL_NAMES
from services.kernel.export import Cell, Column, Table
from services.registry.listing import last_day


def level(side: Side | None) -> Cell:
    return LEVEL_NAMES[side.level] if side and side.level else None


def said(side: Side | None, name: str) -> Cell:
    found: Cell = getattr(side, name, None)
    return found


def last(side: Side | None) -> Cell:
    return last_day(side.end) if side else None


TABLE: Table[CaseOut] = Table(
    "reconciliation",
    "与全国系统的差异",
    (
        Column("编号", lambda c: c.number),
        Column("管理号", lambda c: c.management_number, 24),
        Column("差异", lambda c: KIND_NAMES[c.kind], 26),
        Column("不同的内容", lambda c: "、".join(FIELD_NAMES[f] for f in c.fields)),
        Column("处理", lambda c: CASE_STATE_NAMES[c.state], 24),
        Column("发现的导出日期", lambda c: c.export_on),
        Column("已历天数", lambda c: c.age_days),
        Column("所在区划代码", lambda c: c.division),
        Column("所在区划", lambda c: c.division_name),
        Column("本系统姓名", lambda c: said(c.ours, "name")),
        Column("全国系统姓名", lambda c: said(c.national, "name")),
        Column("本系统级别", lambda c: level(c.ours)),
        Column("全国系统级别", lambda c: level(c.national)),
        Column("本系统状态", lambda c: said(c.ours, "state_name")),
        Column("全国系统状态", lambda c: said(c.national, "state_name")),
        Column("本系统批准日期", lambda c: said(c.ours, "approved_on")),
        Column("全国系统批准日期", lambda c: said(c.national, "approved_on")),
        Column("本系统有效期止", lambda c: last(c.ours)),
        Column("全国系统有效期止", lambda c: last(c.national)),
        Column("登记机关", lambda c: said(c.national, "body"), 30),
        Column("理由", lambda c: c.reason, 36),
        Column("暂缓到", lambda c: c.until),
        Column("一致的导出日期", lambda c: c.agreed_on),
    ),
)
