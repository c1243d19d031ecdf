"""Who entered or approved something: accounts by name, as far as whoever looks may know them."""

from collections.abc import Iterable

from services.dashboard import labels
from services.dashboard.gateway import Gateway
from services.dashboard.panels import gathered, panel

ACCOUNT = "account:"
MOST = 20  # of whom the names are asked for; others keep their ids
KNOWN = {"seed": "演示数据", "operator": "运维人员", "migration": "双人复核启用之前"}


async def people_of(gateway: Gateway, ids: Iterable[str]) -> dict[str, str]:
    """Id → name, with those that cannot be asked for left out."""
    accounts = [id for id in dict.fromkeys(ids) if id.startswith(ACCOUNT)][:MOST]
    asked = (panel(gateway.ask(labels.Named, f"/accounts/{id.removeprefix(ACCOUNT)}")) for id in accounts)
    found = await gathered(asked)
    return KNOWN | {id: one.found.name for id, one in zip(accounts, found, strict=True) if one.found}
