"""What is checked without the register: forged, cut, swapped, old, foreign, each with a verdict of its own."""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.cli import main
from deploy.local.issuer import make_issuer, rotate_issuer
from services.contracts.verification import CREDENTIAL_TYPE, STATUS_TYPE, Answered, Verdict
from services.kernel.key_folder import load_keyring
from services.registry.verification import sd_jwt, status_list
from services.registry.verification.checking import SAID, Finding, checked, issuer_of, list_of
from services.registry.verification.issuing import Issuer
from services.registry.verification.jws import Malformed, Tampered, encoded, unverified
from services.registry.verification.rules import INVALID, SUSPENDED

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
URL = "https://register.example"
REGISTRATION = SimpleNamespace(
    level="social_worker", start_on=date(2024, 6, 1), end_on=date(2027, 6, 1), approved_on=date(2023, 8, 15),
    name="演示甲", management_number="2023000001",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    make_issuer(tmp_path)
    return tmp_path


@pytest.fixture
def issuer(folder):
    return an_issuer(folder)


def an_issuer(folder, url: str = URL) -> Issuer:
    return Issuer(url, load_keyring(folder / "issuer", "issuer"))


def known(issuer: Issuer):
    return issuer_of(issuer.published().model_dump())


def found(text: str, issuer: Issuer, status: str | None = "", now: datetime = NOW) -> Finding:
    """With a list in which everything is in force, unless another one is given."""
    listed = issuer.status_list(0, {}, NOW) if status == "" else status
    return checked(text, known(issuer), now, listed).finding


def credential(issuer: Issuer, number: int = 7) -> str:
    return issuer.credential(number, REGISTRATION, NOW)


def resigned(text: str, key: object, alg: str, **header: object) -> str:
    """The same words, signed anew."""
    token, told = sd_jwt.parts(text)
    said, claims = unverified(token)
    return "~".join([jwt.encode(claims, key, alg, said | {"alg": alg} | header), *told, ""])


# ── by the standards' own examples ───────────────────────────────────────────────────────────────────────────────────
def test_rfc9901_a_disclosure_and_its_digest():
    """§4.2.1 to §4.2.3."""
    text = sd_jwt.disclosure("family_name", "Möbius", "_26bc4LT-ac6q2KI6cBW5es")

    assert text == "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert sd_jwt.digest(text) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    item = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"
    assert (sd_jwt.digest(item), sd_jwt.read(item)) == ("w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs", (None, "FR"))


NATIONALITIES = ["pFndjkZ_VCzmyTa6UjlZo3dh-ko8aIKQc9DlGzhaVYo", "7Cf6JkPudry3lcbwHgeZ8khAv1U1OSlerP0VkBJrWZ0"]
RFC_PAYLOAD = {  # §5.1, shortened
    "_sd": ["TGf4oLbgwd5JQaHyKVQZU9UdGE0w5rtDsrZzfUaomLo", "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4"],
    "sub": "user_42", "nationalities": [{"...": digest} for digest in NATIONALITIES], "_sd_alg": "sha-256",
}  # fmt: skip
FAMILY, GIVEN = (
    "WyJlbHVWNU9nM2dTTklJOEVZbnN4QV9BIiwgImZhbWlseV9uYW1lIiwgIkRvZSJd",
    "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd",
)
US, DE = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIlVTIl0", "WyJuUHVvUW5rUkZxM0JJZUFtN0FuWEZBIiwgIkRFIl0"


def test_rfc9901_what_is_disclosed_takes_its_place_and_the_rest_stays_hidden():
    """§5.1 and §7.1."""
    said = {"sub": "user_42"}

    assert sd_jwt.disclosed(RFC_PAYLOAD, [FAMILY, GIVEN, US, DE]) == {
        **said, "family_name": "Doe", "given_name": "John", "nationalities": ["US", "DE"]
    }  # fmt: skip
    assert sd_jwt.disclosed(RFC_PAYLOAD, [DE]) == {**said, "nationalities": ["DE"]}
    stranger = sd_jwt.disclosure("family_name", "Roe", "salt")
    for told in ([FAMILY, FAMILY], [stranger], [FAMILY + "="], ["x"], [FAMILY[:-2]]):
        with pytest.raises(Tampered):
            sd_jwt.disclosed(RFC_PAYLOAD, told)


def test_a_disclosure_counts_in_one_place_and_under_no_reserved_name():
    text, reserved = sd_jwt.disclosure("level", "senior", "s"), sd_jwt.disclosure("_sd", [], "s")
    of = sd_jwt.digest(text)
    for payload, told in [
        ({"_sd": [of, of]}, [text]), ({"_sd": [of], "level": "assistant"}, [text]), ({"list": [{"...": of}]}, [text]),
        ({"_sd": [sd_jwt.digest(reserved)]}, [reserved]), ({"_sd": [sd_jwt.digest(US)]}, [US]), ({"_sd": [1]}, []),
    ]:  # fmt: skip
        with pytest.raises(Tampered):
            sd_jwt.disclosed(payload, told)


def test_the_drafts_lists_are_packed_and_read_as_there():
    """draft-ietf-oauth-status-list §4.1: one bit and two."""
    ones = dict.fromkeys((0, 3, 4, 5, 7, 8, 9, 13, 15), 1)
    twos = {n: s for n, s in enumerate((1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)) if s}

    assert status_list.packed(ones, bits=1, size=16) == "eNrbuRgAAhcBXQ"
    assert status_list.packed(twos, bits=2, size=12) == "eNo76fITAAPfAgc"
    raw = status_list.unpacked("eNo76fITAAPfAgc", bits=2)
    assert {n: s for n in range(12) if (s := status_list.state_at(raw, n, bits=2))} == twos


def test_a_list_takes_no_more_room_than_a_list_can():
    bomb = status_list.packed({}, bits=8, size=1 << 24)
    for text, bits in [(bomb, 2), ("x", 2), (encoded(b"abc"), 2), ("eNrbuRgAAhcBXQ", 3), ("eNrbuRgAAh", 1)]:
        with pytest.raises(Malformed):
            status_list.unpacked(text, bits=bits)
    for index in (-1, 16, 10**9):
        with pytest.raises(Malformed):
            status_list.state_at(status_list.unpacked("eNrbuRgAAhcBXQ", bits=1), index, bits=1)


# ── a credential ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_credential_shows_what_its_holder_shows(issuer):
    text = credential(issuer)
    token, told = sd_jwt.parts(text)
    whole, bare = (checked(t, known(issuer), NOW, issuer.status_list(0, {}, NOW)) for t in (text, f"{token}~"))

    assert (whole.finding, bare.finding) == (Finding.GENUINE, Finding.GENUINE)
    assert {"name", "management_number", "approved_on"} == set(whole.claims) - set(bare.claims)
    assert (bare.claims["level"], bare.claims["valid_to"]) == ("social_worker", "2027-05-31")
    assert found(text[:10] + "\n " + text[10:] + "\n", issuer) is Finding.GENUINE
    assert len(told) == 3


def test_each_verdict_is_told_from_every_other(issuer):
    assert len({code for code, _ in SAID.values()}) == len({word for _, word in SAID.values()}) == len(Finding)
    assert [finding for finding, (code, _) in SAID.items() if code == 0] == [Finding.GENUINE]


def test_what_was_changed_is_found_wherever_it_was_changed(issuer):
    text = credential(issuer)
    token, told = sd_jwt.parts(text)
    head, body, signature = token.split(".")
    claims = unverified(token)[1] | {"level": "senior"}
    forged = encoded(json.dumps(claims).encode())
    other = sd_jwt.parts(credential(issuer))[1][0]
    for changed in (
        f"{head}.{forged}.{signature}~", f"{head}.{body}.{'A' * 86}~", f"{token}~{other}~",
        f"{token}~{told[0]}~{told[0]}~", f"{token}~{sd_jwt.disclosure('name', '演示乙', 'x')}~",
        f"{token}~{told[0][:-4]}~",
    ):  # fmt: skip
        assert found(changed, issuer) is Finding.TAMPERED


@pytest.mark.parametrize("cut", ["~", "", "x", ".", "...", "~~", "\ud800~", "é.é.é~", "eyJ.eyJ.~", "[]", "9" * 5000])
def test_what_is_none_or_was_cut_off_is_malformed(issuer, cut):
    assert found(cut, issuer) is Finding.MALFORMED


def test_a_credential_that_was_cut_off_or_is_of_another_kind_is_malformed(issuer):
    text = credential(issuer)
    answer = issuer.signed({"vct": "urn:other", "iat": 0, "exp": 2**33}, CREDENTIAL_TYPE)
    for cut in (text[:-1], text[:-20], text.partition("~")[0], f"{answer}~", issuer.status_list(0, {}, NOW) + "~"):
        assert found(cut, issuer) is Finding.MALFORMED, cut[-30:]
    for broken in ({"iat": None, "exp": 2**33}, {"iat": "1", "exp": 2**33}, {"iat": 0}, {"iat": 0, "exp": True}):
        signed = issuer.signed({"vct": "urn:shegong:registration:1", **broken}, CREDENTIAL_TYPE)
        assert found(f"{signed}~", issuer) is Finding.MALFORMED


def test_no_other_algorithm_counts_and_no_key_is_taken_for_another(issuer):
    """alg none; the public key as a secret; a curve that is not the issuer's; the attacker's key under our id."""
    text, public = credential(issuer), issuer.keys().current().private.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    kid = issuer.keys().current().kid
    attempts = [
        resigned(text, None, "none", kid=kid), resigned(text, encoded(raw), "HS256", kid=kid),
        resigned(text, generate_private_key(SECP256R1()), "ES256", kid=kid),
        resigned(text, Ed25519PrivateKey.generate(), "EdDSA", kid=kid),
    ]  # fmt: skip
    mine = Ed25519PrivateKey.generate()
    own = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(mine.public_key()))

    assert [found(t, issuer) for t in attempts] == [Finding.TAMPERED] * 4
    assert found(resigned(text, mine, "EdDSA", kid="mine", jwk=own), issuer) is Finding.UNKNOWN_KEY
    assert found(resigned(text, issuer.keys().current().private, "EdDSA", crit=["x"]), issuer) is Finding.TAMPERED


