"""Registrations by their end: a page of a city's next to end is read off an index (docs/adr/0006)."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_registration_end_on_id", "registration", ["end_on", "id"])
