"""Signing in at the government's identity provider, against a real one in a process of its own (A15)."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.identity.federation import provider as asking
from gateway.identity.federation import states
from gateway.identity.federation.provider import Provider
from gateway.identity.federation.rules import NotVouchedFor, ProviderAway, may_be_asked
from gateway.identity.upkeep import clean
from gateway.settings import Oidc
from tests.gateway.conftest import a_gateway
from tests.keys import JINAN, LICHENG
from tests.running import free_port, serving

pytestmark = pytest.mark.anyio
START, FINISH, MAPPINGS = "/api/v1/auth/oidc/start", "/api/v1/auth/oidc/finish", "/api/v1/federation/mappings"
BACK = "http://127.0.0.1:8080/login/oidc/callback"
MAPPING = {"claim": "department", "value": "社工科", "role": "reviewer", "divisions": [LICHENG], "reason": "演示"}
SUBJECT = "9f-1"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    code = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import oidc_provider_mock, werkzeug.serving\n"
        f"werkzeug.serving.run_simple('127.0.0.1', {port}, oidc_provider_mock.app(), threaded=True)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{address}/jwks", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


@dataclass
class There:
    """The provider, and the person at the browser."""

    gateway: object
    issuer: str

    def knows(self, **claims: object) -> None:
        httpx.put(f"{self.issuer}/users/{SUBJECT}", json=claims, trust_env=False).raise_for_status()

    async def begun(self, **params: str) -> dict[str, str]:
        answer = await self.gateway.browser().get(START, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def agreed(self, location: str, **other: str) -> dict[str, str]:
        """What the browser brings back when she has signed in there; `other` is changed on the way."""
        parts = urlsplit(location)
        query = urlencode(dict(parse_qsl(parts.query)) | other)
        answer = httpx.post(urlunsplit(parts._replace(query=query)), data={"sub": SUBJECT}, trust_env=False)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def finished(self, back: dict[str, str]) -> httpx.Response:
        return await self.gateway.browser().post(FINISH, json=back)

    async def me(self) -> dict[str, object]:
        """The whole way."""
        answer = await self.finished(self.agreed((await self.begun())["location"]))
        assert answer.status_code == 200, answer.text
        browser = self.gateway.browser(authorization=f"Bearer {answer.json()['token']}")
        return (await browser.get("/api/v1/auth/me")).json() | {"session": answer.json()}


@pytest.fixture
async def there(databases, issuer):
    oidc = {"issuer": issuer, "client_id": "shegong", "client_secret": "s", "redirect_uri": BACK}
    async for gateway in a_gateway(databases, demo=True, oidc=oidc):
        await gateway.hears_of_divisions()
        yield There(gateway, issuer)
        await gateway.app.state.provider.http.aclose()


async def test_claims_grant_what_two_administrators_mapped_and_nothing_more(there):
    gateway = there.gateway
    for name in ("first", "second"):
        await gateway.person(name, "security_admin")
    first, second = await gateway.signed_in("first"), await gateway.signed_in("second")
    there.knows(name="王科长", department=["社工科", "人事科"])

    stranger = await there.me()
    assert (stranger["name"], stranger["permissions"]) == ("王科长", {})
    made = await first.post(MAPPINGS, json=MAPPING)
    assert made.status_code == 201, made.text
    assert (await there.me())["permissions"] == {}, "not approved yet"
    way = f"{MAPPINGS}/{made.json()['id']}"
    assert (await first.post(f"{way}/approve")).json()["code"] == "own_entry"
    assert (await second.post(f"{way}/approve")).status_code == 200

    granted = await there.me()
    assert (granted["id"], granted["permissions"]["registry:review"]) == (stranger["id"], [LICHENG])
    assert [g["role"] for g in granted["grants"]] == ["reviewer"]
    there.knows(name="王科长", department="人事科")
    old = gateway.browser(authorization=f"Bearer {granted['session']['token']}")
    assert (await there.me())["permissions"] == {}, "the claim is gone"
    assert (await old.get("/api/v1/auth/me")).json()["permissions"] == {}, "in the sessions she has, too"
    there.knows(department="社工科")
    assert (await there.me())["permissions"], "and back"
    assert (await second.post(f"{way}/end")).status_code == 200
    gateway.app.state.house.standings.forget()
    assert (await there.me())["permissions"] == {}
    assert len(await gateway.events("IdentityLinked")) == 1


async def test_no_administrator_comes_from_claims(there):
    gateway = there.gateway
    await gateway.person("first", "security_admin")
    first = await gateway.signed_in("first")
    for role in ("system_admin", "security_admin", "audit_admin", "nobody"):
        answer = await first.post(MAPPINGS, json=MAPPING | {"role": role})
        assert (answer.status_code, answer.json()["code"]) == (422, "role_not_mappable")
    assert (await first.post(MAPPINGS, json=MAPPING)).status_code == 201
    db = await gateway.app.state.database.connect()
    for change in ("role = 'audit_admin'", "approved_by = entered_by, approved_at = now()", "divisions = '{37_}'"):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(f"update federation_mapping set {change}")
    await db.execute("update federation_mapping set approved_by = 'another', approved_at = now()")
    there.knows(department="社工科")
    me = await there.me()
    changed = "role = 'audit_admin', role_class = 'audit', granter = 'operator'"
    by_hand = f"update role_grant set {changed} where account_id::text = $1"
    await db.execute(by_hand, str(me["id"]).removeprefix("account:"))
    await db.close()
    assert [g["role"] for g in (await there.me())["grants"]] == ["audit_admin"]


async def test_a_mapping_wants_a_fresh_proof_and_an_administrator_of_all_its_divisions(there):
    gateway = there.gateway
    for name, at in (("district", LICHENG), ("chief", JINAN)):
        await gateway.person(name, "security_admin", at=at)
    district, chief = await gateway.signed_in("district"), await gateway.signed_in("chief")
    wide = MAPPING | {"divisions": [JINAN]}
    assert (await district.post(MAPPINGS, json=wide)).status_code == 404
    made = (await chief.post(MAPPINGS, json=wide)).json()
    way = f"{MAPPINGS}/{made['id']}"
    assert (made["may"], made["role_name"]) == (["end"], "审核人员")
    assert (await district.get(MAPPINGS)).json()["items"] == []
    assert [(await district.post(f"{way}/{verb}")).status_code for verb in ("approve", "end")] == [404, 404]
    gateway.clock.forward(minutes=6)
    stale = [await chief.post(MAPPINGS, json=MAPPING), *[await chief.post(f"{way}/{v}") for v in ("approve", "end")]]
    assert [(a.status_code, a.json()["code"]) for a in stale] == [(403, "step_up_required")] * 3


async def test_a15_what_comes_back_counts_once_and_for_its_own_question(there):
    there.knows(name="王")
    ways = [await there.begun() for _ in range(4)]
    good = there.agreed(ways[0]["location"])
    assert (await there.finished(good)).status_code == 200
    elsewhere = await there.begun()
    tries = {
        "the same again": good,
        "a used code under a new state": {**good, "state": elsewhere["state"]},
        "another's code": {**there.agreed(ways[1]["location"]), "state": (await there.begun())["state"]},
        "another nonce": there.agreed(ways[2]["location"], nonce="x" * 43),
        "another provider": {**there.agreed(ways[3]["location"]), "iss": "https://evil.example"},
        "no code of theirs": {"code": "x", "state": (await there.begun())["state"]},
        "a state of nobody": {"code": "x", "state": "a.1.b"},
        "a state that was changed": {"code": "x", "state": elsewhere["state"][:-2] + "AA"},
        "no number in it": {"code": "x", "state": "…"},
    }
    for how, back in tries.items():
        answer = await there.finished(back)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_vouched_for"), how
    late = there.agreed((await there.begun())["location"])
    there.gateway.clock.forward(minutes=11)
    assert (await there.finished(late)).json()["params"] == {"reason": "too_late"}
    there.gateway.clock.forward(minutes=10)
    await clean(there.gateway.app.state.house)
    assert await there.gateway.fetch("select * from finished_sign_in") == []


async def test_whoever_is_sent_to_prove_herself_anew_has_done_so_since(there):
    began = int(there.gateway.clock().timestamp())
    expected = {("true", 60): 401, ("true", 0): 200, ("false", 60): 200}
    for (fresh, before), status in expected.items():
        there.knows(name="王", auth_time=began - before)
        answer = await there.finished(there.agreed((await there.begun(fresh=fresh))["location"]))
        assert answer.status_code == status, (fresh, before, answer.text)
        assert status == 200 or answer.json()["params"] == {"reason": "auth_time"}
        proved = await there.gateway.fetch("select proved_at from session order by id desc limit 1")
        assert status == 401 or proved[0]["proved_at"].timestamp() == began - before


async def test_a15_no_token_of_the_provider_opens_our_door_and_a_disabled_account_stays_out(there):
    there.knows(name="王")
    begun = await there.begun()
    form = {
        "grant_type": "authorization_code", "code": there.agreed(begun["location"])["code"], "redirect_uri": BACK,
        "client_id": "shegong", "client_secret": "s",
    }  # fmt: skip
    async with httpx.AsyncClient(trust_env=False) as http:
        tokens = (await http.post(f"{there.issuer}/oauth2/token", data=form)).json()
    for name in ("id_token", "access_token"):
        browser = there.gateway.browser(authorization=f"Bearer {tokens[name]}")
        assert (await browser.get("/api/v1/auth/me")).status_code == 401, name
    me = await there.me()
    db = await there.gateway.app.state.database.connect()
    await db.execute("update account set disabled_at = now()")
    await db.close()
    back = there.agreed((await there.begun())["location"])
    assert (await there.finished(back)).json()["code"] == "account_disabled"
    assert me["kind"] == "person"


OIDC = Oidc(issuer="https://id.example", client_id="shegong", redirect_uri="https://us.example/back", acr_values=["2"])
KEY, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


async def test_a14_a15_only_an_identity_token_for_us_and_for_this_question_is_read(there):
    """Each claim of the check wrong in turn; the control is the good one."""
    at = there.gateway.clock()
    now = int(at.timestamp())
    listed = jwt.PyJWK({**jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "k"}, "RS256")
    provider = Provider(OIDC, False, keys={"k": listed}, keys_at=time.monotonic())
    good = {"iss": OIDC.issuer, "aud": "shegong", "sub": "1", "nonce": "n", "iat": now, "exp": now + 60, "acr": "2"}

    def signed(over: dict[str, object], key: object = KEY, alg: str = "RS256", **head: str) -> str:
        said = {k: v for k, v in (good | over).items() if v is not None}
        return jwt.encode(said, key, alg, {"kid": "k"} | head)

    pem = "x" * 64
    wrong = [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": ["shegong", "other"]},
        {"aud": ["shegong", "other"], "azp": "other"}, {"azp": "other"}, {"nonce": "m"}, {"nonce": None},
        {"exp": now - 31}, {"exp": None}, {"exp": "x"}, {"iat": now + 31}, {"iat": None}, {"sub": None}, {"sub": ""},
        {"sub": "x" * 256}, {"acr": "1"}, {"acr": None},
    ]  # fmt: skip
    tokens = [signed(over) for over in wrong]
    tokens += [
        signed({}, OTHER),
        signed({}, typ="at+jwt"),
        signed({}, pem, "HS256"),
        jwt.encode(good, None, "none", {"kid": "k"}),
    ]
    tokens += [signed({}, kid="../../etc/passwd"), "", "a.b.c"]
    assert (await provider.read(signed({}), "n", at))["sub"] == "1"
    for token in tokens:
        with pytest.raises(NotVouchedFor):
            await provider.read(token, "n", at)
    await provider.http.aclose()


NOT_ASKED = [
    "http://id.example/x", "https://id.example.evil/x", "https://user@id.example/x", "https://evil.example/x",
    "http://127.0.0.1:1/x", "https://127.1/x", "https://0x7f000001/x", "https://[::ffff:127.0.0.1]/x",
    "https://169.254.169.254/x", "https://100.100.100.200/x", "file:///etc/passwd", "https:///x", "//id.example/x",
    "https://id。example/x", "https://id.example:8443/x",
]  # fmt: skip


def test_only_the_providers_own_addresses_are_asked():
    for url in NOT_ASKED:
        assert not may_be_asked(url, OIDC, demo=False), url
        assert not may_be_asked(url, OIDC, demo=True), url
    assert may_be_asked("https://id.example/x", OIDC, demo=False)
    named = OIDC.model_copy(update={"hosts": ["keys.example"]})
    assert may_be_asked("https://keys.example/x", named, demo=False)
    here = OIDC.model_copy(update={"issuer": "http://127.0.0.1:9"})
    assert may_be_asked("http://127.0.0.1:9/x", here, demo=True)
    assert not may_be_asked("http://127.0.0.1:9/x", here, demo=False)


async def test_a_provider_that_redirects_drips_floods_or_is_another_is_cut(monkeypatch):
    """Finding 16: a time limit of the client alone is none."""
    monkeypatch.setattr(asking, "DEADLINE_SECONDS", 0.4)
    hits: list[str] = []
    mode = "redirect"

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        hits.append(scope["path"])
        head = {"type": "http.response.start", "status": 302 if mode == "redirect" else 200}
        await send(head | {"headers": [(b"location", b"/elsewhere")]})
        for _ in range(100 if mode in ("drip", "flood") else 0):
            await send(
                {"type": "http.response.body", "body": b" " * (65536 if mode == "flood" else 1), "more_body": True}
            )
            await asyncio.sleep(0.05 if mode == "drip" else 0)
        said = (
            b'{"issuer": "https://evil.example", "authorization_endpoint": "x", "token_endpoint": "x", "jwks_uri": "x"}'
        )
        await send({"type": "http.response.body", "body": said if mode == "another" else b"{"})

    async with serving(app) as address:
        provider = Provider(OIDC.model_copy(update={"issuer": address}), demo=True)
        for mode, reason in (  # noqa: B007 - the app reads it
            ("redirect", "status 302"), ("drip", "TimeoutError"), ("flood", "too large"), ("broken", "not JSON"),
            ("another", "another issuer"),
        ):  # fmt: skip
            with pytest.raises(ProviderAway) as refusal:
                await provider.described()
            assert refusal.value.params["reason"] == reason
        await provider.http.aclose()
    assert set(hits) == {"/.well-known/openid-configuration"}


def test_a_sign_in_begun_before_the_gateways_key_was_replaced_can_be_finished(monkeypatch):
    from services.kernel.clock import now

    monkeypatch.setattr(states, "derived", lambda *_: (b"1" * 32,))
    begun = states.begin(None, now())
    monkeypatch.setattr(states, "derived", lambda *_: (b"2" * 32, b"1" * 32))
    assert states.resumed(None, begun.state, now()) == begun
