"""How the pages call things: tiers, states, services, metrics. Words only; what is true comes from the gateway."""

from collections.abc import Mapping
from typing import NamedTuple

from services.contracts.coverage import GapKind, SourceState, TargetStatus
from services.contracts.divisions import TIER_NAMES, Tier
from services.contracts.metrics import METRICS, Metric


class Light(NamedTuple):
    """Status is colour, shape and word: the class gives colour and shape."""

    css: str
    word: str


LIGHTS: Mapping[TargetStatus, Light] = {
    TargetStatus.ACHIEVED: Light("st-green", "达标"),
    TargetStatus.ON_TRACK: Light("st-green", "达标"),
    TargetStatus.AT_RISK: Light("st-amber", "临近"),
    TargetStatus.BEHIND: Light("st-red", "滞后"),
    TargetStatus.MISSED: Light("st-red", "滞后"),
    TargetStatus.CANNOT_TELL: Light("st-none", "无法判断"),
    TargetStatus.NO_TARGET: Light("st-none", "未设目标"),
}
STANDINGS: Mapping[TargetStatus, str] = {
    TargetStatus.ACHIEVED: "已达到目标",
    TargetStatus.ON_TRACK: "不低于计划进度",
    TargetStatus.AT_RISK: "略低于计划进度",
    TargetStatus.BEHIND: "低于计划进度",
    TargetStatus.MISSED: "到期未完成",
    TargetStatus.CANNOT_TELL: "文件没有给出数值，或没有基期",
    TargetStatus.NO_TARGET: "本区划没有设定目标",
}
LATE = "已达标，但晚于期限"
SOURCES: Mapping[SourceState, Light] = {
    SourceState.FRESH: Light("st-green", "最新"),
    SourceState.STALE: Light("st-amber", "未更新"),
    SourceState.AWAY: Light("st-red", "未连通"),
}
SERVICES: Mapping[str, str] = {
    "gateway": "数据网关",
    "identity": "登录与权限",
    "coverage": "统计",
    "registry": "人员与站点名册",
    "training": "培训与督导",
    "procurement": "政府购买",
    "coordination": "统筹协调",
}
POINT_NAMES: Mapping[Tier, str] = {
    Tier.CITY: "指导服务中心",
    Tier.DISTRICT: "社工总站",
    Tier.ZONE: "社工总站",
    Tier.STREET: "社工站",
    Tier.VILLAGE: "社工室",
}


class Meaning(NamedTuple):
    name: str
    meaning: str


COVERS: Mapping[str, Meaning] = {
    "unit": Meaning("应覆盖", "当日在册、计入分母的区划单位。"),
    "exists": Meaning("应覆盖", "当日在册、计入分母的区划单位。"),
    "established": Meaning("已建站", "当日至少有一个开放的服务站点；政策目标按此计算。"),
    "effective": Meaning("有效运行", "站点开放，有登记有效的社工在岗，并由政府购买或自有人员保障；空壳站点不计。"),
    "served": Meaning("有服务", "近期有社工提供过服务的单位。"),
}


PACK_NAMES: Mapping[str, str] = {"jinan-2020-54": "济民发〔2020〕54号", "demo-2030": "演示 2030（虚构）"}
GAP_NAMES: Mapping[GapKind, str] = {
    GapKind.NO_POINT: "没有开放的站点",
    GapKind.SHELL: "没有在岗社工",
    GapKind.NO_CONTRACT: "没有人员保障",
}
QUARTER_NAMES: Mapping[str, str] = {"q4": "前四分之一", "q3": "较高", "q2": "较低", "q1": "后四分之一"}


def tier_name(tier: Tier) -> str:
    return TIER_NAMES[tier]


def metric_words(metric: str) -> Meaning:
    """`established@street` → 街镇 · 已建站; a plain metric by its own name; an unknown one as it is written."""
    base, _, place = metric.partition("@")
    tier = next((t for t in Tier if t == place), None)
    found = COVERS.get(base) if tier else None
    known = next((m for m in Metric if m == base), None)
    if found is None and known is not None:
        found = Meaning(METRICS[known].name, f"{METRICS[known].meaning}。")
    found = found or Meaning(base, "")
    return Meaning(f"{TIER_NAMES[tier]} · {found.name}", found.meaning) if tier else found
