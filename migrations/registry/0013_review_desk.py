"""Who reviews which application at the moment, and reasons in words (REG-10, REG-13)."""

from alembic import op

from services.kernel.history import keep_history
from services.kernel.row_security import WRITES, lies_in, policies, twin, walled_by_parent

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    """
create table review_claim (
  application_id uuid not null constraint pk_review_claim primary key
    constraint fk_review_claim_application_id references registration_application on delete cascade,
  held_by varchar not null,
  held_name varchar not null,
  until timestamptz not null)""",
    """
create table reason_template (
  id uuid default uuidv7() constraint pk_reason_template primary key,
  division text collate "C" not null constraint fk_reason_template_division references division,
  decision varchar(40) not null constraint ck_reason_template_decisionkind check (
    decision in ('approve', 'return', 'reject')),
  text varchar not null,
  legal_basis varchar,
  begins date not null,
  ends date,
  set_by varchar not null,
  constraint ck_reason_template_runs_forward check (ends > begins))""",
    "create index ix_reason_template_division_id on reason_template (division, id)",
    """
create table reason_template_history (
  id text not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  xact bigint not null default (pg_current_xact_id()::text::bigint),
  row jsonb not null)""",
    "create index ix_reason_template_history_id_recorded_from on reason_template_history (id, recorded_from)",
    "create index ix_reason_template_history_xact on reason_template_history using brin (xact)",
)


def upgrade() -> None:
    for statement in (
        *TABLES,
        *keep_history("reason_template"),
        # Published: whoever is signed in may read in what words is decided.
        *policies("reason_template", "true", lies_in(WRITES, "division")),
        *twin("reason_template", "true"),
        *walled_by_parent("review_claim", "registration_application", "application_id", history=False),
    ):
        op.execute(statement)
