"""An amnesty window that ends before the day it was to end (REG-20)."""

from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registration_events import AmnestyClosed
from services.contracts.registrations import CloseAmnesty
from services.kernel.actor import Actor
from services.kernel.errors import Conflict, NotFound
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE
from services.registry.registrations.commands import REVIEW
from services.registry.registrations.models import AmnestyWindow


class NotEarlier(Conflict):
    english = "A window ends early on a day that is still to come, and within the window."


async def close(tx: AsyncSession, actor: Actor, id: UUID, order: CloseAmnesty, today: date) -> None:
    """What was taken meanwhile stays taken: no day that is over is taken back."""
    window = (await tx.exec(select(AmnestyWindow).where(col(AmnestyWindow.id) == id).with_for_update())).first()
    if window is None:
        raise NotFound(NOT_HERE)
    actor.require_at(REVIEW, window.division)
    check_end(window.first_on, window.last_on, order.last_on, today)
    window.last_on = order.last_on
    told = AmnestyClosed(amnesty_id=id, division=window.division, last_on=order.last_on)
    await record(tx, actor, f"division:{window.division}", told)


def check_end(first_on: date, last_on: date, end: date, today: date) -> None:
    earliest = max(first_on, today)
    if not earliest <= end < last_on:
        raise NotEarlier(
            f"提前结束的最后一天应在 {earliest} 与原定的 {last_on} 之间，并早于原定的一天，请核对。",
            code="not_earlier", rule="REG-20",
        )  # fmt: skip
