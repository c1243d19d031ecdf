"""Row-level security: every record lies in a division, its own or its person's or point's; imports are their owner's.

A name is searched by a column of its pairs from here on: an index on the function of ours would not be used below a
policy (docs/adr/0006).
"""

from alembic import op

from services.kernel.first_migration import restrict_events
from services.kernel.row_security import (
    ACTOR,
    ALL,
    REACH_EVERYTHING,
    READS,
    WRITES,
    lies_in,
    policies,
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

DIVIDED = ("notice_seen", "disclosure", "reveal", "rights_request", "restriction", "legal_hold")
WHOLE = f"set search_path = public, pg_temp set {READS} = '{ALL}'"
# What is asked across all divisions, and no more than that: an organization's name, whether there is one of this code or
# name already, and who works at a point that the asker sees.
ACROSS = (
    f"""
create function organization_name(id uuid) returns text language sql stable parallel safe {WHOLE} as $$
  select o.name from organization o where o.id = $1 $$""",
    f"""
create function organizations_alike(uscc text, name text, division text) returns setof organization
language sql stable parallel safe {WHOLE} as $$
  select * from organization o where o.uscc = $1 or (o.name = $2 and o.division = $3) $$""",
    f"""
create function person_name(id uuid) returns text language sql stable parallel safe {WHOLE} as $$
  select p.name from person p where p.id = $1 $$""",
)
PAIRS = (
    "alter table person add column pairs text[] not null generated always as (name_pairs(canonical)) stored",
    "create index ix_person_pairs on person using gin (pairs)",
    "drop index ix_person_name_pairs",
)
MINE = f"current_setting('{ACTOR}', true) in ('*', {{}})"


def assigned() -> list[str]:
    """Seen from the point and from the person; written where the point is."""

    def seen(point: str, person: str) -> str:
        return f"{whose_parent(READS, 'service_point', point)} or {whose_parent(READS, 'person', person)}"

    return [
        *policies(
            "assignment",
            seen("assignment.service_point_id", "assignment.person_id"),
            whose_parent(WRITES, "service_point", "assignment.service_point_id"),
        ),
        *twin("assignment", seen("(row->>'service_point_id')::uuid", "(row->>'person_id')::uuid")),
    ]


def imported() -> list[str]:
    """Of whoever began it: a file may name anybody, and says nothing to anybody else."""
    mine = MINE.format("started_by")
    out = policies("import_job", mine, mine)
    for table in ("import_content", "import_row"):
        whose = f"exists (select from import_job j where j.id = {table}.job_id)"
        out += policies(table, whose, whose)
    return out


def upgrade() -> None:
    restrict_events("registry")
    op.execute(REACH_EVERYTHING)
    for statement in (
        *PAIRS,
        *ACROSS,
        *scope_type(),
        *walled("organization"),
        *walled("person"),
        *walled("service_point"),
        *walled_by_parent("certificate", "person"),
        *walled_by_parent("registration", "person"),
        *walled_by_parent("person_key", "person", history=False),
        # Whoever is signed in may read what was published: the notice of the nearest division above holds.
        *policies("notice", "true", lies_in(WRITES, "division")),
        *assigned(),
        *imported(),
        *(s for table in DIVIDED for s in walled(table, history=False)),
        *walled_by_parent("disclosure_file", "disclosure", history=False),
    ):
        op.execute(statement)
