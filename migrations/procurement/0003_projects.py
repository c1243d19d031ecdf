"""Projects, contracts, project staff, payments, and their history."""

from alembic import op

from services.kernel.history import KEEP, keep_history

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    """
create table project (
  id uuid default uuidv7() constraint pk_project primary key,
  number varchar not null constraint uq_project_number unique,
  name varchar not null,
  buyer_id uuid not null,
  provider_id uuid not null,
  division text collate "C" not null,
  fields text[] not null,
  state varchar(40) not null,
  closed_on date,
  close_reason varchar,
  created_by varchar not null,
  version integer not null default 1,
  constraint ck_project_has_fields check (cardinality(fields) > 0),
  constraint ck_project_closed_when_over check ((closed_on is null) = (state in ('planned', 'active'))),
  constraint ck_project_terminated_for_a_reason check ((close_reason is null) = (state <> 'terminated')),
  constraint ck_project_projectstate check (state in ('planned', 'active', 'completed', 'terminated')))""",
    "create index ix_project_division_id on project (division, id)",
    "create index ix_project_buyer_id on project (buyer_id)",
    "create index ix_project_provider_id on project (provider_id)",
    """
create table contract (
  id uuid default uuidv7() constraint pk_contract primary key,
  project_id uuid not null constraint fk_contract_project_id references project,
  number varchar not null constraint uq_contract_number unique,
  signed_on date not null,
  start_on date not null,
  end_on date not null,
  value numeric(12, 2) not null,
  stable boolean not null,
  served_divisions text[] not null,
  service_point_ids uuid[] not null,
  ended_on date,
  end_reason varchar,
  committed numeric(12, 2) not null default 0,
  paid numeric(12, 2) not null default 0,
  created_by varchar not null,
  version integer not null default 1,
  constraint uq_contract_id_project_id unique (id, project_id),
  constraint ck_contract_runs_forward check (end_on > start_on),
  constraint ck_contract_ends_early check (ended_on between start_on and end_on - 1),
  constraint ck_contract_ends_for_a_reason check ((ended_on is null) = (end_reason is null)),
  constraint ck_contract_value_positive check (value > 0),
  constraint ck_contract_never_overpaid check (0 <= paid and paid <= committed and committed <= value),
  constraint ex_contract_never_twice exclude using gist (
    project_id with =, daterange(start_on, least(end_on, ended_on)) with &&))""",
    "create index ix_contract_project_id_id on contract (project_id, id)",
    "create index ix_contract_service_point_ids on contract using gin (service_point_ids)",
    """
create table project_staff (
  id uuid default uuidv7() constraint pk_project_staff primary key,
  project_id uuid not null constraint fk_project_staff_project_id references project,
  person_id uuid not null,
  role varchar(40) not null,
  fte numeric(3, 2) not null,
  start_on date not null,
  end_on date,
  version integer not null default 1,
  constraint ck_project_staff_runs_forward check (end_on > start_on),
  constraint ck_project_staff_fte_is_a_share check (fte > 0 and fte <= 1),
  constraint ck_project_staff_staffrole check (role in (
    'lead', 'social_worker', 'assistant', 'supervisor', 'administrator', 'other')),
  constraint ex_project_staff_never_twice exclude using gist (
    project_id with =, person_id with =, daterange(start_on, end_on) with &&))""",
    "create index ix_project_staff_project_id_id on project_staff (project_id, id)",
    "create index ix_project_staff_person_id on project_staff (person_id)",
    """
create table payment (
  id uuid default uuidv7() constraint pk_payment primary key,
  contract_id uuid not null,
  project_id uuid not null,
  amount numeric(12, 2) not null,
  paid_on date not null,
  payee varchar not null,
  document_number varchar not null,
  state varchar(40) not null,
  requested_by varchar not null,
  decided_by varchar,
  reason varchar,
  reversed_on date,
  reversed_amount numeric(12, 2),
  version integer not null default 1,
  constraint fk_payment_contract_id_project_id foreign key (contract_id, project_id)
    references contract (id, project_id),
  constraint ck_payment_amount_positive check (amount > 0),
  constraint ck_payment_decided check ((state = 'requested') = (decided_by is null)),
  constraint ck_payment_undone_for_a_reason check ((state in ('rejected', 'reversed')) = (reason is not null)),
  constraint ck_payment_reversed_on_a_day check ((state = 'reversed') = (reversed_on is not null)),
  constraint ck_payment_reversed_by_an_amount check ((state = 'reversed') = (reversed_amount is not null)),
  constraint ck_payment_never_more_back check (reversed_amount > 0 and reversed_amount <= amount),
  constraint ck_payment_back_after_paid check (reversed_on >= paid_on),
  constraint ck_payment_paymentstate check (state in ('requested', 'approved', 'rejected', 'reversed')))""",
    "create unique index uq_payment_document on payment (contract_id, document_number) where state <> 'rejected'",
    "create index ix_payment_project_id_id on payment (project_id, id)",
)
KEPT = ("project", "contract", "project_staff", "payment")


def create_history(table: str) -> None:
    op.execute(f"""
create table {table}_history (
  id text not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  xact bigint not null default (pg_current_xact_id()::text::bigint),
  row jsonb not null)""")
    op.execute(f"create index ix_{table}_history_id_recorded_from on {table}_history (id, recorded_from)")
    for statement in keep_history(table):
        op.execute(statement)


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    for statement in TABLES:
        op.execute(statement)
    op.execute(KEEP)
    for table in KEPT:
        create_history(table)
