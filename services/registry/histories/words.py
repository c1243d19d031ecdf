"""How what was done, and what changed by it, is called. What is not named here is not told: whom somebody looked at,
and who complained, is nobody's to read here (reveals, rights).
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.contracts.corrections import CORRECTABLE_NAMES, HistoryChange
from services.contracts.registrations import ITEM_NAMES, KIND_NAMES, STATE_NAMES
from services.contracts.registry import CHECKED_BY_NAMES, CHECKED_NAMES, ID_TYPE_NAMES, LEVEL_NAMES
from services.registry.registrations.states import VERBS

KINDS: Mapping[str, str] = {
    "PersonAdded": "登记人员", "PersonChanged": "变更人员信息", "PersonErased": "个人信息已删除",
    "CertificateAdded": "登记证书", "CertificateChanged": "变更证书信息", "CertificateVoided": "证书宣布无效",
    "RegistrationAdded": "登记", "RegistrationChanged": "变更登记有效期", "RegistrationEnded": "登记提前终止",
    "ApplicationBegun": "新建登记申请", "ApplicationMoved": "登记申请",
    "CaseTaken": "领取审核", "CaseReleased": "放回待审核",
    "AssignmentStarted": "登记到岗", "AssignmentChanged": "变更到岗日期", "AssignmentEnded": "登记离岗",
    "ProofIssued": "出具登记证明", "ProofWithdrawn": "作废登记证明",
    "CorrectionRequested": "提出更正", "CorrectionDecided": "更正",
    "Removed": "撤销导入，记录取消", "Restored": "撤销导入，恢复原状",
    "PersonMerged": "与另一条记录合并", "PersonUnmerged": "撤销合并", "RecordMoved": "随合并转入",
    "PairReported": "提出疑似重复", "PairDismissed": "核对后不是同一人", "FormerNameAdded": "补录曾用名",
    "NameConfirmed": "确认姓名", "PersonalLinkIssued": "发给本人查询链接", "PersonalLinkWithdrawn": "收回本人查询链接",
}  # fmt: skip
# What changes a row; of the rest it is told that it happened.
CHANGING = frozenset({
    "PersonAdded", "PersonChanged", "CertificateAdded", "CertificateChanged", "CertificateVoided", "RegistrationAdded",
    "RegistrationChanged", "RegistrationEnded", "ApplicationBegun", "ApplicationMoved", "AssignmentStarted",
    "AssignmentChanged", "AssignmentEnded", "Removed", "Restored",
})  # fmt: skip
ABOUT: Mapping[str, str] = {
    "person": "人员", "certificate": "职业水平证书", "registration": "登记", "registration_application": "登记申请",
    "assignment": "到岗",
}  # fmt: skip
ENDED: Mapping[str, str] = {"superseded": "因高一级登记终止", "cancelled": "注销", "revoked": "撤销"}
GROUNDS: Mapping[str, str] = {
    "death": "死亡", "loss_of_capacity": "丧失民事行为能力", "obtained_by_fraud": "以不正当手段取得",
    "criminal_penalty": "受刑事处罚", "serious_ethics_breach": "严重违反职业道德",
    "certificate_revoked": "职业水平证书失效", "voluntary": "本人申请", "moved_out": "调离", "lapsed": "逾期未再登记",
}  # fmt: skip
Names = Mapping[str, str]  # of divisions by code, of organizations and points by id


def plain(value: Any, names: Names) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def named(value: Any, names: Names) -> str:
    return names.get(str(value), str(value))


def last_day(value: Any, names: Names) -> str:
    return str(date.fromisoformat(str(value)) - timedelta(days=1))


def among(words: Mapping[Any, str]) -> Callable[[Any, Names], str]:
    known = {str(code): word for code, word in words.items()}

    def one(value: Any, names: Names) -> str:
        return "、".join(known.get(str(v), str(v)) for v in (value if isinstance(value, list) else [value]))

    return one


class Told(NamedTuple):
    """How a column is called, and how its value is read."""

    name: str
    shown: Callable[[Any, Names], str] = plain


PLACE, EMPLOYER = Told("所在区划", named), Told("工作单位", named)
FIELDS: Mapping[str, Mapping[str, Told]] = {
    "person": {
        "name": Told("姓名"), "id_type": Told("证件类型", among(ID_TYPE_NAMES)), "id_masked": Told("证件号码"),
        "phone_masked": Told("手机"), "education": Told("学历"), "major": Told("专业"), "employer_id": EMPLOYER,
        "division": PLACE, "direct_service": Told("直接从事社会服务"),
    },
    "certificate": {
        "level": Told("证书级别", among(LEVEL_NAMES)), "management_number": Told("管理号"),
        "approved_on": Told("批准日期"), "ended_on": Told("有效期止", last_day), "certificate_number": Told("证书编号"),
        "exam_year": Told("考试年度"), "issued_on": Told("发证日期"), "issuing_province": Told("发证地区"),
        "checked_by": Told("核对方式", among(CHECKED_BY_NAMES)), "checked": Told("核对结果", among(CHECKED_NAMES)),
        "checked_on": Told("核对日期"),
    },
    "registration": {
        "start_on": Told("登记日期"), "end_on": Told("登记有效期止", last_day),
        "ended_as": Told("终止方式", among(ENDED)), "ground": Told("终止事由", among(GROUNDS)),
        "ended_why": Told("终止说明"),
    },
    "registration_application": {
        "kind": Told("申请类别", among(KIND_NAMES)), "state": Told("状态", among(STATE_NAMES)), "division": PLACE,
        "items": Told("已交材料", among(ITEM_NAMES)), "missing": Told("缺少的材料", among(ITEM_NAMES)),
        "late_reason": Told("逾期理由"), "submitted_on": Told("提交日期"), "reason": Told("审核意见"),
        "new_employer_id": Told("新工作单位", named), "new_division": Told("新所在区划", named),
        "ground": Told("注销事由", among(GROUNDS)), "effective_on": Told("注销日期"), "registered_on": Told("登记日期"),
        "registration_number": Told("登记证书号"),
    },
    "assignment": {
        "service_point_id": Told("服务站点", named), "started_on": Told("到岗日期"),
        "ended_on": Told("离岗（最后一天）", last_day),
    },
}  # fmt: skip
CORRECTIONS = {"approved": "批准更正", "refused": "不批准更正", "withdrawn": "撤回更正"}
HIDDEN = {"id_masked": "id_number", "phone_masked": "phone"}  # shown masked; by which name events tell of them
CHANGED = "（已变更）"


def what(kind: str, body: Mapping[str, Any]) -> str:
    """As a sentence would begin."""
    if kind == "ApplicationMoved":
        verbs = {str(verb): word for verb, word in VERBS.items()}
        return f"登记申请：{verbs.get(str(body.get('verb')), '办理')}"
    if kind in ("CorrectionRequested", "CorrectionDecided"):
        names = "、".join(CORRECTABLE_NAMES.get(f, f) for f in body.get("fields", []))
        return f"{CORRECTIONS.get(str(body.get('state')), KINDS[kind])}：{names}"
    return KINDS[kind]


def changes(
    table: str, before: Mapping[str, Any] | None, after: Mapping[str, Any], said: list[str], names: Names
) -> list[HistoryChange]:
    """What two versions of a row say differently, in words. `said` are the fields that the event names."""
    found = []
    for column, told in FIELDS[table].items():
        old, new = (before or {}).get(column), after.get(column)
        hidden = HIDDEN.get(column) in said
        if (old in (None, []) and new in (None, [])) or (old == new and not hidden):
            continue
        shown = [None if v in (None, []) else told.shown(v, names) for v in (old, new)]
        if hidden and old == new:  # the ends that are shown are the same
            shown[1] = f"{shown[1]}{CHANGED}"
        found.append(HistoryChange(field=column, name=told.name, before=shown[0], after=shown[1]))
    return found
