"""Training's lists as files."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from services.contracts.training import (
    ATTENDANCE_STATE_NAMES,
    SESSION_KIND_NAMES,
    SESSION_STATE_NAMES,
    AttendanceOut,
    AttendanceState,
    SessionKind,
    SessionOut,
    SessionState,
)
from services.contracts.training_practice import (
    PARTNER_KIND_NAMES,
    PLACE_STATE_NAMES,
    SUPERVISOR_LEVEL_NAMES,
    SUPERVISOR_STATE_NAMES,
    SUPERVISOR_TYPE_NAMES,
    PlaceOut,
    PlaceState,
    SupervisorLevel,
    SupervisorOut,
    SupervisorState,
    SupervisorType,
)
from services.kernel.export import Column, Table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NAMES: Mapping[type, Mapping[Any, str]] = {
    SessionKind: SESSION_KIND_NAMES,
    SessionState: SESSION_STATE_NAMES,
    AttendanceState: ATTENDANCE_STATE_NAMES,
    SupervisorType: SUPERVISOR_TYPE_NAMES,
    SupervisorLevel: SUPERVISOR_LEVEL_NAMES,
    SupervisorState: SUPERVISOR_STATE_NAMES,
    PlaceState: PLACE_STATE_NAMES,
}
WORDS = {
    "q": "查询", "kind": "类别", "state": "状态", "on": "日期", "start": "从", "end": "到", "type": "类型",
    "level": "级别", "counted": "计入", "person_id": "人员编号", "session_id": "培训编号",
}  # fmt: skip


def criteria(division: str | None, sought: "DataclassInstance") -> dict[str, object]:
    """What the list was narrowed to, in words; how it is sorted, one sees."""
    narrowed = {name: value for name, value in asdict(sought).items() if name != "sort"}
    return {"区划": division} | {WORDS[name]: said(value) for name, value in narrowed.items()}


def said(value: object) -> object:
    return NAMES[type(value)][value] if type(value) in NAMES else value


def last_day(end: date | None) -> date | None:
    """As people write a half-open period: its last day."""
    return None if end is None else end - timedelta(days=1)


SESSIONS: Table[SessionOut] = Table(
    "sessions",
    "培训",
    (
        Column("培训名称", lambda s: s.title, 36),
        Column("类别", lambda s: SESSION_KIND_NAMES[s.kind]),
        Column("领域", lambda s: s.field),
        Column("主办机构", lambda s: s.organizer_name, 30),
        Column("所在区划代码", lambda s: s.division),
        Column("所在区划", lambda s: s.division_name),
        Column("首日", lambda s: s.first_day),
        Column("末日", lambda s: s.last_day),
        Column("分钟数", lambda s: s.minutes),
        Column("学时", lambda s: s.class_hours),
        Column("核定人数", lambda s: s.capacity),
        Column("参训人数", lambda s: s.attended),
        Column("状态", lambda s: SESSION_STATE_NAMES[s.state]),
        Column("取消原因", lambda s: s.cancelled_reason, 30),
    ),
)
ATTENDANCES: Table[AttendanceOut] = Table(
    "attendances",
    "参训记录",
    (
        Column("培训名称", lambda a: a.session_title, 36),
        Column("人员编号", lambda a: str(a.person_id), 38),
        Column("人员所在区划代码", lambda a: a.division),
        Column("人员所在区划", lambda a: a.division_name),
        Column("日期", lambda a: a.day),
        Column("分钟数", lambda a: a.minutes),
        Column("学时", lambda a: a.class_hours),
        Column("状态", lambda a: ATTENDANCE_STATE_NAMES[a.state]),
        Column("理由", lambda a: a.reason, 30),
        Column("证明材料", lambda a: a.evidence, 30),
    ),
)
SUPERVISORS: Table[SupervisorOut] = Table(
    "supervisors",
    "督导",
    (
        Column("类型", lambda s: SUPERVISOR_TYPE_NAMES[s.type]),
        Column("人员编号", lambda s: str(s.person_id or ""), 38),
        Column("专家姓名", lambda s: s.expert_name),
        Column("专家单位", lambda s: s.affiliation, 30),
        Column("级别", lambda s: SUPERVISOR_LEVEL_NAMES[s.level]),
        Column("领域", lambda s: "、".join(s.fields), 30),
        Column("聘任单位", lambda s: s.appointing_name, 30),
        Column("文号", lambda s: s.document_number, 20),
        Column("聘期起", lambda s: s.term_start),
        Column("聘期止", lambda s: last_day(s.term_end)),
        Column("所在区划代码", lambda s: s.division),
        Column("所在区划", lambda s: s.division_name),
        Column("状态", lambda s: SUPERVISOR_STATE_NAMES[s.state]),
        Column("是否计入", lambda s: s.counted),
    ),
)


def places(name: str, title: str) -> Table[PlaceOut]:
    return Table(
        name,
        title,
        (
            Column("名称", lambda p: p.name, 36),
            Column("所在区划代码", lambda p: p.division),
            Column("所在区划", lambda p: p.division_name),
            Column("地址", lambda p: p.address, 30),
            Column("合作单位类别", lambda p: PARTNER_KIND_NAMES[p.partner_kind]),
            Column("合作单位", lambda p: p.partner_name, 30),
            Column("协议编号", lambda p: p.agreement_number),
            Column("协议起", lambda p: p.agreement_start),
            Column("协议止", lambda p: last_day(p.agreement_end)),
            Column("容量", lambda p: p.capacity),
            Column("状态", lambda p: PLACE_STATE_NAMES[p.state]),
            Column("是否计入", lambda p: p.counted),
        ),
    )
