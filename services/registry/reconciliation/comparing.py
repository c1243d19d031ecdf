"""An export against the register, all at once: one line for each record of either side, and the cases that follow.

The newest export of an area counts, but not where an area below has one that is as new or newer. Everything is as it
was on the day of the export, as far as the register knows days; applications are as they are now.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange, DivisionCode, subtree
from services.contracts.reconciliation import CaseState, DifferenceKind
from services.contracts.reconciliation_events import NationalCompared, ReconciliationCaseMoved
from services.kernel.actor import Actor
from services.kernel.clock import now
from services.kernel.db import everywhere, run
from services.kernel.errors import Conflict
from services.kernel.feed import record, record_all
from services.registry.publishing import chunks
from services.registry.reconciliation.rules import APPLIED, ENDED, NATIONAL_PHASES, OUR_PHASES, STATES

WHY = "a management number may be held by somebody who counts in another district, or has moved there"
TURN = text("select pg_advisory_xact_lock(hashtext('registry reconciliation'))")
# A clock that runs already is not moved: it has to be stopped first.
LIMITS = tuple(
    text(f"set local {name} = '{value}'")
    for name, value in (
        ("transaction_timeout", "0"), ("transaction_timeout", "20min"), ("statement_timeout", "5min"), ("jit", "off"),
        ("work_mem", "64MB"), ("enable_seqscan", "on"),
    )
)  # fmt: skip
# All cases at once against all lines: row by row, of tables just filled, that would take for ever.
HASHED, LOOPED = text("set local enable_nestloop = off"), text("set local enable_nestloop = on")
KNOWN, COUNTED = text("analyze national_entry"), text("analyze reconciliation_line")
SNAPSHOT = text("select * from national_snapshot where id = :id")
NEWEST = text("""
select id from national_snapshot where division = :division order by exported_on desc, id desc limit 1""")
# Of all areas above and below: whoever compares them in this order leaves to each what is its own.
NEWEST_AROUND = text("""
select id from (
  select distinct on (division) id, exported_on from national_snapshot
  where division between :low and :high or division = any(cast(:above as text[]))
  order by division, exported_on desc, id desc) s order by exported_on, id""")
NOTHING_LEFT = text("delete from reconciliation_case where division between :low and :high")
# Areas below with an export that is as new: what lies there is theirs.
NEWER_BELOW = text("""
select distinct division from national_snapshot
where division between :low and :high and division <> :division
  and (exported_on, id) > (:exported_on, cast(:id as uuid))""")
NEWER_ABOVE = text("""
select 1 from national_snapshot
where division = any(cast(:above as text[])) and (exported_on, id) > (:exported_on, cast(:id as uuid)) limit 1""")
IN_AREA = """{0} between :low and :high and not exists (
  select from unnest(cast(:lows as text[]), cast(:highs as text[])) x(low, high) where {0} between x.low and x.high)"""
FORGET = text(f"delete from reconciliation_line where {IN_AREA.format('division')}")
COMPARE = text(f"""
insert into reconciliation_line (
  snapshot_id, division, key, kind, fields, certificate_id, person_id, entry, held, our_state, our_phase, our_level,
  national_state, national_phase, national_level, national_person)
with there as materialized (
  select n.*, case
    when n.status is null or (n.status in ('registered', 'issued') and n.end_on is null) then 'unknown'
    when n.status in ('registered', 'issued') and n.end_on <= :day then 'lapsed' else n.status end as state
  from national_entry n where n.snapshot_id = :id),
numbered as materialized (
  select c.id from person p join certificate c on c.person_id = p.id
  where {IN_AREA.format("p.division")} and c.approved_on <= :day
  union
  select c.id from there t join certificate c on c.management_number = t.management_number),
terms as materialized (
  select distinct on (r.certificate_id) r.certificate_id, r.start_on, r.end_on, r.ended_as, r.granted_until
  from numbered i join registration r on r.certificate_id = i.id
  order by r.certificate_id, r.start_on <= :day desc, r.start_on desc),
applied as materialized (
  select distinct on (a.certificate_id) a.certificate_id, a.state
  from numbered i join registration_application a on a.certificate_id = i.id
  where a.kind = 'initial' order by a.certificate_id, a.id desc),
