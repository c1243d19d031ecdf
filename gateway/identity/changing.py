"""Changing one's own password: tries at the old one are counted, so that a stolen session cannot guess it."""

from uuid import UUID

from gateway.identity import commands, own_password, queries, rules
from gateway.identity.address import Origin
from gateway.identity.administration.handing_over import proved_by_factor
from gateway.identity.house import House
from gateway.identity.models import Account
from gateway.identity.profiles import check_password, weak
from gateway.identity.standing import Standing
from services.contracts.identity import PasswordChange
from services.kernel.errors import FieldError, Unprocessable


class WrongOldPassword(Unprocessable):
    english = "The old password is wrong."


async def change_password(house: House, person: Standing, order: PasswordChange, origin: Origin) -> None:
    old, new = order.old.get_secret_value(), order.new.get_secret_value()
    async with house.database.reading() as db:
        username = (await db.get_one(Account, person.account)).username
    rules.check_change(old, new)
    check_password(house.profile, new, username)
    if not await own_password.proved(house, person, old, origin):
        detail = "原密码不对，请重新输入。"
        wrong = FieldError(field="old", code="wrong_password", detail=detail)
        raise WrongOldPassword(detail, errors=[wrong])
    await check_history(house, person.account, new)
    hash = await house.hashing.hash(new)
    async with house.database.writing.begin() as tx:
        await commands.set_password(tx, person.actor, person.account, hash, house.clock(), session=person.session)
        await proved_by_factor(tx, person.account, person.session)
    house.standings.forget()


async def check_history(house: House, account: UUID, new: str) -> None:
    """None of the last few comes back; the present one was compared as it was typed."""
    async with house.database.reading() as db:
        old = await queries.old_passwords(db, account, limit=house.profile.kept - 1)
    for hash in old:
        if await house.hashing.matches(hash, new):
            raise weak(f"新密码与最近 {house.profile.kept} 个密码之一相同，请换一个新的。")
