"""Whoever entered a request of a data subject does not decide on it; those that wait are found by their deadline."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was decided before the rule stays as it was.
    op.execute(
        "alter table rights_request add constraint ck_rights_request_four_eyes "
        "check (decided_by <> received_by or decided_at < '2026-11-25 00:00:00+08')"
    )
    op.execute(
        "create index ix_rights_request_due on rights_request (due_on, id) where state in ('open', 'in_progress')"
    )
