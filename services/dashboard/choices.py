"""Which indicators a map page offers, and the name by which the gateway knows the chosen one. Pure."""

from collections.abc import Mapping, Sequence

from services.contracts.coverage import Coverage, Indicator
from services.contracts.divisions import TIER_NAMES, Tier
from services.dashboard.words import COVERS

SHARES = ("established", "effective", "served")
COVERED = (Tier.STREET, Tier.VILLAGE)


def asked_for(indicator: str) -> str:
    """A coverage without its tier is that of the villages, where the policy is going."""
    return f"{indicator}@village" if indicator in SHARES else indicator


def choices_of(coverage: Coverage, indicators: Sequence[Indicator]) -> Mapping[str, Mapping[str, str]]:
    """Group → name in the address → words."""
    tiers = {t.tier for child in coverage.children if child.counts for t in child.tiers}
    shares = {
        _short(f"{base}@{tier}"): f"{TIER_NAMES[tier]} · {COVERS[base].name}比例"
        for tier in COVERED if tier in tiers for base in SHARES if base not in coverage.unrecorded
    }  # fmt: skip
    rest = {i.id: f"{i.name}（{i.unit}）" for i in indicators if i.parts and not _is_share(i)}
    return {group: words for group, words in (("服务覆盖", shares), ("人才与资源", rest)) if words}


def _short(share: str) -> str:
    base, _, tier = share.partition("@")
    return base if tier == Tier.VILLAGE else share


def _is_share(indicator: Indicator) -> bool:
    return indicator.parts[0].metric.partition("@")[0] in COVERS