here as materialized (
  select c.id, c.person_id, c.level, c.management_number, c.approved_on, c.ended_on, p.canonical, p.division,
    p.id_type, p.id_masked, p.id_number = '' as erased, t.start_on, coalesce(t.granted_until, t.end_on) as end_on,
    {IN_AREA.format("p.division")} as inside,
    case
      when c.ended_on <= :day then 'void'
      when t.certificate_id is null then coalesce(w.ours, 'unregistered')
      when t.start_on > :day then 'upcoming'
      when t.end_on <= :day and t.ended_as is not null then m.ours
      when t.end_on <= :day then 'expired' else 'active' end as state
  from numbered i join certificate c on c.id = i.id join person p on p.id = c.person_id
  left join terms t on t.certificate_id = c.id
  left join applied a on a.certificate_id = c.id
  left join unnest(cast(:applied as text[]), cast(:applied_as as text[])) w(state, ours) on w.state = a.state
  left join unnest(cast(:ended as text[]), cast(:ended_as as text[])) m(ended, ours) on m.ended = t.ended_as),
pairs as materialized (
  select distinct on (best.id) best.id, best.number from (
    select distinct on (t.number) t.number, h.id, h.level = t.level as level, h.inside
    from there t join here h on h.management_number = t.management_number
    order by t.number, h.level = t.level desc nulls last, h.inside desc,
      h.approved_on = t.approved_on desc nulls last, h.id) best
  order by best.id, best.level desc nulls last, best.number),
sides as (
  select h.id as certificate_id, h.inside, h.person_id, h.division as our_division, h.level as our_level,
    h.approved_on as our_approved, h.ended_on, h.start_on, h.end_on as our_end, h.state as our_state,
    t.number, t.division as there_division, t.management_number, t.level as national_level, t.state as national_state,
    t.approved_on, t.registered_on, t.end_on, t.canonical, t.id_head, t.id_tail, t.id_holder,
    t.canonical is not null and t.canonical <> h.canonical and not h.erased
      and not exists (select from person_former_name f where f.person_id = h.person_id and f.canonical = t.canonical)
      and not exists (
        select from confirmed_person f where f.certificate_id = h.id and f.canonical = t.canonical) as name_differs,
    not exists (
      select from confirmed_person f where f.certificate_id = h.id and f.canonical is not distinct from t.canonical)
      and case when t.id_whole then t.id_holder is distinct from h.person_id
        else h.id_type = 'resident_id_card' and length(h.id_masked) = 18
          and (left(h.id_masked, length(t.id_head)) <> t.id_head or right(h.id_masked, length(t.id_tail)) <> t.id_tail)
        end as id_differs
  from (select h.*, p.number from here h left join pairs p on p.id = h.id where h.inside or p.number is not null) h
  full join there t on t.number = h.number
  where case when h.inside then true when h.division between :low and :high then false
    else {IN_AREA.format("t.division")} end),
judged as (
  select s.*, r.kind as by_state, :has_level and national_level is null as no_level,
    :has_approved and approved_on is null as no_approved, :has_level and national_level <> our_level as level_differs,
    approved_on <> our_approved as approved_differs,
    r.kind = 'same' and r.dated and registered_on <> start_on as registered_differs,
    r.kind = 'same' and r.dated and s.end_on <> our_end as end_differs
  from sides s left join unnest(
    cast(:national as text[]), cast(:ours as text[]), cast(:kinds as text[]), cast(:dated as boolean[]))
    r(national, ours, kind, dated) on r.national = s.national_state and r.ours = s.our_state),
said as (
  select j.*, case
    when number is null then 'only_ours'
    when certificate_id is null and management_number is null then 'cannot_decide'
    when certificate_id is null then 'only_national'
    when not inside then 'elsewhere'
    when name_differs or id_differs then 'not_matched'
    when by_state in ('void_there', 'void_here') then by_state
    when canonical is null or by_state = 'cannot_decide' or no_level or no_approved then 'cannot_decide'
    when by_state <> 'same' then by_state
    when level_differs then 'level'
    when approved_differs or registered_differs or end_differs then 'dates' else 'same' end as kind
  from judged j)
