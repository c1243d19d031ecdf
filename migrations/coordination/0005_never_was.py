"""The registry's feed is read anew: services of people who never were, as their import was taken back, do not count."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("update feed_cursor set position = ''")
