"""Changing one's own password: the old one is proved as at signing in, so that a stolen session cannot guess it."""

from uuid import UUID

from gateway.identity import commands, queries, rules
from gateway.identity.address import Origin
from gateway.identity.house import House
from gateway.identity.models import Account
from gateway.identity.profiles import check_password, weak
from gateway.identity.signing_in import WrongCredentials, proved
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
    try:
        await proved(house, username, old, origin)
    except WrongCredentials as error:
        detail = "原密码不对，请重新输入。"
        wrong = FieldError(field="old", code="wrong_password", detail=detail)
        raise WrongOldPassword(detail, errors=[wrong]) from error
    await check_history(house, person.account, new)
    hash = await house.hashing.hash(new)
    async with house.database.writing.begin() as tx:
        await commands.set_password(tx, person.actor, person.account, hash, house.clock(), session=person.session)
    house.standings.forget()


async def check_history(house: House, account: UUID, new: str) -> None:
    """None of the last few comes back; the present one was compared as it was typed."""
    async with house.database.reading() as db:
        old = await queries.old_passwords(db, account, limit=house.profile.kept - 1)
    for hash in old:
        if await house.hashing.matches(hash, new):
            raise weak(f"新密码与最近 {house.profile.kept} 个密码之一相同，请换一个新的。")
