"""What every endpoint gets from the kernel: refusals in Chinese, one transaction, no write by GET."""

import asyncio
import json

import asyncpg
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import TypeAdapter, ValidationError

from services.contracts.days import Day
from services.kernel import envelope, incoming, problems
from services.kernel.actor import ACTOR, sign_actor
from tests.conftest import client_of
from tests.kernel.probe import PROBE, a_probe
from tests.keys import an_actor, keyring, signed_by, signed_for

pytestmark = pytest.mark.anyio
WRITER = an_actor("registry:write")
THING = {"name": "站点"}


@pytest.fixture
async def probe(databases, training):
    db = await asyncpg.connect(databases.owner("training"))
    await db.execute(PROBE)
    yield client_of(a_probe(training), **signed_for("training", WRITER))
    await db.execute("drop table probe")
    await db.close()


async def rows(training) -> int:
    async with training.hot() as db:
        return await db.fetchval("select count(*) from probe")


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        ("{", 400, "not_json", "JSON"),
        ('{"name": "a", "name": "b"}', 400, "not_json", "重复的字段“name”"),
        ("[" * 3000, 413, "too_large", "上限"),
        ('{"name": "a\\u0000b"}', 422, "invalid", "控制字符"),
        ('{"name": "a\\ud800"}', 422, "invalid", "name"),
        ('{"name": "a", "amount": 1e400}', 422, "invalid", "amount"),
        ('{"name": "a", "amount": "NaN"}', 422, "invalid", "amount"),
        ('{"name": "a", "count": "１１"}', 422, "invalid", "整数"),
        ('{"name": "a", "division": "370100000000"}', 422, "invalid", "不认识的字段"),
        ('{"name": "   "}', 422, "invalid", "至少"),
        ("{}", 422, "invalid", "缺少必填项"),
        ('"a"', 422, "invalid", "对象"),
        ("null", 422, "invalid", "请"),
        ('{"a":' * 300 + "1" + "}" * 300, 422, "invalid", "name"),
        ("\xff{}", 400, "unreadable", "UTF-8"),
        ('{"name": "' + "长" * 101 + '"}', 422, "invalid", "最多"),
    ],
)
async def test_a_bad_body_is_refused_in_chinese_and_nothing_is_written(probe, training, body, status, code, says):
    answer = await probe.post(
        "/things",
        content=body.encode("latin-1" if "\xff" in body else "utf-8"),
        headers={"content-type": "application/json"},
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"] + str(answer.json()["errors"])
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert await rows(training) == 0


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
async def test_u22_json_is_utf_8_and_nothing_else(probe, training, encoding):
    body = '{"name": "甲"}'.encode(encoding)
    answer = await probe.post("/things", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert await rows(training) == 0


async def test_u22_a_length_of_thousands_of_digits_is_too_large(probe):
    headers = {"content-type": "application/json", "content-length": "9" * 5000}
    answer = await probe.post("/things", content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_body_of_another_type_is_415(probe):
    answer = await probe.post("/things", content=b"name=a", headers={"content-type": "text/plain"})

    assert (answer.status_code, answer.json()["code"]) == (415, "wrong_type")


async def test_a_body_whose_length_is_not_declared_is_cut_at_the_limit(probe):
    async def endless():
        for _ in range(100):
            yield b"x" * 1024

    answer = await probe.post("/things", content=endless(), headers={"content-type": "application/json"})

    assert answer.status_code == 413


async def test_a_commit_that_fails_is_never_answered_with_success(probe, training):
    first = await probe.post("/things", json={**THING, "note": "同一个"})
    second = await probe.post("/things", json={**THING, "note": "同一个"})

    assert (first.status_code, second.status_code, second.json()["code"]) == (201, 409, "constraint")
    assert await rows(training) == 1


@pytest.mark.parametrize("path", ["/writes/by-session", "/writes/by-connection"])
async def test_get_cannot_write(probe, training, path):
    assert (await probe.get(path)).status_code == 500
    assert await rows(training) == 0


async def test_a_bug_says_nothing_of_its_insides(probe):
    answer = await probe.get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_request_has_a_deadline(monkeypatch, training):
    monkeypatch.setattr(envelope.Envelope.__init__, "__kwdefaults__", {"deadline": 0.1})

    answer = await client_of(a_probe(training)).get("/slow")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_body_that_stops_coming_is_not_awaited(monkeypatch, training):
    monkeypatch.setattr(incoming, "IDLE_SECONDS", 0.1)

    async def stalled():
        yield b'{"name": '
        await asyncio.sleep(10)

    probe = client_of(a_probe(training), **signed_for("training", WRITER))
    for kind in ("application/json", "multipart/form-data; boundary=x"):
        answer = await probe.post("/things", content=stalled(), headers={"content-type": kind})

        assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow"), answer.text
        assert answer.headers["connection"] == "close"


async def test_a_body_that_drips_has_a_deadline_as_a_whole(monkeypatch, training):
    monkeypatch.setattr(incoming, "WHOLE_SECONDS", 0.2)

    async def dripping():
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    probe = client_of(a_probe(training), **signed_for("training", WRITER))
    answer = await probe.post("/things", content=dripping(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")


@pytest.mark.parametrize("given", ["370112199001011234", "a-request-id-of-mine", "A" * 32, "0" * 31])
async def test_a_request_id_is_taken_only_as_the_gateway_makes_it(probe, given):
    made = "0f8fad5bd9cb469fa165708677289502"

    assert (await probe.get("/health", headers={"x-request-id": made})).headers["x-request-id"] == made
    assert len((await probe.get("/health", headers={"x-request-id": given})).headers["x-request-id"]) == 32


def test_a_format_is_explained_in_words():
    def said(kind: str, **context: object) -> str:
        return problems.sentence({"type": kind, "msg": "", "ctx": context})

    assert said("string_pattern_mismatch", pattern="^[0-9]{12}$") == "格式不对，应为 12 位数字的区划代码"
    assert said("string_pattern_mismatch", pattern="^[A-Z]+$") == "格式不对"
    assert said("enum", expected="'city', 'district' or 'street'") == "只能是 city、district、street"
    assert said("literal_error", expected="'yes' or 'no'") == "只能是 yes、no"
    with pytest.raises(ValidationError) as wrong:
        TypeAdapter(Day).validate_python("2100-01-01")
    assert problems.sentence(wrong.value.errors()[0]) == "应小于 2100-01-01"


async def test_no_such_address_and_no_such_method_are_problems(probe):
    assert (await probe.get("/nowhere")).json()["code"] == "no_such_address"
    assert (await probe.put("/things")).json()["code"] == "method_not_allowed"


async def test_thirty_at_once_under_one_key_have_one_effect(probe, training):
    key = {"idempotency-key": "0001-0001"}
    answers = await asyncio.gather(*(probe.post("/things/once", json=THING, headers=key) for _ in range(30)))

    assert {a.status_code for a in answers} == {201}
    assert sum("idempotency-replayed" in a.headers for a in answers) == 29
    assert await rows(training) == 1


async def test_a_key_is_required_and_is_for_one_body(probe, training):
    key = {"idempotency-key": "0001-0001"}
    assert (await probe.post("/things/once", json=THING)).status_code == 428
    assert (await probe.post("/things/once", json=THING, headers=key)).status_code == 201
    other = await probe.post("/things/once", json={"name": "另一个"}, headers=key)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await rows(training) == 1


Pair = tuple[str | None, str | None]  # whose process calls, and for whom


def pairs() -> dict[str, Pair]:
    """Of two tokens each that is not both good; the last are the door's own, told by their names apart."""
    gateway, registry = keyring("gateway"), keyring("registry")
    service, actor = gateway.as_service("training"), sign_actor(gateway, WRITER, "training")
    other = sign_actor(registry, WRITER, "training")
    said = jwt.decode(other, options={"verify_signature": False})
    in_its_name = jwt.encode(
        {**said, "iss": "gateway", "azp": "gateway"},
        registry.keys.private,
        "EdDSA",
        {"kid": "registry-1", "typ": "actor+jwt"},
    )
    return {
        "no service token": (None, actor),
        "no actor token": (service, None),
        "neither": (None, None),
        "an actor token for both": (actor, actor),
        "a service token for both": (service, service),
        "a machine's token as service": (gateway.encode(decoded(service), "at+jwt"), actor),
        "a machine's token as actor": (service, gateway.encode(decoded(actor), "at+jwt")),
        "another service signs the actor": (registry.as_service("training"), other),
        "another service signs, the gateway calls": (service, other),
        "another service signs as the gateway": (registry.as_service("training"), in_its_name),
        "another service brings what the gateway signed": (registry.as_service("training"), actor),
        "a service in another's name": (registry.sign("training", "service:gateway", kind="service"), actor),
        "an actor for another service": (service, sign_actor(gateway, WRITER, "registry")),
        "a call to another service": (gateway.as_service("registry"), actor),
        "nobody in it": (service, gateway.sign("training", WRITER.id, {"azp": "gateway"}, kind="actor")),
        **{f"service, {how}": (bad, actor) for how, bad in tampered(service).items()},
        **{f"actor, {how}": (service, bad) for how, bad in tampered(actor).items()},
    }


def decoded(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


def tampered(good: str) -> dict[str, str]:
    gateway, registry = keyring("gateway").keys, keyring("registry").keys
    pem = gateway.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, signature = good.split(".")
    claims, typ = decoded(good), jwt.get_unverified_header(good)["typ"]

    def signed(over: dict[str, object], key=gateway.private, kid: str = gateway.kid) -> str:
        left = {k: v for k, v in {**claims, **over}.items() if v is not None}
        return jwt.encode(left, key, "EdDSA", {"kid": kid, "typ": typ})

    return {
        "none": jwt.encode(claims, None, algorithm="none", headers={"kid": gateway.kid, "typ": typ}),
        "hmac with the public key": hmac_token(claims, pem, gateway.kid, typ),
        "expired": signed({"exp": 1}),
        "ninety seconds ahead": signed({"iat": claims["iat"] + 90, "exp": claims["exp"] + 90}),
        "no expiry": signed({"exp": None}),
        "several audiences": signed({"aud": ["training", "registry"]}),
        "another's key id": signed({}, registry.private),
        "unknown key id": signed({}, kid="../../etc/passwd"),
        "body changed": f"{head}.{body[:-2]}xx.{signature}",
        "empty": "",
        "not a token": "a.b",
    }


def hmac_token(claims: dict[str, object], pem: bytes, kid: str = "gateway-1", typ: str = "at+jwt") -> str:
    """The classic confusion, made by hand: the library itself refuses to."""
    import base64
    import hashlib
    import hmac

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    signed = f"{part({'alg': 'HS256', 'typ': typ, 'kid': kid})}.{part(claims)}"
    seal = hmac.digest(pem, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"


async def test_a14_only_both_tokens_together_open_a_business_address(probe, training):
    """Each other pair is refused, and nothing is written."""
    plain = client_of(probe._transport.app)
    for how, (service, actor) in pairs().items():
        named = {"authorization": service and f"Bearer {service}", ACTOR: actor}
        answer = await plain.post("/things", json=THING, headers={k: v for k, v in named.items() if v is not None})
        assert answer.status_code == 401, how

    assert await rows(training) == 0
    assert (await probe.post("/things", json=THING)).status_code == 201  # the control


async def test_an_unsigned_header_is_nobody(probe):
    plain = client_of(probe._transport.app)
    answer = await plain.post(
        "/things", json=THING, headers={"x-actor": an_actor("registry:write", name="a").model_dump_json()}
    )

    assert answer.status_code == 401


async def test_the_wrong_role_is_403(probe):
    reader = signed_for("training", an_actor("registry:read"))
    answer = await probe.post("/things", json=THING, headers=reader)

    assert (answer.status_code, answer.json()["params"]) == (403, {"permission": "registry:write"})
    assert "registry" not in answer.json()["detail"]


async def test_internal_addresses_are_for_services_only(probe):
    plain, actor = client_of(probe._transport.app), probe.headers[ACTOR]
    assert (await plain.get("/internal/events")).status_code == 401
    assert (await plain.get("/internal/events", headers={"authorization": f"Bearer {actor}"})).status_code == 401
    assert (await probe.get("/internal/events", headers=signed_by("gateway", "registry"))).status_code == 401
    assert (await probe.get("/internal/events", headers=signed_by("gateway", "training"))).status_code == 200


async def test_vital_signs(probe):
    assert (await probe.get("/health")).json()["state"] == "alive"
    assert (await probe.get("/ready")).json()["state"] == "ready"
    assert 'http_requests_total{method="GET",route="/ready",status="200"}' in (await probe.get("/metrics")).text
    assert (await probe.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})).status_code == 404


async def test_without_a_database_a_request_is_503_and_may_be_tried_again(databases):
    from services.kernel.db import database

    away = databases.settings("training").model_copy(
        update=dict.fromkeys(("database_url", "read_url"), "postgresql://a:b@127.0.0.1:1/c")
    )
    opened = database(away)
    await opened.open()
    probe = client_of(a_probe(opened), **signed_for("training", WRITER))

    for answer in (
        await probe.post("/things", json=THING),
        await probe.get("/writes/by-connection"),
        await probe.get("/ready"),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), answer.text
    await opened.close()


async def test_a_task_that_dies_is_begun_again(monkeypatch):
    import asyncio as aio

    from services.kernel import app as kernel_app

    monkeypatch.setattr(kernel_app, "RESURRECTION_SECONDS", 0)
    lives = []

    async def mortal(app):
        lives.append(app)
        if len(lives) < 3:
            raise ZeroDivisionError

    await aio.wait_for(kernel_app.kept_alive(mortal, a_probe(None)), 1)
    assert len(lives) == 3
