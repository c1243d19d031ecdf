"""All tables of coordination, for migrations and for whoever needs them together."""

from services.coordination.service_records.models import ServiceRecord
from services.coordination.tables import METADATA
from services.kernel.copies import copies_tables
from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import history_twins

history_twins(METADATA, "service_record")
feed_tables(METADATA)
idempotency_table(METADATA)
copies_tables(METADATA)

__all__ = ["METADATA", "ServiceRecord"]
