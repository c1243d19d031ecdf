"""Other systems: what a token may be, and all that is not one."""

import asyncio
import json
from datetime import timedelta

import asyncpg
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from gateway.identity.upkeep import clean
from services.kernel.actor import sign_actor
from tests.gateway.conftest import MACHINE, TOKEN_URL
from tests.kernel.test_requests import hmac_token
from tests.keys import JINAN, LICHENG, an_actor, keyring

pytestmark = pytest.mark.anyio
TOKEN, ME = "/api/v1/auth/token", "/api/v1/auth/me"
KEYS = "/api/v1/clients/machine/keys"
GATEWAY = keyring("gateway").keys


async def test_a_machine_gets_what_it_is_granted(gateway):
    await gateway.machine("registry:read", "coverage:read", "no:longer:known")

    answer = await gateway.browser().post(TOKEN, data=gateway.form())
    token = answer.json()
    me = await gateway.browser(authorization=f"Bearer {token['access_token']}").get(ME)

    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 900, "coverage:read registry:read")
    assert answer.headers["cache-control"] == "no-store"
    assert me.json()["permissions"] == {"coverage:read": [JINAN], "registry:read": [JINAN]}
    assert (me.json()["id"], me.json()["kind"], me.json()["grants"]) == ("client:machine", "client", [])
    assert await gateway.events("MachineTokenIssued") == ["client:machine"]


async def test_it_may_ask_for_less(gateway):
    await gateway.machine("registry:read", "coverage:read")

    answer = await gateway.browser().post(TOKEN, data={**gateway.form(), "scope": "coverage:read"})

    me = await gateway.browser(authorization=f"Bearer {answer.json()['access_token']}").get(ME)
    assert (answer.json()["scope"], list(me.json()["permissions"])) == ("coverage:read", ["coverage:read"])


ES = ec.generate_private_key(ec.SECP256R1())


def wrong(gateway) -> dict[str, dict[str, str]]:
    at, good = int(gateway.clock().timestamp()), gateway.form()
    pem = MACHINE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = jwt.decode(good["client_assertion"], options={"verify_signature": False})
    return {
        "another client's name": gateway.form(iss="other", sub="other"),
        "issued by another": gateway.form(iss="other"),
        "another name in the form": {**gateway.form(), "client_id": "other"},
        "another audience": gateway.form(aud="https://elsewhere.example/token"),
        "our issuer as audience": gateway.form(aud="shegong-api"),
        "several audiences": gateway.form(aud=[TOKEN_URL, "https://elsewhere.example/token"]),
        "expired": gateway.form(exp=at - 31),
        "for longer than five minutes": gateway.form(exp=at + 331),
        "no end": gateway.form(exp=None),
        "an end without end": gateway.form(exp=float("inf")),
        "no end that is a number": gateway.form(exp="2099"),
        "not yet": gateway.form(nbf=at + 60),
        "no id": gateway.form(jti=None),
        "a short id": gateway.form(jti="1"),
        "an id that is none": gateway.form(jti="x" * 129),
        "no key id": gateway.form(kid=None),
        "an unknown key id": gateway.form(kid="../../etc/passwd"),
        "a key id with a NUL": gateway.form(kid="one\x00"),
        "another's key": gateway.form(key=Ed25519PrivateKey.generate()),
        "another algorithm": gateway.form(key=ES, alg="ES256"),
        "none": {**good, "client_assertion": jwt.encode(claims, None, "none", {"kid": "one"})},
        "hmac with the public key": {**good, "client_assertion": hmac_token(claims, pem, "one", "JWT")},
        "not a token": {**good, "client_assertion": "a.b.c"},
        "another type": {**gateway.form(), "client_assertion_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"},
        "a secret": {"grant_type": good["grant_type"], "client_id": "machine", "client_secret": "x" * 43},
        "no proof": {"grant_type": good["grant_type"], "client_id": "machine", "client_secret": ""},
        "nobody": {"grant_type": good["grant_type"], "client_id": "mach\x00ine", "client_secret": "x"},
        "nothing": {"grant_type": good["grant_type"]},
    }


