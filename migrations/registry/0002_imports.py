"""Imports as jobs: their queue, the jobs, what they were given and what became of every row."""

from alembic import op

from services.kernel.queue_migration import create_queue

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TWINS = ("division", "organization", "person", "certificate", "registration", "service_point", "assignment")
STATEMENTS = (
    """
create table import_job (
  id uuid default uuidv7() constraint pk_import_job primary key,
  kind varchar(40) not null,
  code_system varchar(40) not null,
  file_name varchar not null,
  file_sha256 varchar not null,
  state varchar(40) not null,
  started_by varchar not null,
  actor jsonb not null,
  request_id varchar,
  attempt integer not null default 0,
  rows_total integer,
  rows_done integer not null default 0,
  new integer not null default 0,
  changed integer not null default 0,
  unchanged integer not null default 0,
  conflict integer not null default 0,
  errors integer not null default 0,
  warnings integer not null default 0,
  notes jsonb not null default '[]',
  refused jsonb,
  skip_conflicts boolean not null default false,
  digest bytea,
  batch_xact bigint,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  confirmed_at timestamptz,
  undo_until timestamptz,
  erased_at timestamptz,
  version integer not null default 1,
  constraint ck_import_job_importkind check (kind in ('certified-workers', 'service-points')),
  constraint ck_import_job_codesystem check (code_system in ('own', 'nbs', 'mca')),
  constraint ck_import_job_jobstate check (state in (
    'queued', 'reading', 'checking', 'invalid', 'ready', 'confirming', 'done', 'undoing', 'undone', 'cancelled',
    'failed')))""",
    "create index ix_import_job_started_by_id on import_job (started_by, id)",
    "create index ix_import_job_content on import_job (created_at) where erased_at is null",
    """
create table import_content (
  job_id uuid constraint fk_import_content_job_id references import_job,
  part varchar,
  number integer,
  sealed bytea not null,
  constraint pk_import_content primary key (job_id, part, number))""",
    """
create table import_row (
  job_id uuid constraint fk_import_row_job_id references import_job,
  number integer,
  outcome varchar(40) not null,
  warned boolean not null,
  label varchar not null,
  subject uuid,
  findings jsonb not null,
  changes jsonb not null,
  constraint pk_import_row primary key (job_id, number),
  constraint ck_import_row_outcome check (outcome in ('error', 'conflict', 'new', 'changed', 'unchanged')))""",
    "create index ix_import_row_job_id_outcome_number on import_row (job_id, outcome, number)",
    "create index ix_import_row_warned on import_row (job_id, number) where warned",
    # What one transaction wrote lies together: an undo finds it by a BRIN that costs next to nothing.
    *(f"create index ix_{twin}_history_xact on {twin}_history using brin (xact)" for twin in TWINS),
)


def upgrade() -> None:
    create_queue()
    for statement in STATEMENTS:
        op.execute(statement)
