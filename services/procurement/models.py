"""All tables of procurement, for migrations and for whoever needs them together."""

from services.kernel.copies import copies_tables
from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import history_twins
from services.procurement.contracts.models import Contract
from services.procurement.payments.models import Payment, Reversal
from services.procurement.projects.models import Project
from services.procurement.staff.models import ProjectStaff
from services.procurement.tables import METADATA

KEPT = ("project", "contract", "project_staff", "payment", "reversal")
history_twins(METADATA, *KEPT)
feed_tables(METADATA)
idempotency_table(METADATA)
copies_tables(METADATA)

__all__ = ["METADATA", "Contract", "Payment", "Project", "ProjectStaff", "Reversal"]
