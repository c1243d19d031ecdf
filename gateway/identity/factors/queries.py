"""What is asked of second factors."""

from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import models
from gateway.identity.models import RecoveryCode
from gateway.identity.standing import Standing
from services.contracts.identity import SecondFactor


async def second_factor(db: AsyncSession, person: Standing) -> SecondFactor:
    """One's own, without its secret."""
    factor = await db.get(models.SecondFactor, person.account)
    unused = select(func.count()).where(RecoveryCode.account_id == person.account, col(RecoveryCode.used_at).is_(None))
    return SecondFactor(
        enrolled_at=factor.enrolled_at if factor else None,
        required=person.must_have_factor,
        recovery_codes_left=(await db.exec(unused)).one(),
    )


async def check_fresh(db: AsyncSession, person: Standing, at: datetime) -> None:
    """A half session has proved the password when it began, and there is nothing else yet to prove."""
    proved_at = person.actor.proved_at
    if proved_at is None and person.factor_due == "enrol":
        proved_at = (await db.get_one(models.Session, person.session)).created_at
    person.actor.model_copy(update={"proved_at": proved_at}).require_fresh(at)
