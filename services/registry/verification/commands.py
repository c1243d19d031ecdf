"""Answering many questions at once, giving out proofs of a registration, and withdrawing them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.verification import (
    Asked,
    AskVerification,
    ProofIssued,
    ProofKind,
    ProofMade,
    ProofWithdrawn,
    Verdict,
    VerificationAnswer,
    VerificationsAnswered,
)
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.feed import record
from services.kernel.listing import plain
from services.registry.changes import new_ids
from services.registry.people.rules import plain as plain_number
from services.registry.personal import id_blinds
from services.registry.verification import queries, rules
from services.registry.verification.issuing import Issuer, question
from services.registry.verification.models import RegistrationProof
from services.registry.verification.tokens import new_token, token_hash


async def answer(
    tx: AsyncSession, actor: Actor, vault: Vault, issuer: Issuer, order: AskVerification, today: date, now: datetime
) -> VerificationAnswer:
    """A verdict is public and the register is one: the asker's divisions do not narrow it. That it was asked, by whom
    and what for, is recorded; whose numbers they were is not (PI-13).
    """
    on = order.on or today
    found = await queries.by_numbers(await plain(tx), numbers_of(vault, order.items), on)
    items = [rules.answered(n, found.get(n, ()), on) for n in range(len(order.items))]
    [id] = await new_ids(tx, 1)
    known = sum(item.verdict is not Verdict.UNKNOWN for item in items)
    told = VerificationsAnswered(verification_id=id, purpose=order.purpose, asked=len(items), found=known)
    await record(tx, actor, f"verification:{id}", told)
    said = {"id": id, "purpose": order.purpose, "on": on, "issued_at": now, "question": question(order.items)}
    return issuer.answer(said, items)


def numbers_of(vault: Vault, items: list[Asked]) -> queries.Numbers:
    numbers, blinds = {}, {}
    for position, item in enumerate(items):
        if item.management_number is not None:
            numbers[position] = plain_number(item.management_number)
        elif item.id_number is not None:
            blinds[position] = id_blinds(vault, item.id_type, plain_number(item.id_number))
    return queries.Numbers(numbers, blinds)


async def make_proof(
    tx: AsyncSession, actor: Actor, issuer: Issuer, id: UUID, kind: ProofKind, today: date, now: datetime, *,
    replace: bool,
) -> tuple[ProofMade, Any]:  # fmt: skip
    """And the registration that it proves. The link is said now and never again."""
    registration = await queries.provable(tx, actor, id)
    rules.check_provable(rules.verdict(await queries.standing_of(await plain(tx), id, today), today))
    if replace:
        for old in await queries.withdraw_all(tx, id, kind, actor.id, now):
            ended = ProofWithdrawn(proof_id=old, registration_id=id, kind=kind)
            await record(tx, actor, f"registration:{id}", ended)
    token = None if kind is ProofKind.CREDENTIAL else new_token()
    proof = RegistrationProof(
        registration_id=id, kind=kind, token_hash=None if token is None else token_hash(token), issued_at=now,
        issued_by=actor.id,
    )  # fmt: skip
    tx.add(proof)
    await tx.flush()
    await record(tx, actor, f"registration:{id}", ProofIssued(proof_id=proof.id, registration_id=id, kind=kind))
    made = ProofMade(**(await queries.proof(await plain(tx), actor, proof.id)).model_dump())
    if token is not None:
        made.url = issuer.link(token)
    else:
        made.credential = issuer.credential(proof.number, registration, now)
    return made, registration


async def withdraw(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> None:
    """Of one paper, link or credential; the registration stays as it is."""
    shown = await queries.proof(await plain(tx), actor, id)
    proof = await queries.proof_for_update(tx, id)
    if proof.withdrawn_at is not None:
        raise rules.AlreadyWithdrawn("这份证明已经作废，不必再次作废。", code="proof_already_withdrawn")
    proof.withdrawn_at, proof.withdrawn_by = now, actor.id
    told = ProofWithdrawn(proof_id=id, registration_id=shown.registration_id, kind=shown.kind)
    await record(tx, actor, f"registration:{shown.registration_id}", told)
