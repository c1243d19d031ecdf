"""`/auth/oidc/step-up`: a person of the provider, without password or authenticator here, proves herself there anew.

What comes back counts for the session that asked, for the same person, and only if the provider says when.
"""

import hashlib
import hmac
from datetime import datetime

from fastapi import APIRouter, Request, Response

from gateway.identity.address import Origin, origin_of
from gateway.identity.asking import Person
from gateway.identity.federation import rules, states
from gateway.identity.federation.api import NO_STORE, provider_of
from gateway.identity.federation.finishing import take
from gateway.identity.federation.models import FederatedIdentity
from gateway.identity.federation.provider import Provider
from gateway.identity.house import House, house_of
from gateway.identity.models import Session as SessionRow
from gateway.identity.standing import Standing
from services.contracts.federation import Returned, Way
from services.contracts.identity import SteppedUp
from services.kernel.actor import FRESH
from services.kernel.errors import Conflict, Unprocessable
from services.kernel.feed import record

router = APIRouter(prefix="/auth/oidc", tags=["federation"])


class NotProvedThere(Unprocessable):
    english = "The identity provider did not prove anew who you are."


class ProvesHere(Conflict):
    english = "You have a password or an authenticator here: use that."


@router.get("/step-up", summary="统一身份认证：重新验证身份，去往何处")
async def start_step_up(request: Request, response: Response, person: Person) -> Way:
    """浏览器前往 location，须重新登录；返回的 code 与 state 交给同一地址（POST），只对本次登录有效。"""
    house, provider = house_of(request), provider_of(request)
    check_elsewhere(person)
    response.headers.update(NO_STORE)
    begun = states.begin(house.machines.keyring, house.clock(), fresh=True, bound=mark(person))
    return Way(location=f"{await provider.where_to_go(begun, fresh=True)}&prompt=login", state=begun.state)


@router.post("/step-up", status_code=204, summary="统一身份认证：完成重新验证")
async def finish_step_up(order: Returned, request: Request, person: Person) -> None:
    """此后五分钟内可以审批、付款、查看明文。须是本人，并且确在此次前往之后登录。"""
    check_elsewhere(person)
    try:
        await proved(house_of(request), provider_of(request), person, order, origin_of(request))
    except rules.NotVouchedFor as error:  # she is still signed in here
        detail = "统一身份认证没有确认是您本人，请重新验证；若反复出现，请联系运维人员。"
        raise NotProvedThere(detail, code="not_proved_there", params=error.params) from error


def check_elsewhere(person: Standing) -> None:
    if person.enrolled or person.has_password:
        raise ProvesHere("您在本系统有密码或验证器，请用它重新验证身份。", code="proves_here")


def mark(person: Standing) -> str:
    return hashlib.sha256(f"step-up {person.session}".encode()).hexdigest()


async def proved(house: House, provider: Provider, person: Standing, back: Returned, origin: Origin) -> None:
    at = house.clock()
    begun = states.resumed(house.machines.keyring, back.state, at)
    if not hmac.compare_digest(begun.bound, mark(person)):
        raise rules.refused("session")
    await take(house, back.state, at)
    claims = await provider.claims(back.code, begun, back.iss, at)
    proved_at = proved_since(claims, begun.proved_after, at)
    if person.must_have_factor and not rules.two_factors(claims, provider.oidc):
        raise rules.refused("second_factor")
    await note(house, person, (provider.oidc.issuer, str(claims["sub"])), proved_at, origin)


def proved_since(claims: rules.Claims, began: datetime | None, at: datetime) -> datetime:
    """A provider that does not say when she proved herself has not said that it was now."""
    proved_at = rules.proved_at(claims, at, FRESH.total_seconds())
    if proved_at is None or began is None:
        raise rules.refused("auth_time")
    rules.check_fresh(proved_at, began)
    return proved_at


async def note(
    house: House, person: Standing, who: tuple[str, str], proved_at: datetime, origin: Origin
) -> None:  # fmt: skip
    async with house.database.writing.begin() as tx:
        known = await tx.get(FederatedIdentity, who)
        if known is None or known.account_id != person.account:
            raise rules.refused("subject")
        row = await tx.get_one(SessionRow, person.session, with_for_update=True)
        row.proved_at = proved_at
        await record(tx, person.actor, person.actor.id, SteppedUp(network=origin.network))
    house.standings.forget()
