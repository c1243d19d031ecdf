"""All tables of training, for migrations and for whoever needs them together."""

from services.kernel.copies import copies_tables
from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import history_twins
from services.training.attendances.models import Attendance
from services.training.places.models import PlaceStep, PracticePlace
from services.training.sessions.models import Session, SessionDay
from services.training.supervisors.models import Supervisor, SupervisorStep
from services.training.tables import METADATA

# What a history twin is kept for, by its key. Steps are only ever added: they are their own history.
KEYS = {
    "session": "id",
    "session_day": "session_id",
    "attendance": "id",
    "supervisor": "id",
    "practice_place": "id",
}
history_twins(METADATA, *KEYS)
feed_tables(METADATA)
idempotency_table(METADATA)
copies_tables(METADATA)

__all__ = [
    "METADATA",
    "Attendance",
    "PlaceStep",
    "PracticePlace",
    "Session",
    "SessionDay",
    "Supervisor",
    "SupervisorStep",
]
