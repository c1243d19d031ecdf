"""How a certificate stands in the national system and here, and what both tell apart."""

from collections.abc import Mapping
from enum import StrEnum

NATIONAL_SYSTEM = "全国社会工作信息系统"


class NationalStatus(StrEnum):
    """In the words of the national system (REG-13); `void` is what REG-18 makes of a certificate."""

    NOT_APPLIED = "not_applied"
    PENDING = "pending"
    FIRST_PASSED = "first_passed"
    FIRST_REJECTED = "first_rejected"
    FINAL_PASSED = "final_passed"
    FINAL_REJECTED = "final_rejected"
    REGISTERED = "registered"
    ISSUED = "issued"
    VOID = "void"


NATIONAL_STATUS_NAMES: Mapping[NationalStatus, str] = {
    NationalStatus.NOT_APPLIED: "未申请登记证书",
    NationalStatus.PENDING: "待审核",
    NationalStatus.FIRST_PASSED: "初审通过",
    NationalStatus.FIRST_REJECTED: "初审未通过",
    NationalStatus.FINAL_PASSED: "终审通过",
    NationalStatus.FINAL_REJECTED: "终审未通过",
    NationalStatus.REGISTERED: "首次登记已完成",
    NationalStatus.ISSUED: "已出证",
    NationalStatus.VOID: "证书无效",
}


class NationalState(StrEnum):
    """A status on the day of the export: a registration may have lapsed by then, or nobody can say."""

    NOT_APPLIED = "not_applied"
    PENDING = "pending"
    FIRST_PASSED = "first_passed"
    FIRST_REJECTED = "first_rejected"
    FINAL_PASSED = "final_passed"
    FINAL_REJECTED = "final_rejected"
    REGISTERED = "registered"
    ISSUED = "issued"
    VOID = "void"
    LAPSED = "lapsed"
    UNKNOWN = "unknown"


class OurState(StrEnum):
    """Of a certificate of the register on the same day: its latest term, else its first application."""

    UNREGISTERED = "unregistered"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_CORRECTION = "needs_correction"
    FIRST_PASSED = "first_passed"
    FIRST_REJECTED = "first_rejected"
    FINAL_PASSED = "final_passed"
    FINAL_REJECTED = "final_rejected"
    UPCOMING = "upcoming"
    ACTIVE = "active"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    VOID = "void"


OUR_STATE_NAMES: Mapping[OurState, str] = {
    OurState.UNREGISTERED: "未登记",
    OurState.DRAFT: "申请未提交",
    OurState.SUBMITTED: "待审核",
    OurState.NEEDS_CORRECTION: "待补正",
    OurState.FIRST_PASSED: "初审通过",
    OurState.FIRST_REJECTED: "初审未通过",
    OurState.FINAL_PASSED: "终审通过",
    OurState.FINAL_REJECTED: "终审未通过",
    OurState.UPCOMING: "已登记，尚未开始",
    OurState.ACTIVE: "登记有效",
    OurState.EXPIRED: "登记已过期",
    OurState.CANCELLED: "登记已注销",
    OurState.SUPERSEDED: "被更高等级取代",
    OurState.REVOKED: "登记已撤销",
    OurState.VOID: "证书已失效",
}


class Phase(StrEnum):
    """What both systems tell apart: figures stand side by side by it."""

    NONE = "none"
    PENDING = "pending"
    FIRST_PASSED = "first_passed"
    FIRST_REJECTED = "first_rejected"
    FINAL_PASSED = "final_passed"
    FINAL_REJECTED = "final_rejected"
    REGISTERED = "registered"
    LAPSED = "lapsed"
    ENDED = "ended"
    VOID = "void"
    UNKNOWN = "unknown"


PHASE_NAMES: Mapping[Phase, str] = {
    Phase.NONE: "未申请登记",
    Phase.PENDING: "待审核",
    Phase.FIRST_PASSED: "初审通过",
    Phase.FIRST_REJECTED: "初审未通过",
    Phase.FINAL_PASSED: "终审通过",
    Phase.FINAL_REJECTED: "终审未通过",
    Phase.REGISTERED: "登记有效",
    Phase.LAPSED: "登记已过期",
    Phase.ENDED: "已注销、撤销或被取代",
    Phase.VOID: "证书无效",
    Phase.UNKNOWN: "状态无法判断",
}
