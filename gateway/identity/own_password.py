"""One's own password proved once more within a session. Its tries are counted apart from those of signing in: whoever
guesses in a stolen session pauses that alone, and whoever guesses at the door pauses nobody inside.
"""

from uuid import UUID

from gateway.identity import tries
from gateway.identity.address import Origin
from gateway.identity.factors.rules import tries_key
from gateway.identity.house import House
from gateway.identity.models import Password
from gateway.identity.standing import Standing
from services.contracts.identity import ProofRefused
from services.kernel.feed import record


async def proved(house: House, person: Standing, password: str, origin: Origin) -> bool:
    """The try is committed before the password is looked at; nobody's transaction is open while hashing."""
    key, at = tries_key(person.account), house.clock()
    async with house.turns.of(key, tries.PROOF):
        try:
            async with house.database.writing.begin() as tx:
                await tries.take_proof(tx, key, at)
        except tries.TooManyTries as refusal:
            await note_refusal(house, person, origin, refusal.code)
            raise
        if await house.hashing.matches(await hash_of(house, person.account), password):
            async with house.database.writing.begin() as tx:
                await tries.give_back_proof(tx, key, at)
            return True
    await note_refusal(house, person, origin, "wrong_password")
    return False


async def hash_of(house: House, account: UUID) -> str | None:
    async with house.database.reading() as db:
        kept = await db.get(Password, account)
    return kept.hash if kept else None


async def note_refusal(house: House, person: Standing, origin: Origin, reason: str) -> None:
    async with house.database.writing.begin() as tx:
        await record(tx, person.actor, person.actor.id, ProofRefused(network=origin.network, reason=reason))