def test_another_issuer_is_said_to_be_another(issuer, tmp_path):
    make_issuer(tmp_path / "other")
    other = an_issuer(tmp_path / "other", "https://forger.example")
    posing = an_issuer(tmp_path / "other")

    assert found(credential(other), issuer) is Finding.WRONG_ISSUER
    assert found(credential(posing), issuer) is Finding.UNKNOWN_KEY


def test_time_decides_before_the_list_does(issuer):
    text, end = credential(issuer), datetime(2027, 5, 31, 16, tzinfo=UTC)  # midnight in Shanghai

    assert found(text, issuer, None, end - timedelta(seconds=1)) is Finding.NO_LIST
    assert found(text, issuer, None, end) is Finding.EXPIRED
    assert found(text, issuer, None, NOW - timedelta(minutes=2)) is Finding.NOT_YET


def test_the_list_says_whether_it_still_counts(issuer):
    text = credential(issuer)
    states = {0: Finding.GENUINE, INVALID: Finding.REVOKED, SUSPENDED: Finding.SUSPENDED, 3: Finding.REVOKED}

    for state, finding in states.items():
        assert found(text, issuer, issuer.status_list(0, {7: state, 6: INVALID, 8: INVALID}, NOW)) is finding
    assert found(text, issuer, None) is Finding.NO_LIST
    old = issuer.status_list(0, {}, NOW - timedelta(hours=24))
    assert found(text, issuer, old) is Finding.STALE_LIST
    assert found(text, issuer, issuer.status_list(0, {}, NOW + timedelta(hours=1))) is Finding.STALE_LIST


