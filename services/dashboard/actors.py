"""Who did something, as far as officials may know: that it was they themselves, else which account it was."""

from services.contracts.identity import Me
from services.dashboard.deciders import KNOWN

END = 8  # of an account's id: enough to ask about it


def told(me: Me, id: str | None) -> str:
    if not id:
        return ""
    return "本人" if id == me.id else KNOWN.get(id, f"账号 {id[-END:]}")
