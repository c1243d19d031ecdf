"""Public keys of machine clients, and assertions that were used. A secret is for the demo's client alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from services.kernel.history import keep_history
from services.kernel.tables import CURRENT_XACT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_keys()
    create_assertions()
    op.alter_column("machine_client", "secret_hash", nullable=True)
    op.execute("update machine_client set secret_hash = null where id <> 'demo'")
    op.create_check_constraint(
        op.f("ck_machine_client_secret_for_the_demo_only"), "machine_client", "secret_hash is null or id = 'demo'"
    )


def create_keys() -> None:
    op.create_table(
        "client_key",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("jwk", JSONB(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("retired_at", INSTANT),
        sa.CheckConstraint("not jwk ?| array['d', 'k', 'p', 'q']", name=op.f("ck_client_key_public_only")),
        sa.ForeignKeyConstraint(["client_id"], ["machine_client.id"], name=op.f("fk_client_key_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_key")),
    )
    op.create_index(op.f("ix_client_key_client_id_kid"), "client_key", ["client_id", "kid"], unique=True)
    op.create_table(
        "client_key_history",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recorded_from", INSTANT, nullable=False),
        sa.Column("recorded_to", INSTANT),
        sa.Column("xact", sa.BigInteger(), server_default=CURRENT_XACT, nullable=False),
        sa.Column("row", JSONB(), nullable=False),
    )
    op.create_index(op.f("ix_client_key_history_id_recorded_from"), "client_key_history", ["id", "recorded_from"])
    for statement in keep_history("client_key"):
        op.execute(statement)


def create_assertions() -> None:
    op.create_table(
        "client_assertion",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("jti_hash", sa.LargeBinary(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["machine_client.id"], name=op.f("fk_client_assertion_client_id")),
        sa.PrimaryKeyConstraint("client_id", "jti_hash", name=op.f("pk_client_assertion")),
    )
    op.create_index("ix_client_assertion_until", "client_assertion", ["until"])