select :id, case when inside then our_division else there_division end,
  case when inside then 'c:' || certificate_id
    when management_number is not null
      then 'n:' || :division || ':' || management_number || ':' || coalesce(national_level, '')
    else 'r:' || :division || ':' || md5(coalesce(canonical, '') || id_head || id_tail) || ':' || row_number() over (
      partition by inside is true, management_number, canonical, id_head, id_tail order by number) end,
  kind, case when number is null or certificate_id is null or not inside then array_remove(array[
      case when number is not null and management_number is null then 'management_number' end], null)
    else array_remove(array[
      case when by_state <> 'same' then 'status' end, case when level_differs or no_level then 'level' end,
      case when approved_differs or no_approved then 'approved_on' end,
      case when registered_differs then 'registered_on' end, case when end_differs then 'valid_until' end,
      case when name_differs or canonical is null then 'name' end, case when id_differs then 'id_number' end], null)
    end,
  case when inside then certificate_id end, case when inside then person_id end, number,
  inside is true and (ended_on is null or :day < ended_on),
  case when inside then our_state end, case when inside then o.phase end, case when inside then our_level end,
  national_state, n.phase,
  case when number is not null
    then coalesce(national_level, case when inside and not :has_level then our_level end) end,
  case when number is null then null
    when inside and kind <> 'not_matched' then 'p:' || person_id
    when id_holder is not null then 'p:' || id_holder
    when canonical is null then 'r:' || number
    else 'n:' || md5(canonical || id_head || id_tail) end
from said
left join unnest(cast(:there_states as text[]), cast(:there_phases as text[])) n(state, phase)
  on n.state = national_state
left join unnest(cast(:our_states as text[]), cast(:our_phases as text[])) o(state, phase) on o.state = our_state""")
DONE = text("update national_snapshot set compared_at = :at where id = :id")
COUNT = text(f"""
select kind, count(*) as n from reconciliation_line where {IN_AREA.format("division")} group by kind""")
# Seen again as it was: nothing happens to it. Otherwise it is open anew, and whatever was decided is history.
DIFFER = text(f"""
insert into reconciliation_case as k (
  key, division, certificate_id, management_number, kind, fields, state, opened_at, export_on)
select l.key, l.division, l.certificate_id, coalesce(c.management_number, e.management_number), l.kind, l.fields,
  'open', :at, :day
from reconciliation_line l
left join certificate c on c.id = l.certificate_id
left join national_entry e on e.snapshot_id = l.snapshot_id and e.number = l.entry
where l.kind <> 'same' and {IN_AREA.format("l.division")}
on conflict (key) do update set division = excluded.division, kind = excluded.kind, fields = excluded.fields,
  management_number = excluded.management_number, state = 'open', export_on = excluded.export_on,
  opened_at = case when k.state = 'closed' then excluded.opened_at else k.opened_at end,
  reopened = k.reopened + (k.state = 'closed')::int, reason = null, until = null, application_id = null,
  decided_by = null, decided_at = null, closed_at = null, agreed_on = null, version = k.version + 1
where k.state = 'closed' or k.kind <> excluded.kind or k.fields <> excluded.fields
returning k.id, k.division, k.kind, k.state""")
MOVED = text(f"""
update reconciliation_case k set division = l.division, version = k.version + 1
from reconciliation_line l
where l.key = k.key and l.division <> k.division and {IN_AREA.format("l.division")}""")
AGREE = text(f"""
update reconciliation_case k set state = 'closed', closed_at = :at, agreed_on = :day, until = null,
  version = k.version + 1
where k.state <> 'closed' and {IN_AREA.format("k.division")}
  and not exists (select from reconciliation_line l where l.key = k.key and l.kind <> 'same')
