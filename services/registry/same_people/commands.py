"""What is decided on two who may be one: reported, kept apart, merged, taken apart again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.same_people import (
    Dismiss,
    Merge,
    PairDismissed,
    PairReported,
    PairState,
    PersonMerged,
    PersonUnmerged,
    RecordMoved,
    ReportPair,
    UndoMerge,
)
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import everywhere, run
from services.kernel.errors import FieldError, NotFound
from services.kernel.feed import record_all
from services.kernel.listing import NOT_HERE
from services.registry.people.queries import merged
from services.registry.publishing import publish_people
from services.registry.same_people import moving, queries, rules
from services.registry.same_people.models import PersonMerge, PossibleDuplicate

WRITE, REVIEW = "registry:write", "registry:review"
ANYWHERE = "what somebody did counts wherever it was; who may decide is asked of both before"
REPORT = text("""
insert into possible_duplicate (low_id, high_id, why)
values (least(cast(:one as uuid), :other), greatest(cast(:one as uuid), :other), 'reported')
on conflict (low_id, high_id) do update
set state = 'open', decided_by = null, decided_at = null, version = possible_duplicate.version + 1
where possible_duplicate.state = 'different' returning id""")
OF_TWO = text("""
select id from possible_duplicate
where low_id = least(cast(:one as uuid), :other) and high_id = greatest(cast(:one as uuid), :other)""")
OF_PAIR = text("select low_id, high_id from possible_duplicate where id = :id")
OF_MERGE = text("select kept_id, merged_id from person_merge where id = :id")
NEAR = text("select id, division from person where id = any(cast(:people as uuid[]))")
WHERE = text("""
select id, division, merged_into from person where id = any(cast(:people as uuid[])) order by id for update""")


async def report(tx: AsyncSession, actor: Actor, order: ReportPair) -> UUID:
    """Somebody knows better than name and birth date. What was kept apart is asked once more."""
    if order.person_id == order.other_id:
        wrong = FieldError(field="other_id", code="same_record", detail="请填写另一个人员的编号")
        raise rules.NotOfPair("两个编号是同一条记录，请核对。", code="same_record", errors=[wrong])
    asked = {"one": order.person_id, "other": order.other_id}
    found = {p.id: p for p in (await run(tx, WHERE, {"people": list(asked.values())})).all()}
    for id in asked.values():
        if id not in found:
            raise NotFound(NOT_HERE)
        actor.require_at(WRITE, found[id].division)
        if found[id].merged_into is not None:
            raise merged(found[id].merged_into)
    pair: UUID | None = (await run(tx, REPORT, asked)).scalar_one_or_none()
    if pair is None:
        id = (await run(tx, OF_TWO, asked)).scalar_one()
        raise rules.DecidedAlready("这两人已在疑似重复的队列中，请到那里核对。", code="found_already",
                                   params={"pair_id": str(id)})  # fmt: skip
    told = PairReported(pair_id=pair, person_ids=sorted(asked.values()))
    await record_all(tx, actor, [(f"person:{id}", told) for id in told.person_ids])
    return pair


async def reached(tx: AsyncSession, actor: Actor, of: TextClause, id: UUID) -> None:
    """Asked within the actor's own divisions, before anything is looked at beyond them."""
    both = (await run(tx, of, {"id": id})).one_or_none()
    found = (await run(tx, NEAR, {"people": list(both)})).all() if both else []
    near = [p for p in found if actor.reaches(REVIEW, p.division)]
    if not near:
        raise NotFound(NOT_HERE)
    if len(near) < 2:
        raise rules.AskCity("其中一人在另一区县，不能由您决定，请联系市级核对。", code="ask_city")


def check_both(actor: Actor, people: Mapping[UUID, Row[Any]]) -> None:
    """Still, now that nobody can move them."""
    if not all(actor.reaches(REVIEW, p.division) for p in people.values()):
        raise NotFound(NOT_HERE)


def decided(pair: PossibleDuplicate, state: PairState, actor: Actor | None, reason: str, now: datetime) -> None:
    pair.state, pair.reason = state, reason
    pair.decided_by, pair.decided_at = (actor.id, now) if actor else (None, None)
    pair.version += 1


async def dismiss(tx: AsyncSession, actor: Actor, id: UUID, order: Dismiss, now: datetime) -> None:
    """Two people: remembered, so that the same two are not found again."""
    await reached(tx, actor, OF_PAIR, id)
    async with everywhere(tx, ANYWHERE):
        pair = await queries.pair_for_update(tx, id)
        people = [pair.low_id, pair.high_id]
        check_both(actor, {p.id: p for p in (await run(tx, WHERE, {"people": people})).all()})
        rules.check_open(pair.state)
        decided(pair, PairState.DIFFERENT, actor, order.reason, now)
    told = PairDismissed(pair_id=id, person_ids=people)
    await record_all(tx, actor, [(f"person:{person}", told) for person in people])


