"""Events are recorded by a function alone."""

from services.kernel.first_migration import restrict_events

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    restrict_events("gateway")
