"""Whoever entered a request of a data subject does not decide on it; those that wait are found by their deadline."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was decided before stays as it was: only what is written from here on is checked.
    op.execute(
        "alter table rights_request add constraint ck_rights_request_four_eyes "
        "check (decided_by <> received_by) not valid"
    )
    op.execute(
        "create index ix_rights_request_due on rights_request (due_on, id) where state in ('open', 'in_progress')"
    )
