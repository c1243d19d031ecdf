"""The merged document: asked of the services at most once a minute; one that is away is named, and asked again soon."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request

from gateway.door.door import Door
from gateway.door.merge import merged
from gateway.identity.policy import policy
from services.kernel.client import ServiceClient, http_client
from services.kernel.errors import DomainError

KEPT_SECONDS = 60
KEPT_INCOMPLETE_SECONDS = 5
DEADLINE_SECONDS = 5
Json = dict[str, Any]


@dataclass
class Document:
    """One for the process; whoever asks while it is being made waits for it."""

    value: Json = field(default_factory=dict)
    until: float = 0.0
    making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, app: FastAPI) -> Json:
        async with self.making:
            if self.until < time.monotonic():
                self.value = await made(app)
                kept = KEPT_INCOMPLETE_SECONDS if "x-missing" in self.value else KEPT_SECONDS
                self.until = time.monotonic() + kept
        return self.value


async def made(app: FastAPI) -> Json:
    door: Door = app.state.door
    found = await asyncio.gather(*(part(door, name) for name in door.services))
    parts = dict(zip(door.services, found, strict=True))
    present = {name: document for name, document in parts.items() if document is not None}
    return merged(app.openapi(), present, [name for name in parts if name not in present], policy())


async def part(door: Door, service: str) -> Json | None:
    """What a service says of itself; None if it does not answer now."""
    token = door.keyring.as_service(service)
    async with http_client(door.services[service], connections=1) as http:
        try:
            return await ServiceClient(service, http).get(
                dict[str, Any], "/internal/openapi.json", token=token, deadline=DEADLINE_SECONDS
            )
        except DomainError:
            return None


def document_of(request: Request) -> Document:
    found: Document = request.app.state.document
    return found
