"""Copies of what the registry says."""

from services.kernel.first_migration import create_copies

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_copies()
