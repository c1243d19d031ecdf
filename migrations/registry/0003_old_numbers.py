"""An import told to take fifteen-digit identity numbers (P04)."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table import_job add column old_numbers boolean not null default false")
