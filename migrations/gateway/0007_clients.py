"""Two agree on what opens a door for a machine client: its creation, its keys, and whatever is wider than before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kernel.history import keep_history
from services.kernel.tables import CURRENT_XACT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = ARRAY(sa.Text())
KEY_WAITS = "approved_by is null and added_by not in ('operator', 'seed')"
KEY_CHECKS = {
    "by_two_people": "approved_by <> added_by",
    "approved_by_a_person": "approved_by like 'account:%' or approved_by = 'migration'",
    "approved_whole": "(approved_by is null) = (approved_at is null)",
}
CHANGE_WAITS = "approved_at is null and ended_at is null"
CHANGE_CHECKS = {
    "by_two_people": "approved_by <> entered_by",
    "approved_by_a_person": "approved_by like 'account:%'",
    "approved_whole": "(approved_by is null) = (approved_at is null)",
    "ended_whole": "(ended_by is null) = (ended_at is null)",
    "decided_once": "approved_at is null or ended_at is null",
    "somewhere": "cardinality(divisions) > 0",
    "whole_codes": "array_to_string(divisions, ',') ~ '^[0-9]{12}(,[0-9]{12})*$'",
    "changekind": "kind in ('create', 'enable', 'widen')",
}


def upgrade() -> None:
    """Keys registered before go on; one that the version before registers beside this one waits for its approval."""
    op.add_column("machine_client", sa.Column("contact", sa.Text()))
    op.add_column("machine_client", sa.Column("end", sa.Date()))
    of_keys()
    create_changes()
    op.create_table(
        "client_use",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["machine_client.id"], name=op.f("fk_client_use_client_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_use")),
    )


def of_keys() -> None:
    op.add_column("client_key", sa.Column("approved_by", sa.Text()))
    op.add_column("client_key", sa.Column("approved_at", INSTANT))
    op.execute(
        "update client_key set approved_by = 'migration', approved_at = added_at where added_by like 'account:%'"
    )
    op.add_column(
        "client_key", sa.Column("pending", sa.Boolean(), sa.Computed(KEY_WAITS, persisted=True), nullable=False)
    )
    for name, condition in KEY_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_client_key_{name}"), "client_key", condition)


def create_changes() -> None:
    texts = ("reason", "entered_by")
    op.create_table(
        "client_change",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        *(sa.Column(name, TEXTS, nullable=False) for name in ("scopes", "divisions")),
        sa.Column("end", sa.Date()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("entered_at", INSTANT, nullable=False),
        *(sa.Column(f"{done}_{what}", kind) for done in ("approved", "ended") for what, kind in DECIDED),
        sa.Column("pending", sa.Boolean(), sa.Computed(CHANGE_WAITS, persisted=True), nullable=False),
        *(sa.CheckConstraint(said, name=op.f(f"ck_client_change_{name}")) for name, said in CHANGE_CHECKS.items()),
        sa.ForeignKeyConstraint(["client_id"], ["machine_client.id"], name=op.f("fk_client_change_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_change")),
    )
    op.create_index(op.f("ix_client_change_client_id"), "client_change", ["client_id"])
    op.create_index(
        "ix_client_change_one_waits", "client_change", ["client_id"], unique=True, postgresql_where=sa.text("pending")
    )
    keep_changes()


DECIDED = (("by", sa.Text()), ("at", INSTANT))


def keep_changes() -> None:
    op.create_table(
        "client_change_history",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recorded_from", INSTANT, nullable=False),
        sa.Column("recorded_to", INSTANT),
        sa.Column("xact", sa.BigInteger(), server_default=CURRENT_XACT, nullable=False),
        sa.Column("row", JSONB(), nullable=False),
    )
    op.create_index(op.f("ix_client_change_history_id_recorded_from"), "client_change_history", ["id", "recorded_from"])
    for statement in keep_history("client_change"):
        op.execute(statement)
