"""Tables of procurement: so far the feeds alone."""

from services.kernel.copies import copies_tables
from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import own_tables

METADATA = own_tables().metadata
feed_tables(METADATA)
idempotency_table(METADATA)
copies_tables(METADATA)
