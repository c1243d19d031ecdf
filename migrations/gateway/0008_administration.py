"""Two agree on ending an administrator's grant and on handing an account over; last sign-ins; the auditor's indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CHECKS = {
    "account": {"first_password_whole": "(first_password_by is null) = (first_password_at is null)"},
    "role_grant": {
        "ending_whole": "num_nulls(ending_on, ending_by, ending_reason) in (0, 3)",
        "ending_by_another": "ending_by <> 'account:' || account_id",
        "ending_agreed_apart": "ending_agreed_by <> ending_by and ending_agreed_by <> 'account:' || account_id",
    },
}
KNOWN = """
insert into last_sign_in (account_id, at)
select a.id, max(e.at) from account a join event e on e.subject = 'account:' || a.id
where e.kind = 'PersonSignedIn' group by a.id"""


def upgrade() -> None:
    """Accounts opened before wait for nobody: who opened them is not known here."""
    op.add_column("account", sa.Column("first_password_by", sa.Text()))
    op.add_column("account", sa.Column("first_password_at", INSTANT))
    op.add_column("role_grant", sa.Column("ending_on", sa.Date()))
    for name in ("ending_by", "ending_reason", "ending_agreed_by"):
        op.add_column("role_grant", sa.Column(name, sa.Text()))
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.create_table(
        "last_sign_in",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_last_sign_in_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_last_sign_in")),
    )
    op.execute(KNOWN)
    for column in ("actor", "kind"):
        op.create_index(f"ix_event_{column}_id", "event", [column, "id"])
