"""Row-level security: a project lies with its buyer; its contracts, its staff and what is paid for it lie there too."""

from alembic import op

from services.kernel.first_migration import restrict_events
from services.kernel.row_security import WRITES, lies_in, policies, scope_type, twin, walled, walled_by_parent

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def came_back() -> list[str]:
    """Seen with the payment, by its own policy; written where the project is."""
    seen = "(select true from payment up where up.id = {})"
    written = f"""(select true from payment up join project p on p.id = up.project_id
      where up.id = reversal.payment_id and {lies_in(WRITES, "p.division")})"""
    return [
        *policies("reversal", seen.format("reversal.payment_id"), written),
        *twin("reversal", seen.format("(row->>'payment_id')::uuid")),
    ]


def upgrade() -> None:
    restrict_events("procurement")
    for statement in (
        *scope_type(),
        *walled("project"),
        *walled_by_parent("contract", "project"),
        *walled_by_parent("project_staff", "project"),
        *walled_by_parent("payment", "project"),
        *came_back(),
    ):
        op.execute(statement)
