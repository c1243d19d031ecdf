"""An index for the streets of a zone."""

from services.kernel.first_migration import index_zones

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index_zones()
