"""Making a personal link, withdrawing it, and opening it with its code, of which a few may be tried."""

import hmac
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.personal_links import (
    MOST_FAILURES,
    ApplicationSeen,
    MakePersonalLink,
    PersonalLinkIssued,
    PersonalLinkMade,
    PersonalLinkOpened,
    PersonalLinkRefused,
    PersonalLinkWithdrawn,
    opened_by,
)
from services.kernel.actor import Actor
from services.kernel.db import everywhere
from services.kernel.feed import record
from services.kernel.listing import plain
from services.kernel.scope import ANYWHERE
from services.registry.personal_links import queries, rules
from services.registry.personal_links.models import PersonalLink
from services.registry.registrations import queries as applications
from services.registry.registrations.commands import subject
from services.registry.registrations.reading import checklist_of
from services.registry.verification.tokens import new_token, token_hash

# Nobody who is signed in: whoever has link and code. Reads that one application, and nothing else leaves.
HOLDER = Actor(
    id="service:personal-link", name="申请人（凭链接和查询码）", kind="service", may={"registry:read": (ANYWHERE,)}
)
WHY = "an applicant has no divisions: link and code lead to one application"


async def make(
    tx: AsyncSession, actor: Actor, address: str, id: UUID, order: MakePersonalLink, today: date, now: datetime
) -> PersonalLinkMade:
    """Link and code are said now and never again."""
    await applications.for_update(tx, actor, queries.WRITE, id)
    if order.replace:
        for old in await queries.standing(tx, id):
            await shut(tx, actor, old, now)
    token, code = new_token(), rules.new_code()
    link = PersonalLink(
        application_id=id, token_hash=token_hash(token), code_hash=opened_by(token, code), made_at=now,
        made_by=actor.id, expires_at=rules.last_moment(today, order.days),
    )  # fmt: skip
    tx.add(link)
    await tx.flush()
    await record(tx, actor, subject(id), PersonalLinkIssued(link_id=link.id, application_id=id))
    shown = await queries.link(await plain(tx), actor, link.id)
    return PersonalLinkMade(**shown.model_dump(), url=f"{address}/api/v1/applications/{token}", code=code)


async def withdraw(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> None:
    await queries.link(await plain(tx), actor, id)
    link = await queries.for_update(tx, id)
    if link.withdrawn_at is not None:
        raise rules.WithdrawnAlready("这个链接已经作废，不必再次作废。", code="link_already_withdrawn")
    await shut(tx, actor, link, now)


async def shut(tx: AsyncSession, actor: Actor, link: PersonalLink, now: datetime) -> None:
    link.withdrawn_at, link.withdrawn_by = now, actor.id
    told = PersonalLinkWithdrawn(link_id=link.id, application_id=link.application_id)
    await record(tx, actor, subject(link.application_id), told)


async def open_link(
    tx: AsyncSession, hash: bytes, code_hash: bytes, today: date, now: datetime
) -> ApplicationSeen | None:
    """None if it does not open: what was tried stays counted, so that the caller commits before it refuses."""
    async with everywhere(tx, WHY):
        link = await queries.by_token(tx, hash)
        right = hmac.compare_digest(code_hash, link.code_hash if link else hash)
        if link is None or not opens(link, right, now):
            if link is not None and not right:
                await count(tx, link)
            return None
        link.opened_at = now
        told = PersonalLinkOpened(link_id=link.id, application_id=link.application_id)
        await record(tx, HOLDER, subject(link.application_id), told)
        db = await plain(tx)
        application = await applications.application(db, HOLDER, link.application_id, today)
        return rules.seen(application, await checklist_of(db, HOLDER, link.application_id, today), now)


def opens(link: PersonalLink, right: bool, now: datetime) -> bool:
    withdrawn = link.withdrawn_at is not None
    return rules.opens(
        right=right, withdrawn=withdrawn, expires_at=link.expires_at, failures=link.failures, now=now
    )  # fmt: skip


async def count(tx: AsyncSession, link: PersonalLink) -> None:
    """Up to the last that is allowed, and no further: nobody fills the register with refusals."""
    if link.failures >= MOST_FAILURES:
        return
    link.failures += 1
    told = PersonalLinkRefused(
        link_id=link.id, application_id=link.application_id, locked=link.failures >= MOST_FAILURES
    )
    await record(tx, HOLDER, subject(link.application_id), told)
