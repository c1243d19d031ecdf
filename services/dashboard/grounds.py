"""The grounds on which registrations are refused and ended, by the list that the registry keeps (REG-17)."""

from collections.abc import Mapping
from dataclasses import replace

from services.contracts.grounds import GroundDecision, GroundOut
from services.contracts.registration_terms import GROUND_NAMES
from services.dashboard.gateway import Gateway
from services.dashboard.panels import panel
from services.dashboard.steps import Step
from services.kernel.paging import Page

API = "/registry/registration-grounds"
USUAL: Mapping[str, str] = {ground.value: name for ground, name in GROUND_NAMES.items()}


async def listed(gateway: Gateway, division: str, decision: GroundDecision | None = None) -> list[GroundOut]:
    """Those that hold in a division; none where the list cannot be had."""
    found = await panel(gateway.ask(Page[GroundOut], API, division=division, decision=decision))
    return found.found.items if found.found else []


async def names(gateway: Gateway, division: str) -> Mapping[str, str]:
    """What a ground is called, also one that is no longer in force."""
    return {**USUAL, **{ground.code: ground.text for ground in await listed(gateway, division)}}


async def offered(gateway: Gateway, step: Step, division: str, decision: GroundDecision) -> Step:
    """The form with what may be chosen today."""
    options = {g.code: g.text for g in await listed(gateway, division, decision) if g.in_force} or USUAL
    return replace(step, inputs=tuple(replace(i, options=options) if i.name == "ground" else i for i in step.inputs))
