"""The feeds, and identity. The tables of coverage are made by the gateway itself (docs/adr/0002)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from services.kernel.first_migration import create_feeds, create_idempotency
from services.kernel.history import KEEP, keep_history
from services.kernel.tables import CURRENT_XACT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = postgresql.ARRAY(sa.Text())
CLASS_OF_ROLE = """
role_class = case role when 'system_admin' then 'system' when 'security_admin' then 'security'
                       when 'audit_admin' then 'audit' else 'official' end"""


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    create_feeds()
    create_idempotency()
    create_accounts()
    create_sign_in()
    op.execute(KEEP)
    for table in ("account", "role_grant", "machine_client"):
        create_history(table)


def uuid7(name: str) -> sa.Column[sa.Uuid[object]]:
    return sa.Column(name, sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False)


def create_accounts() -> None:
    op.create_table(
        "account",
        uuid7("id"),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]{1,63}$'", name=op.f("ck_account_plain_username")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "password",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_password_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_password")),
    )
    op.create_table(
        "role_grant",
        uuid7("id"),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("role_class", sa.String(length=40), nullable=False),
        sa.Column("divisions", TEXTS, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date()),
        sa.Column("granter", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint('start <= "end"', name=op.f("ck_role_grant_runs_forward")),
        sa.CheckConstraint("cardinality(divisions) > 0", name=op.f("ck_role_grant_somewhere")),
        sa.CheckConstraint("array_to_string(divisions, ',') ~ '^[0-9]{12}(,[0-9]{12})*$'", name=op.f("ck_role_grant_whole_codes")),
        sa.CheckConstraint("granter <> 'account:' || account_id", name=op.f("ck_role_grant_not_by_oneself")),
        sa.CheckConstraint(CLASS_OF_ROLE, name=op.f("ck_role_grant_class_of_role")),
        sa.CheckConstraint("role_class in ('official', 'system', 'security', 'audit')", name=op.f("ck_role_grant_roleclass")),
        postgresql.ExcludeConstraint(
            (sa.column("account_id"), "="), (sa.column("role_class"), "<>"), (sa.text('daterange(start, "end")'), "&&"),
            name=op.f("ex_role_grant_one_class"), using="gist",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )  # fmt: skip
    op.create_index(op.f("ix_role_grant_account_id"), "role_grant", ["account_id"])
    op.create_table(
        "machine_client",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("divisions", TEXTS, nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'", name=op.f("ck_machine_client_plain_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_client")),
    )


def create_sign_in() -> None:
    op.create_table(
        "session",
        uuid7("id"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_table(
        "sign_in_try",
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("succeeded_at", INSTANT),
        sa.PrimaryKeyConstraint("name_hash", "network", name=op.f("pk_sign_in_try")),
    )
    op.create_index("ix_sign_in_try_until", "sign_in_try", ["until"])


def create_history(table: str) -> None:
    op.create_table(
        f"{table}_history",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recorded_from", INSTANT, nullable=False),
        sa.Column("recorded_to", INSTANT),
        sa.Column("xact", sa.BigInteger(), server_default=CURRENT_XACT, nullable=False),
        sa.Column("row", JSONB(), nullable=False),
    )
    op.create_index(op.f(f"ix_{table}_history_id_recorded_from"), f"{table}_history", ["id", "recorded_from"])
    for statement in keep_history(table):
        op.execute(statement)