async def test_no_other_assertion_is_one(gateway):
    await gateway.machine("registry:read")
    for how, form in wrong(gateway).items():
        answer = await gateway.browser().post(TOKEN, data=form)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_client"), how
        assert answer.headers["content-type"] == "application/problem+json"
    for over, code in (
        ({"scope": "registry:read registry:write"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ):
        answer = await gateway.browser().post(TOKEN, data={**gateway.form(), **over})
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await gateway.events("MachineTokenIssued") == []


async def test_an_assertion_counts_once_until_after_its_end(gateway):
    """Many at once, and replayed at the last moment at which it might still pass for fresh; then it is forgotten."""
    await gateway.machine("registry:read")
    form = gateway.form()

    answers = await asyncio.gather(*(gateway.browser().post(TOKEN, data=form) for _ in range(10)))
    assert sorted(a.status_code for a in answers) == [200] + [401] * 9
    gateway.clock.forward(seconds=60 + 29)
    await clean(gateway.app.state.house)
    assert (await gateway.browser().post(TOKEN, data=form)).status_code == 401
    gateway.clock.forward(seconds=60)
    await clean(gateway.app.state.house)
    assert await gateway.fetch("select * from client_assertion") == []
    assert (await gateway.browser().post(TOKEN, data=form)).status_code == 401


async def test_a_key_is_replaced_without_a_stop(gateway):
    await gateway.machine("registry:read")
    await gateway.person("admin", "security_admin", at=JINAN)
    await gateway.person("second", "security_admin", at=JINAN)
    await gateway.person("other", "editor")
    admin, editor = await gateway.signed_in("admin"), await gateway.signed_in("other")
    second = await gateway.signed_in("second")
    public = {**json.loads(ECAlgorithm.to_jwk(ES.public_key())), "kid": "two", "use": "sig"}

    made = await admin.post(KEYS, json={"jwk": public})
    assert (made.status_code, made.json()["kid"], made.json()["jwk"].keys()) == (
        201,
        "two",
        {"kty", "crv", "x", "y", "kid"},
    )
    both = [gateway.form(), gateway.form(ES, "two", "ES256")]
    assert [(await gateway.browser().post(TOKEN, data=f)).status_code for f in both] == [200, 401], "it waits"
    assert (await second.post(f"{KEYS}/two/approve")).status_code == 200
    both = [gateway.form(), gateway.form(ES, "two", "ES256")]
    assert [(await gateway.browser().post(TOKEN, data=f)).status_code for f in both] == [200, 200]
    assert (await admin.delete(f"{KEYS}/one")).status_code == 204
    both = [gateway.form(), gateway.form(ES, "two", "ES256")]
    assert [(await gateway.browser().post(TOKEN, data=f)).status_code for f in both] == [401, 200]

    assert (await admin.post(KEYS, json={"jwk": public})).json()["code"] == "kid_taken"
    assert (await admin.delete(f"{KEYS}/one")).json()["code"] == "key_retired"
    assert (await editor.post(KEYS, json={"jwk": public})).status_code == 403
    assert (await editor.delete(f"{KEYS}/two")).status_code == 403
    listed = (await admin.get(KEYS)).json()["items"]
    assert [(k["kid"], k["retired_at"] is None) for k in listed] == [("two", True), ("one", False)]
    assert await gateway.events("ClientKeyRegistered") == ["client:machine"] * 2
    assert await gateway.events("ClientKeyRetired") == ["client:machine"]


RSA = {"kty": "RSA", "n": "x", "e": "AQAB"}
GOOD = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
NO_KEYS = [
    RSA,
    {**GOOD, "d": "x"},
    {**GOOD, "x": "!"},
    {**GOOD, "x": 1},
    {**GOOD, "crv": "X25519"},
    {"kty": "oct", "k": "eA"},
    {},
]


async def test_only_a_public_key_of_two_kinds_is_registered(gateway):
    await gateway.machine("registry:read")
    await gateway.person("admin", "security_admin", at=JINAN)
    admin = await gateway.signed_in("admin")
    for jwk in NO_KEYS:
        answer = await admin.post(KEYS, json={"jwk": jwk})
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_key"), jwk
    assert (await admin.post(KEYS.replace("machine", "nobody"), json={"jwk": GOOD})).status_code == 404
    assert (await admin.post(KEYS, json={"jwk": GOOD})).json()["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("sql", [
    "update machine_client set secret_hash = 'x'",
    """update client_key set jwk = jwk || '{"d": "x"}'""",
])  # fmt: skip
async def test_the_database_keeps_no_secret_but_the_demos(gateway, sql):
    await gateway.machine("registry:read")
    db = await gateway.app.state.database.connect()
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute(sql)
    await db.close()


async def test_what_is_withdrawn_is_gone_from_tokens_already_out(gateway):
    await gateway.machine("registry:read", "coverage:read")
    token = (await gateway.browser().post(TOKEN, data=gateway.form())).json()["access_token"]
    browser = gateway.browser(authorization=f"Bearer {token}")
    change = "update machine_client set scopes = '{coverage:read}'"
    for sql, expected in ((change, 200), ("update machine_client set disabled_at = now()", 401)):
        db = await gateway.app.state.database.connect()
        await db.execute(sql)
        await db.close()
        gateway.app.state.house.standings.forget()
        answer = await browser.get(ME)
        assert answer.status_code == expected
        if expected == 200:
            assert list(answer.json()["permissions"]) == ["coverage:read"]


def forged(clock) -> dict[str, str]:
    at = clock()
    claims = {
        "iss": "gateway", "aud": "shegong-api", "sub": "client:machine", "scope": "registry:read",
        "iat": at, "exp": at + timedelta(minutes=15), "jti": "1",
    }  # fmt: skip
    head = {"kid": GATEWAY.kid, "typ": "at+jwt"}
    pem = GATEWAY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    plain = {**claims, "iat": int(at.timestamp()), "exp": int(at.timestamp()) + 900}

    def signed(over: dict[str, object], key=GATEWAY.private, headers=head) -> str:
        return jwt.encode({**claims, **over}, key, algorithm="EdDSA", headers=headers)

    good = signed({})
    return {
        "another's signature": signed({}, keyring("registry").keys.private),
        "another audience": signed({"aud": "registry"}),
        "another issuer": signed({"iss": "registry"}),
        "expired": signed({"exp": at - timedelta(seconds=31)}),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, GATEWAY.private, "EdDSA", head),
        "no machine": signed({"sub": "account:1"}),
        "no scope": signed({"scope": None}),
        "an unknown machine": signed({"sub": "client:nobody"}),
        "alg none": jwt.encode(plain, None, "none", head),
        "hmac with the public key": hmac_token(plain, pem),
        "key by path": signed({}, headers={**head, "kid": "../../etc/passwd"}),
        "another's token of this kind": jwt.encode(
            {**claims, "iss": "registry"}, keyring("registry").keys.private, "EdDSA", {**head, "kid": "registry-1"}
        ),
        "an actor token": sign_actor(keyring("gateway"), an_actor("x"), "gateway"),
        "a service token": keyring("registry").as_service("gateway"),
        "a front token": keyring("dashboard").sign("gateway", "x", {"address": "192.0.2.1"}, kind="front"),
        "changed": good[:-4] + "AAAA",
        "not a token": "a.b.c",
        "no session": "x" * 43,
    }