def test_a_list_of_anybody_elses_decides_nothing(issuer, tmp_path):
    text = credential(issuer)
    make_issuer(tmp_path / "other")
    forged = an_issuer(tmp_path / "other").status_list(0, {}, NOW)
    foreign = an_issuer(tmp_path / "other", "https://forger.example").status_list(0, {}, NOW)
    wide = issuer.signed(
        {"sub": f"{URL}/api/v1/status-lists/0", "iat": 0, "exp": 2**33, "status_list": {"bits": 3, "lst": "x"}},
        STATUS_TYPE,
    )
    for status in (forged, foreign, wide, issuer.status_list(1, {}, NOW), text, "x", ""):
        assert checked(text, known(issuer), NOW, status).finding is Finding.BAD_LIST


def test_a_replaced_key_is_good_for_what_it_signed_and_a_forgotten_one_is_not(folder):
    before = an_issuer(folder)
    text = credential(before)
    rotate_issuer(folder)
    after = an_issuer(folder)

    assert before.keys().current().kid != after.keys().current().kid
    assert found(text, after) is Finding.GENUINE
    assert found(credential(after), before) is Finding.UNKNOWN_KEY
    assert found(credential(after), after) is Finding.GENUINE
    rotate_issuer(folder, forget=True)
    assert [k["kid"] for k in an_issuer(folder).published().jwks["keys"]] != []
    assert found(text, an_issuer(folder)) is Finding.UNKNOWN_KEY


