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
create function counted_by_another(on_day date) returns setof uuid
language sql stable parallel safe {WHOLE} as $$
  select a.id from supervisor a join supervisor e on e.holder = a.holder and e.id <> a.id
  where e.term_start <= $1 and $1 < e.term_end
    and (select t.state from supervisor_step t where t.supervisor_id = e.id and t.on_day <= $1
         order by t.seq desc limit 1) = 'appointed'
    and (select min(t.seq) from supervisor_step t where t.supervisor_id = e.id and t.state = 'appointed')
      < (select min(t.seq) from supervisor_step t where t.supervisor_id = a.id and t.state = 'appointed') $$""",
)
# The copies themselves are closed to nobody (row_security); who asks for a person's statement asks here.
THEIRS = "(record->>'division') collate \"C\""
BY_DIVISION = f"""
create index ix_known_subject_person_division on known_subject (({THEIRS}))
where subject >= 'person:' and subject <= 'person;'"""
PERSON_HERE = f"""
create view person_here with (security_barrier) as
select subject, record from known_subject
where subject between 'person:' and 'person;' and {lies_in(READS, THEIRS)}"""


def attended() -> list[str]:
    """Seen, and decided on, from the session's side and from the person's; entered by the session's alone."""

    def there(setting: str, session: str) -> str:
        """`exists` here: a list goes through many attendances of few sessions, and PostgreSQL makes a hash of those."""
        also = "" if setting == READS else f" and {lies_in(setting, 's.division')}"
        return f"exists (select from session s where s.id = {session}{also})"

    def theirs(setting: str, person: str) -> str:
        return f"""exists (select from known_subject k where k.subject = 'person:' || {person}
          and k.subject between 'person:' and 'person;' and {lies_in(setting, THEIRS.replace("record", "k.record"))})"""

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
        BY_DIVISION,
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
