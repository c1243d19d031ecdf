"""A payment may come back in parts: each time is a row."""

from alembic import op

from services.kernel.history import keep_history

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    """
create table reversal (
  id uuid default uuidv7() constraint pk_reversal primary key,
  payment_id uuid not null constraint fk_reversal_payment_id references payment,
  amount numeric(12, 2) not null,
  reversed_on date not null,
  reason varchar not null,
  decided_by varchar not null,
  constraint ck_reversal_amount_positive check (amount > 0))""",
    "create index ix_reversal_payment_id on reversal (payment_id)",
    """
create table reversal_history (
  id text not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  xact bigint not null default (pg_current_xact_id()::text::bigint),
  row jsonb not null)""",
    "create index ix_reversal_history_id_recorded_from on reversal_history (id, recorded_from)",
)
KNOWN = """
insert into reversal (payment_id, amount, reversed_on, reason, decided_by)
select id, reversed_amount, reversed_on, reason, decided_by from payment where state = 'reversed'"""


def upgrade() -> None:
    for statement in (*TABLES, *keep_history("reversal"), KNOWN):
        op.execute(statement)
