"""What the first migrations of a database make: feeds, idempotency, copies. Frozen: changes are later migrations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from services.kernel.feed import FUNCTIONS, RECORD_EVENTS
from services.kernel.history import withheld
from services.kernel.tables import CURRENT_XACT


def stamped(table: str, *columns: sa.schema.SchemaItem) -> None:
    """A table whose rows are served in the order of their transactions."""
    op.create_table(
        table,
        *columns,
        sa.Column("epoch", sa.Integer(), server_default=sa.text("feed_epoch()"), nullable=False),
        sa.Column("xact", sa.BigInteger(), server_default=CURRENT_XACT, nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )
    op.create_index(op.f(f"ix_{table}_epoch_xact_seq"), table, ["epoch", "xact", "seq"])


def create_feeds() -> None:
    for statement in FUNCTIONS:
        op.execute(statement)
    stamped(
        "event",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_subject"), "event", ["subject"])
    op.execute(withheld("event", "update", "delete", "truncate"))
    stamped(
        "subject",
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("record", JSONB()),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject")),
    )


def restrict_events(database: str) -> None:
    """From here on events are recorded by a function whose owner may do nothing else."""
    writer = f"{database}_event"
    op.execute(RECORD_EVENTS)
    op.execute(withheld("event", "insert"))
    op.execute(f"grant usage on schema public to {writer}")
    op.execute(f"grant insert on event to {writer}")
    op.execute(f"grant select on feed_epoch to {writer}")
    op.execute("revoke all on function record_events from public")
    op.execute(f"grant execute on function record_events to {database}")
    # Whoever is to own a function must be allowed to make one, for as long as it takes.
    op.execute(f"grant create on schema public to {writer}")
    op.execute(f"alter function record_events owner to {writer}")
    op.execute(f"revoke create on schema public from {writer}")


def create_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency")),
    )


def create_copies() -> None:
    """Where a service keeps what another one says (kernel/copies)."""
    op.create_table(
        "known_subject",
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("record", JSONB(), nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_known_subject")),
    )
    op.create_table(
        "feed_cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True)),
        sa.Column("silent_since", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed_cursor")),
    )
    op.create_table(
        "feed_parked",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("item", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source", "subject", name=op.f("pk_feed_parked")),
    )


def index_zones() -> None:
    """A zone's streets are found without reading every copy."""
    op.create_index(
        "ix_known_subject_zone",
        "known_subject",
        [sa.text("(record->>'zone')")],
        postgresql_where=sa.text("record->>'tier' = 'street'"),
    )
