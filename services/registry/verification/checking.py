"""Checking a credential or a signed answer without the register: by the issuer's keys and a status list. Pure.

Whoever checks brings the clock. What cannot be decided is said to be undecided, and never passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.contracts.verification import ANSWER_TYPE, CREDENTIAL_TYPE, STATUS_TYPE, VCT
from services.kernel.key_folder import public_key
from services.registry.verification import jws, sd_jwt, status_list
from services.registry.verification.jws import Claims, Keys, Malformed, Tampered, UnknownKey, WrongIssuer
from services.registry.verification.rules import INVALID, SUSPENDED

LEEWAY = 60  # seconds between two clocks


class Finding(StrEnum):
    GENUINE = "genuine"
    TAMPERED = "tampered"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    WRONG_ISSUER = "wrong_issuer"
    UNKNOWN_KEY = "unknown_key"
    STALE_LIST = "stale_list"
    NO_LIST = "no_list"
    BAD_LIST = "bad_list"
    NOT_YET = "not_yet"
    MALFORMED = "malformed"


# What is said, and with what code the command ends.
SAID: dict[Finding, tuple[int, str]] = {
    Finding.GENUINE: (0, "真实有效"),
    Finding.TAMPERED: (10, "已被篡改：签名或披露内容不符，请勿采信"),
    Finding.REVOKED: (11, "已撤销或注销：签发方已使其失效"),
    Finding.SUSPENDED: (12, "已暂停：登记暂停，或被更高等级取代"),
    Finding.EXPIRED: (13, "已过期：超过登记有效期"),
    Finding.WRONG_ISSUER: (14, "签发方不符：不是所给公钥的签发方出具的"),
    Finding.UNKNOWN_KEY: (15, "签名密钥未知：不在所给公钥之中，可能已轮换，请重新下载公钥后再核验"),
    Finding.STALE_LIST: (16, "状态列表过旧：无法判断是否已失效，请下载最新的状态列表"),
    Finding.NO_LIST: (17, "没有状态列表：签名真实，但无法判断是否已失效，请提供状态列表"),
    Finding.BAD_LIST: (18, "状态列表不可信：签名、签发方或地址不符，请从签发方重新下载"),
    Finding.NOT_YET: (19, "尚未生效：签发时间晚于本机时钟，请核对时钟"),
    Finding.MALFORMED: (20, "格式不对：不是登记凭证，也不是签名答复，或文件不完整"),
}  # fmt: skip
WRONG = {
    Malformed: Finding.MALFORMED, WrongIssuer: Finding.WRONG_ISSUER, UnknownKey: Finding.UNKNOWN_KEY,
    Tampered: Finding.TAMPERED,
}  # fmt: skip


@dataclass(frozen=True)
class Result:
    finding: Finding
    claims: Claims = field(default_factory=dict)

    @property
    def code(self) -> int:
        return SAID[self.finding][0]

    @property
    def word(self) -> str:
        return SAID[self.finding][1]


@dataclass(frozen=True)
class Issuer:
    """Who is believed, and by which keys: replaced ones too, as long as they are published."""

    url: str
    keys: Keys


def issuer_of(metadata: Mapping[str, Any]) -> Issuer:
    """Of what is published at `/.well-known/jwt-vc-issuer`."""
    try:
        listed = metadata["jwks"]["keys"]
        ours = [k for k in listed if k.get("kty") == "OKP" and k.get("crv") == "Ed25519"]
        return Issuer(str(metadata["issuer"]), {str(k["kid"]): public_key(k["x"]) for k in ours})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("these are no keys of an issuer") from error


def checked(text: str, issuer: Issuer, now: datetime, status: str | None = None) -> Result:
    """A credential, or a signed answer; `status` is the list that a credential names, if there is one at hand."""
    text = "".join(text.split())
    try:
        if "~" in text:
            return credential(text, issuer, now.timestamp(), status)
        return answer(text, issuer, now.timestamp())
    except jws.Unsound as error:
        return Result(WRONG[type(error)])


def answer(text: str, issuer: Issuer, now: float) -> Result:
    """It tells of one moment, and needs no list."""
    claims = jws.opened(text, typ=ANSWER_TYPE, issuer=issuer.url, keys=issuer.keys)
    return Result(Finding.NOT_YET if instant(claims, "iat") > now + LEEWAY else Finding.GENUINE, claims)


def credential(text: str, issuer: Issuer, now: float, status: str | None) -> Result:
    token, told = sd_jwt.parts(text)
    payload = jws.opened(token, typ=CREDENTIAL_TYPE, issuer=issuer.url, keys=issuer.keys)
    claims = sd_jwt.disclosed(payload, told)
    if claims.get("vct") != VCT:
        raise Malformed("a credential of another kind")
    if instant(claims, "iat") > now + LEEWAY:
        return Result(Finding.NOT_YET, claims)
    if instant(claims, "exp") <= now:
        return Result(Finding.EXPIRED, claims)
    return Result(of_list(claims, issuer, now, status), claims)


def of_list(claims: Claims, issuer: Issuer, now: float, status: str | None) -> Finding:
    if status is None:
        return Finding.NO_LIST
    try:
        place = claims["status"]["status_list"]
        index, uri = int(place["idx"]), str(place["uri"])
        listed = jws.opened("".join(status.split()), typ=STATUS_TYPE, issuer=issuer.url, keys=issuer.keys)
        if listed.get("sub") != uri:
            return Finding.BAD_LIST
        if instant(listed, "exp") <= now or instant(listed, "iat") > now + LEEWAY:
            return Finding.STALE_LIST
        bits = listed["status_list"]["bits"]
        state = status_list.state_at(status_list.unpacked(listed["status_list"]["lst"], bits=bits), index, bits=bits)
    except (jws.Unsound, KeyError, TypeError, ValueError):
        return Finding.BAD_LIST
    # A state that we do not know is none that passes.
    return {0: Finding.GENUINE, INVALID: Finding.REVOKED, SUSPENDED: Finding.SUSPENDED}.get(state, Finding.REVOKED)


def list_of(text: str, issuer: Issuer, now: datetime) -> str | None:
    """Where the list lies that a credential of this issuer names; None of anything else."""
    if checked(text, issuer, now).finding is not Finding.NO_LIST:
        return None
    uri = jws.unverified("".join(text.split()).partition("~")[0])[1]["status"]["status_list"]["uri"]
    return uri if isinstance(uri, str) else None


def instant(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"{name} is missing")
    return float(value)
