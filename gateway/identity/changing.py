"""Changing one's own password: the old one is proved as at signing in, so that a stolen session cannot guess it."""

from gateway.identity import commands, rules
from gateway.identity.house import House
from gateway.identity.models import Account
from gateway.identity.signing_in import WrongCredentials, proved
from gateway.identity.standing import Standing
from services.contracts.identity import PasswordChange
from services.kernel.errors import FieldError, Unprocessable


class WrongOldPassword(Unprocessable):
    english = "The old password is wrong."


async def change_password(house: House, person: Standing, order: PasswordChange, network: str) -> None:
    old, new = order.old.get_secret_value(), order.new.get_secret_value()
    async with house.database.reading() as db:
        username = (await db.get_one(Account, person.account)).username
    rules.check_change(old, new)
    rules.check_password(new, username)
    try:
        await proved(house, username, old, network)
    except WrongCredentials as error:
        detail = "原密码不对，请重新输入。"
        wrong = FieldError(field="old", code="wrong_password", detail=detail)
        raise WrongOldPassword(detail, errors=[wrong]) from error
    hash = await house.hashing.hash(new)
    async with house.database.writing.begin() as tx:
        await commands.set_password(tx, person.actor, person.account, hash, house.clock(), session=person.session)
    house.standings.forget()
