"""Both suites keep the same promises: published vectors, a ciphertext bound to its place, keys by id, old formats."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kernel.crypto import KEY_FILE, Key, Suite, Undecipherable, Vault, load_vault
from services.kernel.crypto.keyfile import BadKeys, new_keys, of_json, write_keys
from services.kernel.crypto.suites import decrypted, encrypted, mac

NUMBER, PLACE = "999000194912310021", "person|id_number|1"
both = pytest.mark.parametrize("suite", list(Suite))
# RFC 8998, A.1 (SM4-GCM); the GCM specification by McGrew and Viega, test case 16 (AES-256-GCM).
GCM = {
    Suite.SM: (
        "0123456789abcdeffedcba9876543210", "00001234567800000000abcd", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeee"
        "aaaaaaaaaaaaaaaa",
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397"
        "b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",
    ),
    Suite.AES: (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
        "ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
        "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
    ),
}  # fmt: skip
# GM/T 0042-2015, D.3 (HMAC-SM3); RFC 4231, test case 2 (HMAC-SHA-256).
MACS = {
    Suite.SM: (
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2,
        "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a",
    ),
    Suite.AES: (
        b"Jefe".hex(), b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
}  # fmt: skip


@both
def test_the_published_vectors(suite: Suite) -> None:
    key, nonce, bound, plain, sealed = (bytes.fromhex(part) for part in GCM[suite])
    secret, said, expected = MACS[suite]

    assert encrypted(suite, key, nonce, plain, bound) == sealed
    assert decrypted(suite, key, nonce, sealed, bound) == plain
    assert mac(suite, bytes.fromhex(secret), said).hex() == expected


@both
def test_a_ciphertext_opens_at_its_own_place_only(suite: Suite) -> None:
    vault = Vault(new_keys(suite))
    sealed = vault.seal(NUMBER, PLACE)

    assert vault.open(sealed, PLACE) == NUMBER
    assert vault.seal(NUMBER, PLACE) != sealed
    assert NUMBER.encode() not in sealed
    for place in ("person|id_number|2", "person|phone|1", "service_point|id_number|1"):
        with pytest.raises(Undecipherable, match="changed or moved"):
            vault.open(sealed, place)


@both
def test_no_byte_of_a_ciphertext_may_change(suite: Suite) -> None:
    vault = Vault(new_keys(suite))
    sealed = vault.seal(NUMBER, PLACE)

    for at in range(len(sealed)):
        with pytest.raises(Undecipherable):
            vault.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], PLACE)
        with pytest.raises(Undecipherable):
            vault.open(sealed[:at], PLACE)


@both
def test_an_own_key_is_wrapped_to_its_owner(suite: Suite) -> None:
    vault = Vault(new_keys(suite))
    own, other = vault.own_key(), vault.own_key()
    wrapped = vault.wrap(own, "person_key|wrapped|1")

    opened = vault.unwrap(wrapped, "person_key|wrapped|1")
    assert opened == own
    assert opened.open(own.seal(b"x", PLACE), PLACE) == b"x"
    assert own.secret not in wrapped
    assert own.secret.hex() not in repr(own)
    with pytest.raises(Undecipherable):
        vault.unwrap(wrapped, "person_key|wrapped|2")
    with pytest.raises(Undecipherable):
        other.open(own.seal(b"x", PLACE), PLACE)


@both
def test_an_index_is_equal_for_equal_values_under_the_same_key(suite: Suite) -> None:
    vault = Vault(new_keys(suite))

    assert vault.blinds("a") == vault.blinds("a") != vault.blinds("b")
    assert vault.blinds("a") != Vault(new_keys(suite)).blinds("a")
    assert len(vault.blinds("a")[0].mac) == 32


def test_both_suites_are_read_side_by_side() -> None:
    """A change of suite is a new key, and no more."""
    before = new_keys(Suite.AES)
    ring = before.data.with_new(Suite.SM)
    after = before.changed(ring.writing_with(ring.newest.id))
    old, new = Vault(before), Vault(after)

    assert new.open(old.seal(NUMBER, PLACE), PLACE) == NUMBER
    assert new.open(new.seal(NUMBER, PLACE), PLACE) == NUMBER
    assert new.own_key().suite is Suite.SM
    with pytest.raises(Undecipherable, match="unknown key"):
        old.open(new.seal(NUMBER, PLACE), PLACE)


def test_what_the_first_form_of_file_and_ciphertext_wrote_still_opens(tmp_path: Path) -> None:
    secret, index = b"1" * 32, b"2" * 32
    kept = {"encrypt": base64.b64encode(secret).decode(), "index": base64.b64encode(index).decode()}
    (tmp_path / KEY_FILE).write_text(json.dumps({"current": "k1", "keys": {"k1": kept}}))
    sealed = b"\x02k1" + b"n" * 12 + AESGCM(secret).encrypt(b"n" * 12, NUMBER.encode(), PLACE.encode() + b"|k1")

    vault = load_vault(tmp_path)

    assert vault.open(sealed, PLACE) == NUMBER
    assert vault.blinds("a")[0].mac == mac(Suite.AES, index, b"a")
    assert vault.unwrap(load_vault(tmp_path).wrap(vault.own_key(), "p"), "p").id == "own-k1"
    write_keys(tmp_path / KEY_FILE, vault.keys)
    assert load_vault(tmp_path).keys == vault.keys


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"data": 1}', '{"current": "k1", "keys": {}}', "null"])
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / KEY_FILE).write_text(text)

    with pytest.raises(ValueError):  # noqa: PT011 — json's own error is one too
        load_vault(tmp_path)


def test_a_missing_file_or_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_vault(tmp_path)
    told = new_keys().as_json()
    told["master"]["keys"][0]["key"] = base64.b64encode(b"1" * 31).decode()
    with pytest.raises(BadKeys, match="m1"):
        of_json(told)


def test_a_changed_file_is_read_within_a_second_and_at_once_for_an_unknown_key(tmp_path: Path) -> None:
    path, seconds = tmp_path / KEY_FILE, [0.0]
    first = new_keys()
    write_keys(path, first)
    vault = Vault(first, path, clock=lambda: seconds[0])
    ring = first.data.with_new(Suite.SM)
    second = first.changed(ring.writing_with(ring.newest.id))
    write_keys(path, second)

    assert vault.keys.data.current == "d1"
    assert vault.open(Vault(second).seal(NUMBER, PLACE), PLACE) == NUMBER
    write_keys(path, first)
    seconds[0] = 1.0
    assert vault.keys == first
    path.write_text("half a file")
    seconds[0] = 2.0
    assert vault.keys == first


def test_ids_are_never_used_again() -> None:
    ring = new_keys().master.with_new(Suite.AES).with_new(Suite.AES)

    assert list(ring.keys) == ["m1", "m2", "m3"]
    assert ring.without("m2").with_new(Suite.SM).newest.id == "m4"


def test_a_tagged_index_says_its_key() -> None:
    blind = Key("i2", Suite.SM, b"2" * 32).blind("a")

    assert blind.tagged == b"\x02i2" + blind.mac
