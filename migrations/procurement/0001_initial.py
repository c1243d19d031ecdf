"""The feeds."""

from services.kernel.first_migration import create_feeds, create_idempotency

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_feeds()
    create_idempotency()
