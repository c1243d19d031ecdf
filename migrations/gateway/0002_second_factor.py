"""Second factors, recovery codes, old passwords, known devices."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Sessions that were opened before have proved nothing of late: they are asked again where it matters."""
    op.add_column("session", sa.Column("factor_at", INSTANT))
    op.add_column("session", sa.Column("proved_at", INSTANT))
    create_factors()
    create_old_passwords()
    create_devices()


def uuid7() -> sa.Column[sa.Uuid[object]]:
    return sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False)


def of_account(table: str) -> tuple[sa.Column[sa.Uuid[object]], sa.ForeignKeyConstraint]:
    column: sa.Column[sa.Uuid[object]] = sa.Column("account_id", sa.UUID(), nullable=False)
    return column, sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id"))


def create_factors() -> None:
    op.create_table(
        "second_factor",
        *of_account("second_factor"),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("enrolled_at", INSTANT),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("offered", sa.LargeBinary()),
        sa.Column("offered_at", INSTANT),
        sa.CheckConstraint(
            "(secret is null) = (enrolled_at is null)", name=op.f("ck_second_factor_enrolled_with_a_secret")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        *of_account("recovery_code"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("pk_recovery_code")),
    )


def create_old_passwords() -> None:
    op.create_table(
        "old_password",
        uuid7(),
        *of_account("old_password"),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_password")),
    )
    op.create_index(op.f("ix_old_password_account_id"), "old_password", ["account_id"])


def create_devices() -> None:
    op.create_table(
        "known_device",
        uuid7(),
        *of_account("known_device"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_known_device_token_hash")),
    )
    op.create_index(op.f("ix_known_device_account_id"), "known_device", ["account_id"])
    op.create_index("ix_known_device_seen_at", "known_device", ["seen_at"])
