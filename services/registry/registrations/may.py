"""What somebody may do next to a registration or to a certificate: said with each, decided anew when it is done."""

from datetime import date

from services.contracts.registrations import AmnestyOut
from services.contracts.registry import CertificateOut, RegistrationOut
from services.kernel.actor import Actor
from services.registry.registrations.roles import roles_of
from services.registry.registrations.states import Role


def with_may(actor: Actor, found: RegistrationOut, today: date) -> RegistrationOut:
    """The city revokes what lasts beyond today (REG-17); what holds today can be proved."""
    may = []
    if today < found.end and Role.CITY_REVIEWER in roles_of(actor, found.division):
        may.append("revoke")
    if found.start <= today < found.end and actor.reaches("registry:write", found.division):
        may.append("prove")
    return found.model_copy(update={"may": may})


def amnesty_may(actor: Actor, found: AmnestyOut, today: date) -> AmnestyOut:
    """Before its last day, by whoever reviews there."""
    may = ["close"] if today < found.last_on and actor.reaches("registry:review", found.division) else []
    return found.model_copy(update={"may": may})


def certificate_may(actor: Actor, found: CertificateOut) -> CertificateOut:
    """By notice of the examination authority the city declares it void (REG-18); whoever enters may apply with it."""
    roles = roles_of(actor, found.division)
    may = [*found.may, *(["apply"] if Role.EDITOR in roles else [])]
    if found.ended_on is None and Role.CITY_REVIEWER in roles:
        may.append("void")
    return found.model_copy(update={"may": may})