def test_a_key_that_was_rotated_while_the_register_runs_signs_from_then_on(folder):
    issuer = an_issuer(folder)
    first = issuer.published().jwks["keys"]
    issuer.keep_list(0, NOW, "kept")
    rotate_issuer(folder)
    issuer.keys()._looked_at = 0.0

    assert len(issuer.published().jwks["keys"]) == 2 > len(first)
    assert issuer.known_list(0, NOW) is None


# ── an answer, and the command ───────────────────────────────────────────────────────────────────────────────────────
def an_answer(issuer: Issuer) -> str:
    said = {
        "id": "0198c0de-0000-7000-8000-000000000001", "purpose": "employment", "on": NOW.date(), "issued_at": NOW,
        "question": "x",
    }  # fmt: skip
    return issuer.answer(said, [Answered(position=0, verdict=Verdict.VALID, word="有效")]).signed


def test_an_answer_is_checked_by_its_signature_alone(issuer):
    text = an_answer(issuer)
    head, _, signature = text.split(".")
    said = json.dumps(unverified(text)[1]).replace("valid", "revoked")

    assert found(text, issuer, None) is Finding.GENUINE
    assert found(text, issuer, None, NOW + timedelta(days=3000)) is Finding.GENUINE
    assert found(f"{head}.{encoded(said.encode())}.{signature}", issuer, None) is Finding.TAMPERED
    assert found(text + "~", issuer, None) is Finding.MALFORMED


def test_the_command_says_it_in_words_and_ends_with_its_code(folder, issuer, monkeypatch, capsys):
    monkeypatch.setattr("deploy.verify.now", lambda: NOW)
    files = {
        "keys": json.dumps(issuer.published().model_dump()), "credential": credential(issuer),
        "fine": issuer.status_list(0, {}, NOW), "lost": issuer.status_list(0, {7: INVALID}, NOW),
        "answer": an_answer(issuer), "cut": credential(issuer)[:-9],
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text)

    def run(file: str, *more: str) -> tuple[int, str]:
        code = main(["verify", str(folder / file), "--keys", str(folder / "keys"), *more])
        return code, capsys.readouterr().out

    code, shown = run("credential", "--status", str(folder / "fine"))
    assert (code, shown.split("\n")[:3]) == (0, ["真实有效", "姓名：演示甲", "证书级别：社会工作师"])
    assert run("credential", "--status", str(folder / "lost"))[0] == 11
    assert [run("credential")[0], run("answer")[0], run("cut")[0], run("keys")[0]] == [17, 0, 20, 20]
    assert main(["verify", str(folder / "none"), "--keys", str(folder / "keys")]) == 1
    assert main(["verify", str(folder / "credential"), "--keys", str(folder / "cut")]) == 1
    assert main(["verify", str(folder / "credential")]) == 1
    assert "--online" in capsys.readouterr().err


def test_only_a_genuine_credential_says_where_its_list_lies(issuer, tmp_path):
    make_issuer(tmp_path / "other")
    assert list_of(credential(issuer), known(issuer), NOW) == f"{URL}/api/v1/status-lists/0"
    for text in (credential(an_issuer(tmp_path / "other")), an_answer(issuer), "x"):
        assert list_of(text, known(issuer), NOW) is None
