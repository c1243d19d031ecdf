"""Other systems: what a token may be, and all that is not one."""

import base64
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.gateway.conftest import SECRET
from tests.kernel.test_requests import hmac_token
from tests.keys import JINAN, an_actor, keyring

pytestmark = pytest.mark.anyio
TOKEN, ME = "/api/v1/auth/token", "/api/v1/auth/me"
FORM = {"grant_type": "client_credentials", "client_id": "machine", "client_secret": SECRET}
GATEWAY = keyring("gateway")


async def test_a_machine_gets_what_it_is_granted(gateway):
    await gateway.machine("registry:read", "coverage:read", "no:longer:known")

    answer = await gateway.browser().post(TOKEN, data=FORM)
    token = answer.json()
    me = await gateway.browser(authorization=f"Bearer {token['access_token']}").get(ME)

    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 900, "coverage:read registry:read")
    assert answer.headers["cache-control"] == "no-store"
    assert me.json()["permissions"] == {"coverage:read": [JINAN], "registry:read": [JINAN]}
    assert (me.json()["id"], me.json()["kind"], me.json()["grants"]) == ("client:machine", "client", [])
    assert await gateway.events("MachineTokenIssued") == ["client:machine"]


async def test_it_may_ask_for_less_by_basic_too(gateway):
    await gateway.machine("registry:read", "coverage:read")
    basic = base64.b64encode(f"machine:{SECRET}".encode()).decode()

    form = {"grant_type": "client_credentials", "scope": "coverage:read"}
    answer = await gateway.browser(authorization=f"Basic {basic}").post(TOKEN, data=form)

    me = await gateway.browser(authorization=f"Bearer {answer.json()['access_token']}").get(ME)
    assert (answer.json()["scope"], list(me.json()["permissions"])) == ("coverage:read", ["coverage:read"])


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({"scope": "registry:read registry:write"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": "mach\x00ine"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
    ],
)
async def test_it_gets_nothing_else(gateway, over, status, code):
    await gateway.machine("registry:read")

    answer = await gateway.browser().post(TOKEN, data={**FORM, **over})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_is_withdrawn_is_gone_from_tokens_already_out(gateway):
    await gateway.machine("registry:read", "coverage:read")
    token = (await gateway.browser().post(TOKEN, data=FORM)).json()["access_token"]
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
    head = {"kid": "gateway", "typ": "at+jwt"}
    pem = GATEWAY.public["gateway"].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    plain = {**claims, "iat": int(at.timestamp()), "exp": int(at.timestamp()) + 900}

    def signed(over: dict[str, object], key=GATEWAY.private, headers=head) -> str:
        return jwt.encode({**claims, **over}, key, algorithm="EdDSA", headers=headers)

    good = signed({})
    return {
        "another's signature": signed({}, keyring("registry").private),
        "another audience": signed({"aud": "registry"}),
        "another issuer": signed({"iss": "registry"}),
        "expired": signed({"exp": at - timedelta(seconds=21)}),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, GATEWAY.private, "EdDSA", head),
        "no machine": signed({"sub": "account:1"}),
        "no scope": signed({"scope": None}),
        "an unknown machine": signed({"sub": "client:nobody"}),
        "alg none": jwt.encode(plain, None, "none", head),
        "hmac with the public key": hmac_token(plain, pem),
        "key by path": signed({}, headers={**head, "kid": "../../etc/passwd"}),
        "an actor token": GATEWAY.sign("gateway", "account:1", {"actor": an_actor("x").model_dump(mode="json")}),
        "a service token": keyring("registry").sign("gateway", "service:registry"),
        "a front token": keyring("dashboard").sign("gateway", "service:dashboard", {"address": "192.0.2.1"}),
        "changed": good[:-4] + "AAAA",
        "not a token": "a.b.c",
        "no session": "x" * 43,
    }


async def test_no_other_token_opens_the_door(gateway):
    await gateway.machine("registry:read")
    for how, token in forged(gateway.clock).items():
        answer = await gateway.browser(authorization=f"Bearer {token}").get(ME)
        assert answer.status_code == 401, how
    assert (await gateway.browser(authorization="Basic abc").get(ME)).status_code == 401
    assert (
        await gateway.browser(**{"x-actor": an_actor("registry:read", name="a").model_dump_json()}).get(ME)
    ).status_code == 401


async def test_the_published_key_verifies_a_token(gateway):
    await gateway.machine("registry:read")
    token = (await gateway.browser().post(TOKEN, data=FORM)).json()["access_token"]

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
    token = (await gateway.browser().post(TOKEN, data=FORM)).json()["access_token"]

    answer = await gateway.browser(authorization=f"Bearer {token}").get("/api/v1/auth/sessions")

    assert (answer.status_code, answer.json()["code"]) == (403, "people_only")
