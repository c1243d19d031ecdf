"""Sign-in by the government's identity provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kernel.history import keep_history
from services.kernel.tables import CURRENT_XACT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "federated_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_federated_identity_account_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_federated_identity")),
        sa.UniqueConstraint("account_id", name=op.f("uq_federated_identity_account_id")),
    )
    op.create_table(
        "finished_sign_in",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_finished_sign_in")),
    )
    op.create_index("ix_finished_sign_in_until", "finished_sign_in", ["until"])
    create_mappings()


def create_mappings() -> None:
    op.create_table(
        "federation_mapping",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("issuer", "claim", "value", "role")),
        sa.Column("divisions", ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("approved_by", sa.Text()),
        sa.Column("approved_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.CheckConstraint("approved_by <> entered_by", name=op.f("ck_federation_mapping_by_two_people")),
        sa.CheckConstraint(
            "(approved_by is null) = (approved_at is null)", name=op.f("ck_federation_mapping_approved_whole")
        ),
        sa.CheckConstraint(
            "role not in ('system_admin', 'security_admin', 'audit_admin')",
            name=op.f("ck_federation_mapping_no_administrator"),
        ),
        sa.CheckConstraint("cardinality(divisions) > 0", name=op.f("ck_federation_mapping_somewhere")),
        sa.CheckConstraint(
            "array_to_string(divisions, ',') ~ '^[0-9]{12}(,[0-9]{12})*$'",
            name=op.f("ck_federation_mapping_whole_codes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_mapping")),
    )
    op.create_index(op.f("ix_federation_mapping_issuer"), "federation_mapping", ["issuer"])
    op.create_table(
        "federation_mapping_history",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recorded_from", INSTANT, nullable=False),
        sa.Column("recorded_to", INSTANT),
        sa.Column("xact", sa.BigInteger(), server_default=CURRENT_XACT, nullable=False),
        sa.Column("row", JSONB(), nullable=False),
    )
    op.create_index(
        op.f("ix_federation_mapping_history_id_recorded_from"), "federation_mapping_history", ["id", "recorded_from"]
    )
    for statement in keep_history("federation_mapping"):
        op.execute(statement)