async def merge(tx: AsyncSession, actor: Actor, id: UUID, order: Merge, now: datetime) -> UUID:
    """The same: one of them becomes the other, in one transaction, and nothing counts twice."""
    await reached(tx, actor, OF_PAIR, id)
    async with everywhere(tx, ANYWHERE):
        pair = await queries.pair_for_update(tx, id)
        people = await moving.lock(tx, [pair.low_id, pair.high_id])
        check_both(actor, people)
        rules.check_open(pair.state)
        if order.kept_id not in people:
            wrong = FieldError(field="kept_id", code="not_of_pair", detail="请从这两人中选择")
            raise rules.NotOfPair("要保留的人员不在这两人之中，请核对。", code="not_of_pair", errors=[wrong])
        check_whole(people)
        await moving.check_finished(tx, people)
        kept, gone = order.kept_id, pair.high_id if order.kept_id == pair.low_id else pair.low_id
        made = PersonMerge(
            pair_id=id, kept_id=kept, merged_id=gone, merged_at=now, merged_by=actor.id, reason=order.reason,
            undo_until=rules.undo_until(business_date(now)), moved={},
        )  # fmt: skip
        decided(pair, PairState.MERGED, actor, order.reason, now)
        tx.add(made)
        await tx.flush()
        await moving.name(tx, made.id, gone, kept, actor.id)
        made.moved = await moving.give(tx, gone, kept)
        await tell(tx, actor, PersonMerged, made, made.moved, gone, kept)
        await publish_people(tx, [kept, gone, *map(UUID, made.moved["person"])])
    return made.id


def check_whole(people: Mapping[UUID, Row[Any]]) -> None:
    if any(p.merged_into is not None for p in people.values()):
        raise rules.MergedAlready("其中一人已并入另一条记录，请刷新后查看。", code="merged_already")
    if any(p.erased for p in people.values()):
        raise rules.MergedAlready("其中一人的个人信息已依法删除，不能合并。", code="erased")


async def tell(
    tx: AsyncSession, actor: Actor, kind: type[PersonMerged], made: PersonMerge, moved: moving.Moved, source: UUID,
    to: UUID,
) -> None:  # fmt: skip
    """Of both people, and of each record that changed hands."""
    counted = {table: len(ids) for table, ids in moved.items()}
    told = kind(merge_id=made.id, kept_id=made.kept_id, merged_id=made.merged_id, moved=counted)
    record_moved = RecordMoved(merge_id=made.id, from_id=source, to_id=to)
    records = [(f"{table}:{id}", record_moved) for table, ids in moved.items() if table != "widened" for id in ids]
    records += [(f"assignment:{id}", record_moved) for id, *_ in moved.get("widened", [])]
    await record_all(tx, actor, [(f"person:{id}", told) for id in (made.kept_id, made.merged_id)])
    await record_all(tx, actor, records)


async def undo(tx: AsyncSession, actor: Actor, id: UUID, order: UndoMerge, now: datetime) -> None:
    """Two again: what was moved goes back, the pair is to be decided on anew."""
    await reached(tx, actor, OF_MERGE, id)
    async with everywhere(tx, ANYWHERE):
        made = await queries.merge_for_update(tx, id)
        pair = await queries.pair_for_update(tx, made.pair_id)
        kept, gone = made.kept_id, made.merged_id
        people = await moving.lock(tx, [kept, gone])
        check_both(actor, people)
        rules.check_undo(made.undone_at is not None, made.undo_until, business_date(now))
        if people[kept].merged_into is not None:
            raise rules.MergedAlready("保留的记录后来又并入了另一条，请先撤销后一次合并。", code="merged_since")
        if people[kept].erased or people[gone].erased:
            raise rules.MergedAlready("其中一人的个人信息已依法删除，不能撤销合并。", code="erased")
        back = await moving.take_back(tx, made.moved, gone, kept)
        await moving.unname(tx, id)
        made.undone_at, made.undone_by, made.undo_reason = now, actor.id, order.reason
        decided(pair, PairState.OPEN, None, order.reason, now)
        await tx.flush()
        await tell(tx, actor, PersonUnmerged, made, back, kept, gone)
        await publish_people(tx, [kept, gone, *map(UUID, made.moved["person"])])