async def test_a14_no_other_token_opens_the_door(gateway):
    await gateway.machine("registry:read")
    own = (await gateway.browser().post(TOKEN, data=gateway.form())).json()["access_token"]
    assert (await gateway.browser(authorization=f"Bearer {own}").get(ME)).status_code == 200, "the control"
    for how, token in forged(gateway.clock).items():
        answer = await gateway.browser(authorization=f"Bearer {token}").get(ME)
        assert answer.status_code == 401, how
    assert (await gateway.browser(authorization="Basic abc").get(ME)).status_code == 401
    assert (
        await gateway.browser(**{"x-actor": an_actor("registry:read", name="a").model_dump_json()}).get(ME)
    ).status_code == 401


async def test_the_published_key_verifies_a_token(gateway):
    await gateway.machine("registry:read")
    token = (await gateway.browser().post(TOKEN, data=gateway.form())).json()["access_token"]

    [key] = (await gateway.browser().get("/api/v1/auth/jwks")).json()["keys"]

    claims = jwt.decode(
        token,
        jwt.PyJWK(key).key,
        algorithms=["EdDSA"],
        audience="shegong-api",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["sub"] == "client:machine"
    assert "d" not in key


async def test_a_machine_has_no_sessions(gateway):
    await gateway.machine("registry:read")
    token = (await gateway.browser().post(TOKEN, data=gateway.form())).json()["access_token"]

    answer = await gateway.browser(authorization=f"Bearer {token}").get("/api/v1/auth/sessions")

    assert (answer.status_code, answer.json()["code"]) == (403, "people_only")


async def test_keys_are_changed_by_whoever_administers_all_that_the_client_reaches(gateway):
    """A district's administrator would otherwise read the whole city through another's client."""
    await gateway.machine("registry:read")
    await gateway.person("admin", "security_admin", at=LICHENG)
    admin = await gateway.signed_in("admin")

    assert (await admin.post(KEYS, json={"jwk": GOOD})).status_code == 404
    gateway.clock.forward(minutes=6)
    await gateway.person("chief", "security_admin", at=JINAN)
    chief = await gateway.signed_in("chief")
    gateway.clock.forward(minutes=6)
    assert (await chief.post(KEYS, json={"jwk": GOOD})).json()["code"] == "step_up_required"
    assert len(await gateway.fetch("select from client_key")) == 1  # its own, from the start


@pytest.mark.parametrize("kid", ["a b", "\x00", "k" * 129, 7, "键", "a/b", ".."])
async def test_the_id_of_a_key_is_short_and_plain(gateway, kid):
    await gateway.machine("registry:read")
    await gateway.person("admin", "security_admin", at=JINAN)
    admin = await gateway.signed_in("admin")

    answer = await admin.post(KEYS, json={"jwk": {**GOOD, "kid": kid}})

    assert answer.status_code == 422
    assert (await admin.delete(f"{KEYS}/%00")).status_code == 422
