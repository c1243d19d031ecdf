"""What security administrators do with a machine client, its changes and its keys: the forms, as data."""

import json
from collections.abc import Mapping
from dataclasses import replace

from services.contracts.administration import Because
from services.contracts.client_keys import NewClientKey
from services.contracts.clients import ChangeClient, NewClient
from services.dashboard.administering import Act
from services.dashboard.inputs import REASON, Input, Kind
from services.dashboard.steps import Step

NEEDS = "grants:write"
SCOPES = Input("scopes", "权限", Kind.CHECKS)
CONTACT = Input("contact", "联系方式", most=200, hint="对方的运维单位和岗位电话，不填个人手机号")
TERM = (
    Input("divisions", "区划", Kind.LINES, hint="每行一个十二位区划代码，例如 370112000000；下级区划随之有效"),
    Input("end", "最后一天", Kind.LAST_DAY, required=False, hint="不填为长期有效，直到停用"),
)
ABOUT = {
    "client_id_taken": "id", "client_waits": "id", "client_id_reserved": "id", "people_only_scope": "scopes",
    "unknown_scope": "scopes", "end_is_past": "end", "wrong_key": "public_key", "kid_taken": "public_key",
}  # fmt: skip
BAD_JSON = "应为 PEM（以 -----BEGIN PUBLIC KEY----- 开头）或 JWK（以 { 开头）"


def key_given(text: str) -> object:
    """As the other side has sent it."""
    if text.startswith("-----BEGIN"):
        return {"pem": text}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(BAD_JSON)
    return {"jwk": found}


def key_order(given: dict[str, object]) -> dict[str, object]:
    key = given.get("public_key")
    return dict(key) if isinstance(key, dict) else {}


KEY = Input(
    "public_key", "公钥", Kind.AREA, reads=key_given, secret=True,
    hint="粘贴对方提供的公钥，PEM 或 JWK，Ed25519 或 P-256。不要粘贴私钥，本系统不保存私钥。"
    "没有通过的内容不再显示，请重新粘贴。",
)  # fmt: skip
NEW = Step(
    "新建对接系统",
    (
        Input("id", "client_id", most=64, hint="小写字母、数字、点、连字符和下划线，例如 shujuju.exchange；以后不能改"),
        Input("name", "名称"), CONTACT, SCOPES, *TERM, REASON,
    ),
    NewClient, word="提交复核", said="经另一名安全管理员批准后才能使用；公钥另行登记，也须复核。",
    done="已录入，待另一名安全管理员复核。", about=ABOUT,
)  # fmt: skip
ACTS: Mapping[str, Act] = {
    "edit": Act(
        Step(
            "变更权限、区划、期限或联系方式", (CONTACT, SCOPES, *TERM, REASON), ChangeClient, word="提交", version=True,
            said="只缩小的立即生效；有任何扩大的，整项待另一名安全管理员复核。", done="已提交；扩大的部分待复核。",
            about=ABOUT,
        ),
        NEEDS, "/clients/{id}",
    ),
    "keys": Act(
        Step(
            "登记公钥", (KEY,), NewClientKey, word="提交复核", shaped=key_order, about=ABOUT,
            said="经另一名安全管理员复核后才能使用。请先经电话等另一渠道与对方核对指纹。",
            done="公钥已登记，待另一名安全管理员复核。",
        ),
        NEEDS, "/clients/{id}/keys",
    ),
    "disable": Act(
        Step(
            "停用对接系统", (REASON,), Because, word="停用", done="已停用。",
            said="立即生效：已取得的令牌随之失效，待复核的变更作废。重新启用须双人复核。",
        ),
        NEEDS, "/clients/{id}/disable",
    ),
    "enable": Act(
        Step(
            "启用对接系统", (REASON,), Because, word="提交复核", done="已提交，待另一名安全管理员复核。",
            said="经另一名安全管理员批准后生效，权限和公钥照旧。",
        ),
        NEEDS, "/clients/{id}/enable",
    ),
}  # fmt: skip
OF_CHANGES: Mapping[str, Act] = {
    "approve": Act(
        Step(
            "复核变更", word="同意，批准生效", done="变更已批准，立即生效。",
            said="请核对下面的内容。不同意的，请返回后退回并写明原因。",
        ),
        NEEDS, "/clients/{id}/changes/{of}/approve",
    ),
    "end": Act(
        Step("退回或撤回变更", (REASON,), Because, word="退回", done="变更已退回。", said="现有的权限不受影响。"),
        NEEDS, "/clients/{id}/changes/{of}/end",
    ),
}  # fmt: skip
OF_KEYS: Mapping[str, Act] = {
    "approve": Act(
        Step(
            "复核公钥", word="同意，批准使用", done="公钥已批准，可以使用。",
            said="请先经电话等另一渠道与对方核对指纹：掌握私钥的人能以该系统的名义读取数据。",
        ),
        NEEDS, "/clients/{id}/keys/{of}/approve",
    ),
    "end": Act(
        Step(
            "停用公钥", word="停用", done="公钥已停用。",
            said="用它签名的申请立即被拒绝，已取得的令牌最多再用十五分钟；不能恢复。",
        ),
        NEEDS, "/clients/{id}/keys/{of}", method="DELETE",
    ),
}  # fmt: skip
DONE = {
    "new": NEW.done,
    **{verb: act.step.done for verb, act in ACTS.items()},
    **{f"change-{verb}": act.step.done for verb, act in OF_CHANGES.items()},
    **{f"key-{verb}": act.step.done for verb, act in OF_KEYS.items()},
}


def with_scopes(step: Step, names: Mapping[str, str]) -> Step:
    """What can be ticked is what the policy lets machines hold."""
    offered = replace(SCOPES, options=names)
    return replace(step, inputs=tuple(offered if i is SCOPES else i for i in step.inputs))
