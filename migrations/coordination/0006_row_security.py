"""Row-level security: service records lie in a division; events are recorded by a function alone."""

from alembic import op

from services.kernel.first_migration import restrict_events
from services.kernel.row_security import scope_type, walled

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    restrict_events("coordination")
    for statement in (*scope_type(), *walled("service_record")):
        op.execute(statement)
