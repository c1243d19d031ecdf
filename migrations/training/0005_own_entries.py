"""Who entered what: nobody decides on it himself. What is only claimed takes nobody's time. Experts are one by name.

The registry's feed is read anew: what was entered for people who never were, because their import was taken back, no
longer counts.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table supervisor_step add column actor varchar",
    "alter table practice_place_step add column actor varchar",
    "alter table attendance add column entered_by varchar",
    """
update supervisor_step t set actor = e.actor from event e
where e.subject = 'supervisor:' || t.supervisor_id and e.kind = 'SupervisorNominated' and t.state = 'nominated'""",
    """
update practice_place_step t set actor = e.actor from practice_place p, event e
where p.id = t.place_id and e.subject = p.kind || ':' || p.id and e.kind = 'PlaceApplied' and t.state = 'applied'""",
    """
update attendance a set entered_by = e.actor from event e
where e.subject = 'attendance:' || a.id and e.kind = 'AttendanceEntered'
  and a.state in ('claimed', 'organizer_confirmed')""",
    "alter table attendance drop constraint ex_attendance_one_place_at_a_time",
    """
alter table attendance add constraint ex_attendance_one_place_at_a_time exclude using gist (
  person_id with =, tstzrange(starts_at, ends_at) with &&)
  where (starts_at is not null and state in ('organizer_confirmed', 'approved'))""",
    r"""
update supervisor set holder = 'expert:' || regexp_replace(normalize(expert_name, nfkc), '\s+', '', 'g') || '|'
  || regexp_replace(normalize(coalesce(affiliation, ''), nfkc), '\s+', '', 'g')
where expert_name is not null
  and holder <> 'expert:' || regexp_replace(normalize(expert_name, nfkc), '\s+', '', 'g') || '|'
  || regexp_replace(normalize(coalesce(affiliation, ''), nfkc), '\s+', '', 'g')""",
    "update feed_cursor set position = ''",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
