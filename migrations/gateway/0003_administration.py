"""Four eyes: who has approved a grant; one that waits for it is pending and allows nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
PENDING = """
approved_by is null and granter not in ('operator', 'seed') and granter not like 'mapping:%'
and role in ('reviewer', 'exporter', 'system_admin', 'security_admin', 'audit_admin')"""
CHECKS = {
    "approved_whole": "(approved_by is null) = (approved_at is null)",
    "approved_by_a_person": "approved_by like 'account:%'",
    "approved_by_another": "approved_by <> granter and approved_by <> 'account:' || account_id",
}


def upgrade() -> None:
    """Grants made before, by the operator or the demo's seed, wait for nobody."""
    op.add_column("role_grant", sa.Column("approved_by", sa.Text()))
    op.add_column("role_grant", sa.Column("approved_at", INSTANT))
    op.add_column(
        "role_grant", sa.Column("pending", sa.Boolean(), sa.Computed(PENDING, persisted=True), nullable=False)
    )
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_role_grant_{name}"), "role_grant", condition)
