"""Selective disclosure for JWTs (RFC 9901), as much of it as a register needs: SHA-256, no key binding. Pure.

The only library of it is the draft's own, last released before the RFC; this is a hundred lines (docs/adr/0013).
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from services.registry.verification.jws import Claims, Malformed, Tampered, decoded, encoded

DIGESTS, IN_LIST, ALGORITHM = "_sd", "...", "_sd_alg"
MOST, DEEPEST = 200, 20


class Disclosure(NamedTuple):
    """`name` is None for an item of a list."""

    name: str | None
    value: Any


def salt() -> str:
    return secrets.token_urlsafe(16)


def disclosure(name: str, value: object, salted: str) -> str:
    return encoded(json.dumps([salted, name, value], ensure_ascii=False).encode())


def digest(text: str) -> str:
    """Of the text as it is sent, not of what it means."""
    return encoded(hashlib.sha256(text.encode()).digest())


def issued(
    claims: Mapping[str, object], hidden: Mapping[str, object], sign: Callable[[Claims], str],
    salted: Callable[[], str] = salt,
) -> str:  # fmt: skip
    """With all of its disclosures: the holder leaves out what is nobody's business."""
    told = [disclosure(name, value, salted()) for name, value in hidden.items()]
    token = sign({**claims, DIGESTS: sorted(map(digest, told)), ALGORITHM: "sha-256"})
    return "~".join([token, *told, ""])


def parts(text: str) -> tuple[str, list[str]]:
    """The signed part and the disclosures. Without a tilde at the end it was cut off, or is bound to a holder's key."""
    token, *told = text.split("~")
    if not told or told.pop() != "" or len(told) > MOST:
        raise Malformed("the end is missing")
    return token, told


def disclosed(payload: Claims, told: Iterable[str]) -> Claims:
    """The claims with what was disclosed in its place. Each disclosure must belong, and be there once."""
    known: dict[str, Disclosure] = {}
    for text in told:
        if (of := digest(text)) in known:
            raise Tampered("a disclosure twice")
        known[of] = read(text)
    if payload.get(ALGORITHM, "sha-256") != "sha-256":
        raise Malformed("another digest")
    unfolding = Unfolding(known)
    whole = unfolding.of({k: v for k, v in payload.items() if k != ALGORITHM}, 0)
    if unfolding.left:
        raise Tampered("a disclosure that does not belong to it")
    return dict(whole)


def read(text: str) -> Disclosure:
    try:
        found = json.loads(decoded(text))
    except (Malformed, ValueError, RecursionError) as error:
        raise Tampered("a disclosure cannot be read") from error
    if not isinstance(found, list) or len(found) not in (2, 3) or not all(isinstance(s, str) for s in found[:-1]):
        raise Tampered("a disclosure cannot be read")
    name = found[1] if len(found) == 3 else None
    if name in (DIGESTS, IN_LIST):
        raise Tampered("a disclosure with a reserved name")
    return Disclosure(name, found[-1])


class Unfolding:
    """Puts disclosures where their digests stand; a digest may stand in one place only."""

    def __init__(self, known: Mapping[str, Disclosure]) -> None:
        self.left, self.seen = dict(known), set[str]()

    def of(self, value: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise Malformed("too deep")
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list):
            return [v for item in value for v in self._item(item, depth)]
        return value

    def _object(self, value: Claims, depth: int) -> Claims:
        whole = {k: self.of(v, depth + 1) for k, v in value.items() if k != DIGESTS}
        for of in value.get(DIGESTS, ()):
            found = self._taken(of)
            if found is None:
                continue
            if found.name is None or found.name in whole:
                raise Tampered("a disclosure in the wrong place")
            whole[found.name] = self.of(found.value, depth + 1)
        return whole

    def _item(self, item: Any, depth: int) -> list[Any]:
        if not (isinstance(item, dict) and set(item) == {IN_LIST}):
            return [self.of(item, depth + 1)]
        found = self._taken(item[IN_LIST])
        if found is None:
            return []
        if found.name is not None:
            raise Tampered("a disclosure in the wrong place")
        return [self.of(found.value, depth + 1)]

    def _taken(self, of: object) -> Disclosure | None:
        if not isinstance(of, str) or of in self.seen:
            raise Tampered("a digest twice")
        self.seen.add(of)
        return self.left.pop(of, None)
