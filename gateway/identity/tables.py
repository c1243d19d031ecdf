"""All tables of identity, known to one MetaData: what a migration must agree with."""

from gateway.identity.client_keys import models as client_keys
from gateway.identity.clients import models as clients
from gateway.identity.federation import models as federation
from gateway.identity.models import METADATA

__all__ = ["METADATA", "client_keys", "clients", "federation"]
