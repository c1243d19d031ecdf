"""Who entered or approved something: accounts by name, as far as whoever looks may know them."""

from collections.abc import Iterable

from services.dashboard import labels
from services.dashboard.gateway import Gateway
from services.dashboard.panels import gathered, panel
from services.kernel.errors import NotFound

ACCOUNT = "account:"
MOST = 20  # of whom the names are asked for; others keep their ids
ELSEWHERE = "辖区以外的人员"
KNOWN = {"seed": "演示数据", "operator": "运维人员", "migration": "双人复核启用之前"}


async def people_of(gateway: Gateway, ids: Iterable[str]) -> dict[str, str]:
    """Id → name; who administers elsewhere has none, and those that cannot be asked for just now are left out."""
    accounts = [id for id in dict.fromkeys(ids) if id.startswith(ACCOUNT)][:MOST]
    asked = (panel(gateway.ask(labels.Named, f"/accounts/{id.removeprefix(ACCOUNT)}")) for id in accounts)
    found = await gathered(asked)
    named = {id: one.found.name for id, one in zip(accounts, found, strict=True) if one.found}
    away = [id for id, one in zip(accounts, found, strict=True) if isinstance(one.refusal, NotFound)]
    return KNOWN | named | dict.fromkeys(away, ELSEWHERE)
