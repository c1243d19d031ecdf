"""Everything that changes the list of grounds: a ground is set from a day on, and ended; nothing is rewritten."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.grounds import EndGround, GroundDecision, GroundEnded, GroundSet, SetGround
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.feed import record
from services.kernel.listing import plain
from services.registry.divisions.queries import existing
from services.registry.grounds import queries, rules
from services.registry.grounds.models import RegistrationGround
from services.registry.grounds.rules import Entry

REVIEW = "registry:review"
TURN = text("select pg_advisory_xact_lock(hashtextextended('grounds ' || :division, 0))")


async def set_ground(tx: AsyncSession, actor: Actor, order: SetGround, today: date) -> None:
    """The words before it end with the day on which it begins; on that day itself they are corrected."""
    rules.check_ahead("begins", order.begins, today)
    rows = await versions(tx, actor, order)
    same = next((row for row in rows if row.begins == order.begins), None)
    if same is not None:
        same.text, same.legal_basis, same.unsure = order.text, order.legal_basis, order.unsure
    else:
        before = next((row for row in rows if covers(row, order.begins)), None)
        ends = min((row.begins for row in rows if row.begins > order.begins), default=None)
        if before is not None:
            before.ends = order.begins
            await tx.flush()  # two that share a day are refused, even for a moment
        tx.add(RegistrationGround(**order.model_dump(), ends=ends))
    told = GroundSet(**order.model_dump(include={"division", "decision", "code", "begins", "unsure"}))
    await record(tx, actor, f"division:{order.division}", told)


async def end_ground(tx: AsyncSession, actor: Actor, order: EndGround, today: date) -> None:
    """What holds here by the word of somebody above, or as it was shipped, ends here alone."""
    rules.check_ahead("ends", order.ends, today)
    rows = await versions(tx, actor, order)
    last = rows[-1] if rows else None
    if last is None:
        inherited = rules.found(
            await queries.entries(await plain(tx), order.division), order.decision, order.code, today
        )
        if inherited is None:
            raise none_to_end()
        tx.add(ended_here(inherited, order))
    elif last.begins >= order.ends or (last.ends is not None and last.ends < order.ends):
        raise none_to_end()
    else:
        last.ends = order.ends
    await record(tx, actor, f"division:{order.division}", GroundEnded(**order.model_dump()))


async def check_ground(tx: AsyncSession, division: str, decision: GroundDecision, code: str, today: date) -> None:
    rules.check_named(await queries.entries(await plain(tx), division), decision, code, today)


async def versions(tx: AsyncSession, actor: Actor, order: SetGround | EndGround) -> Sequence[RegistrationGround]:
    """Of this ground in this division, by their begin; whoever changes it at the same time waits."""
    actor.require_at(REVIEW, order.division)
    await existing(await plain(tx), order.division)
    await run(tx, TURN, {"division": order.division})
    one = RegistrationGround
    asked = select(one).where(col(one.division) == order.division, col(one.decision) == order.decision)
    return (await tx.exec(asked.where(col(one.code) == order.code).order_by(col(one.begins)).with_for_update())).all()


def covers(row: RegistrationGround, day: date) -> bool:
    return row.begins < day and (row.ends is None or day < row.ends)


def ended_here(inherited: Entry, order: EndGround) -> RegistrationGround:
    return RegistrationGround(**{**inherited._asdict(), "division": order.division, "ends": order.ends})


def none_to_end() -> rules.NoGroundToEnd:
    return rules.NoGroundToEnd("此事由到那一天已不在用，请刷新后核对。", code="no_ground_to_end", rule="REG-17")
