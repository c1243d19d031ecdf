"""Row-level security: a session lies where it is held; an attendance there, and where its person is."""

from alembic import op

from services.kernel.first_migration import restrict_events
from services.kernel.row_security import (
    ALL,
    READS,
    WRITES,
    closed,
    lies_in,
    scope_type,
    twin,
    walled,
    walled_by_parent,
    whose_parent,
)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = f"set search_path = public, pg_temp set {READS} = '{ALL}'"
# What is asked across all divisions, and no more than that: where a session was that somebody of the asker's attended,
# and whether somebody who is appointed twice counts by the other appointment (the earlier one, wherever it is).
ACROSS = (
    f"""
create function session_of(attended uuid) returns setof session
language sql stable parallel safe rows 1 {WHOLE} as $$
  select * from session s where s.id = $1 $$""",
    f"""
create function counts_by_another(supervisor uuid, holder text, recorded bigint, on_day date) returns boolean
language sql stable parallel safe {WHOLE} as $$
  select exists (
    select from supervisor e cross join lateral (
      select (select t.state from supervisor_step t where t.supervisor_id = e.id and t.on_day <= $4
              order by t.seq desc limit 1) as state,
        (select min(t.seq) from supervisor_step t where t.supervisor_id = e.id and t.state = 'appointed') as recorded) t
    where e.holder = $2 and e.id <> $1 and e.term_start <= $4 and $4 < e.term_end
      and t.state = 'appointed' and t.recorded < $3) $$""",
)
# The copies themselves are closed to nobody (row_security); who asks for a person's statement asks here.
THEIRS = "(record->>'division') collate \"C\""
PERSON_HERE = f"""
create view person_here with (security_barrier) as
select subject, record from known_subject
where subject between 'person:' and 'person;' and {lies_in(READS, THEIRS)}"""


def attended() -> list[str]:
    """Seen, and decided on, from the session's side and from the person's; entered by the session's alone."""

    def there(setting: str, session: str) -> str:
        return whose_parent(setting, "session", session)

    def theirs(setting: str, person: str) -> str:
        lies = lies_in(setting, "(k.record->>'division') collate \"C\"")
        return f"(select {lies} from known_subject k where k.subject = 'person:' || {person})"

    session, person = "attendance.session_id", "attendance.person_id"
    seen, decided = (f"{there(s, session)} or {theirs(s, person)}" for s in (READS, WRITES))
    before = [f"(row->>'{column}')::uuid" for column in ("session_id", "person_id")]
    return [
        *closed("attendance"),
        f"create policy attendance_read on attendance for select using ({seen})",
        f"create policy attendance_add on attendance for insert with check ({there(WRITES, session)})",
        f"create policy attendance_change on attendance for update using ({decided}) with check ({decided})",
        f"create policy attendance_remove on attendance for delete using ({there(WRITES, session)})",
        *twin("attendance", f"{there(READS, before[0])} or {theirs(READS, before[1])}"),
    ]


def upgrade() -> None:
    restrict_events("training")
    for statement in (
        *scope_type(),
        *ACROSS,
        PERSON_HERE,
        *walled("session"),
        *walled_by_parent("session_day", "session"),
        *attended(),
        *walled("supervisor"),
        *walled_by_parent("supervisor_step", "supervisor", history=False),
        *walled("practice_place"),
        *walled_by_parent("practice_place_step", "practice_place", "place_id", history=False),
    ):
        op.execute(statement)