returning k.id, k.division, k.kind, k.state""")
DATED = ("registered", "lapsed")


class NotNewest(Conflict):
    english = "A newer export counts for this area."


async def compare_around(tx: AsyncSession, actor: Actor, division: DivisionCode) -> None:
    """An export was taken back: those before it, above it or below it count again. Of none, nothing differs."""
    low, high = subtree(division)
    async with everywhere(tx, WHY):
        asked = {"low": low, "high": high, "above": above(division)}
        found = (await run(tx, NEWEST_AROUND, asked)).scalars().all()
        if not found:
            await run(tx, NOTHING_LEFT, {"low": low, "high": high})
    for id in found:
        await compare_if_newest(tx, actor, id)


def above(division: DivisionCode) -> list[DivisionCode]:
    every = (division[:n].ljust(12, "0") for n in (2, 4, 6, 9))
    return [code for code in every if code != division]


async def compare_if_newest(tx: AsyncSession, actor: Actor, id: UUID, *, batch_id: UUID | None = None) -> bool:
    """An older one is kept, and compared with nothing."""
    await run(tx, TURN, {})
    async with everywhere(tx, WHY):
        snapshot = (await run(tx, SNAPSHOT, {"id": id})).one()
        if not await is_newest(tx, snapshot):
            return False
        area = await area_of(tx, snapshot)
        at = now()
        for limit in LIMITS:
            await run(tx, limit, {})
        await run(tx, KNOWN, {})
        await run(tx, FORGET, area)
        asked = {"id": id, "division": snapshot.division, "day": snapshot.exported_on}
        await run(tx, COMPARE, {**area, **rule_arrays(), **columns_of(snapshot), **asked})
        await run(tx, COUNTED, {})
        await run(tx, DONE, {"id": id, "at": at})
        moved = await settle(tx, area, snapshot.exported_on, at)
        kinds = {DifferenceKind(r.kind): r.n for r in (await run(tx, COUNT, area)).all()}
        for some in chunks(moved):
            await record_all(tx, actor, [(f"reconciliation:{m.case_id}", m) for m in some])
        compared = NationalCompared(
            snapshot_id=id, division=snapshot.division, exported_on=snapshot.exported_on, kinds=kinds, batch_id=batch_id
        )
        await record(tx, actor, f"import:{id}", compared)
    return True


async def is_newest(tx: AsyncSession, snapshot: Any) -> bool:
    newest = (await run(tx, NEWEST, {"division": snapshot.division})).scalar_one()
    asked = {"above": above(snapshot.division), "exported_on": snapshot.exported_on, "id": snapshot.id}
    return bool(newest == snapshot.id) and (await run(tx, NEWER_ABOVE, asked)).first() is None


async def area_of(tx: AsyncSession, snapshot: Any) -> dict[str, object]:
    low, high = subtree(snapshot.division)
    asked = {"low": low, "high": high, "division": snapshot.division, "exported_on": snapshot.exported_on,
             "id": snapshot.id}  # fmt: skip
    below: Sequence[CodeRange] = [subtree(r.division) for r in (await run(tx, NEWER_BELOW, asked)).all()]
    return {"low": low, "high": high, "lows": [r.low for r in below],
            "highs": [r.high for r in below]}  # fmt: skip


def rule_arrays() -> dict[str, object]:
    """The table of the rules, as the statement joins it."""
    rows = [(n, o, k, NATIONAL_PHASES[n] in DATED) for (n, o), k in STATES.items()]
    national, ours, kinds, dated = zip(*rows, strict=True)
    return {
        "national": list(national), "ours": list(ours), "kinds": list(kinds), "dated": list(dated),
        "there_states": list(NATIONAL_PHASES), "there_phases": list(NATIONAL_PHASES.values()),
        "our_states": list(OUR_PHASES), "our_phases": list(OUR_PHASES.values()),
        "applied": list(APPLIED), "applied_as": list(APPLIED.values()), "ended": list(ENDED),
        "ended_as": list(ENDED.values()),
    }  # fmt: skip


def columns_of(snapshot: Any) -> dict[str, bool]:
    """What the file had no column for is not compared; the page says so."""
    return {"has_level": "level" in snapshot.columns, "has_approved": "approved_on" in snapshot.columns}


async def settle(tx: AsyncSession, area: dict[str, object], day: date, at: datetime) -> list[ReconciliationCaseMoved]:
    asked = {**area, "day": day, "at": at}
    await run(tx, HASHED, {})
    await run(tx, MOVED, area)
    agreed = (await run(tx, AGREE, asked)).all()
    await run(tx, LOOPED, {})
    found = [*agreed, *(await run(tx, DIFFER, asked)).all()]
    return [
        ReconciliationCaseMoved(
            case_id=r.id, division=r.division, kind=DifferenceKind(r.kind), state=CaseState(r.state)
        )
        for r in found
    ]
