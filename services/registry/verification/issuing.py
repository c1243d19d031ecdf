"""What the register signs as an issuer: credentials, status lists, answers; by a key that signs nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
from fastapi import Request

from services.contracts.verification import (
    ANSWER_TYPE,
    CREDENTIAL_TYPE,
    LIST_SIZE,
    STATUS_BITS,
    STATUS_TYPE,
    VCT,
    Answered,
    Asked,
    IssuerKeys,
    VerificationAnswer,
)
from services.kernel.clock import SHANGHAI
from services.kernel.errors import Unavailable
from services.kernel.keyring import Keyring
from services.registry.verification import sd_jwt, status_list
from services.registry.verification.jws import encoded

NAME = "issuer"  # of its folder of keys
LIST_LIFE, LIST_TTL = timedelta(hours=24), timedelta(minutes=5)
KEPT_SECONDS = 30.0  # a list is not computed anew for everybody who asks


@dataclass
class Issuer:
    """`url` is as the world reaches us: it names the issuer in everything signed."""

    url: str
    keyring: Keyring | None
    kept: dict[tuple[int, str], tuple[datetime, str]] = field(default_factory=dict)

    def signed(self, claims: Mapping[str, object], typ: str) -> str:
        return self.keys().encode({"iss": self.url, **claims}, typ)

    def keys(self) -> Keyring:
        if self.keyring is None:
            raise Unavailable("签发密钥尚未就绪，请联系运维人员重新启动系统。", code="issuer_key_missing")
        return self.keyring

    def link(self, token: str) -> str:
        return f"{self.url}/api/v1/verify/{token}"

    def list_address(self, number: int) -> str:
        return f"{self.url}/api/v1/status-lists/{number}"

    def published(self) -> IssuerKeys:
        """The keys that count, replaced ones too: what they have signed is to be checked for years."""
        listed = [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": kid,
                "x": encoded(k.public_bytes_raw()),
            }
            for kid, k in self.keys().own_public().items()
        ]
        return IssuerKeys(issuer=self.url, jwks={"keys": listed})

    # ── credentials ──────────────────────────────────────────────────────────────────────────────────────────────────
    def credential(self, number: int, registration: Any, now: datetime) -> str:
        """The level and the days are for everybody; name and number only if the holder shows them."""
        listed, place = divmod(number, LIST_SIZE)
        claims = {
            "vct": VCT, "iat": seconds(now), "exp": seconds(midnight(registration.end_on)),
            "level": registration.level, "valid_from": str(registration.start_on),
            "valid_to": str(registration.end_on - timedelta(days=1)),
            "status": {"status_list": {"idx": place, "uri": self.list_address(listed)}},
        }  # fmt: skip
        hidden = {
            "name": registration.name, "management_number": registration.management_number,
            "approved_on": str(registration.approved_on),
        }  # fmt: skip
        return sd_jwt.issued(claims, hidden, lambda said: self.signed(said, CREDENTIAL_TYPE))

    def status_list(self, number: int, states: Mapping[int, int], now: datetime) -> str:
        lst = status_list.packed({i: s for i, s in states.items() if s}, bits=STATUS_BITS)
        claims = {
            "sub": self.list_address(number), "iat": seconds(now), "exp": seconds(now + LIST_LIFE),
            "ttl": int(LIST_TTL.total_seconds()), "status_list": {"bits": STATUS_BITS, "lst": lst},
        }  # fmt: skip
        return self.signed(claims, STATUS_TYPE)

    def known_list(self, number: int, now: datetime) -> str | None:
        """Signed by the key of today, half a minute ago at most."""
        at, text = self.kept.get((number, self.keys().current().kid), (None, ""))
        return text if at is not None and timedelta(0) <= now - at < timedelta(seconds=KEPT_SECONDS) else None

    def keep_list(self, number: int, now: datetime, text: str) -> str:
        self.kept = {k: v for k, v in self.kept.items() if k[1] == self.keys().current().kid}
        self.kept[number, self.keys().current().kid] = (now, text)
        return text

    # ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def answer(self, said: dict[str, Any], items: Sequence[Answered]) -> VerificationAnswer:
        """Signed as it is given: whoever keeps it can show what the register said, and when."""
        given = VerificationAnswer(**said, items=list(items), signed="")
        claims = given.model_dump(mode="json", exclude={"signed"}, exclude_none=True)
        return given.model_copy(
            update={"signed": self.signed({**claims, "iat": seconds(given.issued_at)}, ANSWER_TYPE)}
        )


def question(items: Sequence[Asked]) -> str:
    """The digest that ties an answer to what was asked, without saying it again."""
    asked = [item.model_dump(mode="json", exclude_none=True) for item in items]
    return sd_jwt.digest(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode())


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def issuer_of(request: Request) -> Issuer:
    found: Issuer = request.app.state.issuer
    return found
