"""Two suites behind one interface: AES-256-GCM with HMAC-SHA-256, and SM4-GCM with HMAC-SM3 (PI-14, SEC-11)."""

import hmac
import os
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

NONCE, TAG, MAC = 12, 16, 32
MARK = 0x80  # set in the first byte of a ciphertext that names its suite; those written before were all AES


class Undecipherable(Exception):
    """The ciphertext was changed, moved to another place, or written with a key we do not have."""


class Suite(StrEnum):
    AES = "aes"
    SM = "sm"


CODES = {Suite.AES: 1, Suite.SM: 2}
SUITES = {code: suite for suite, code in CODES.items()}
SIZES = {Suite.AES: 32, Suite.SM: 16}  # of a key that encrypts; one that makes indexes has 32 bytes in both


def new_secret(suite: Suite) -> bytes:
    return os.urandom(SIZES[suite])


def encrypted(suite: Suite, secret: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    if suite is Suite.AES:
        return AESGCM(secret).encrypt(nonce, plain, bound)
    encryptor = Cipher(SM4(secret), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def decrypted(suite: Suite, secret: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    if suite is Suite.AES:
        return AESGCM(secret).decrypt(nonce, sealed, bound)
    decryptor = Cipher(SM4(secret), GCM(nonce, sealed[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(bound)
    return decryptor.update(sealed[:-TAG]) + decryptor.finalize()


def mac(suite: Suite, secret: bytes, plain: bytes) -> bytes:
    if suite is Suite.AES:
        return hmac.digest(secret, plain, sha256)
    made = HMAC(secret, SM3())
    made.update(plain)
    return made.finalize()


class Header(NamedTuple):
    """What a ciphertext says of itself, in clear; `length` is how many bytes that takes."""

    suite: Suite
    key: str
    length: int


def header(sealed: bytes) -> Header:
    try:
        named = sealed[0] & MARK
        suite, at = (SUITES[sealed[0] & ~MARK], 1) if named else (Suite.AES, 0)
        end = at + 1 + sealed[at]
        key = sealed[at + 1 : end].decode()
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise Undecipherable("not a ciphertext of ours") from error
    if len(sealed) < end + NONCE + TAG:
        raise Undecipherable("too short")
    return Header(suite, key, end)


class Blind(NamedTuple):
    """Equal for equal values, of no use without the key; `key` is the id of that key."""

    key: str
    mac: bytes

    @property
    def tagged(self) -> bytes:
        """For a column that has no other for the key."""
        return bytes([len(self.key)]) + self.key.encode() + self.mac


@dataclass(frozen=True)
class Key:
    """One secret and its id. What it seals opens at the same place only: `place` is table, column and row id."""

    id: str
    suite: Suite
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id}, {self.suite})"

    def seal(self, plain: bytes, place: str) -> bytes:
        nonce, id = os.urandom(NONCE), self.id.encode()
        sealed = encrypted(self.suite, self.secret, nonce, plain, place.encode() + b"|" + id)
        return bytes([MARK | CODES[self.suite], len(id)]) + id + nonce + sealed

    def open(self, sealed: bytes, place: str) -> bytes:
        said = header(sealed)
        if said.key != self.id or said.suite is not self.suite:
            raise Undecipherable("another key")
        nonce, rest = sealed[said.length : said.length + NONCE], sealed[said.length + NONCE :]
        try:
            return decrypted(self.suite, self.secret, nonce, rest, place.encode() + b"|" + self.id.encode())
        except InvalidTag as error:
            raise Undecipherable("changed or moved") from error

    def blind(self, plain: str) -> Blind:
        return Blind(self.id, mac(self.suite, self.secret, plain.encode()))
