"""Machine clients through the API: what opens a door wider waits for a second person, closing it holds at once."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gateway.identity.clients.rules import Held, widens
from services.kernel.clock import business_date
from tests.gateway.conftest import MACHINE
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
CLIENTS, TOKEN, ME = "/api/v1/clients", "/api/v1/auth/token", "/api/v1/auth/me"
ONE = f"{CLIENTS}/machine"
BECAUSE = {"reason": "演示"}
NEW = {"id": "machine", "name": "数据共享（演示）", "contact": "演示值班室", "divisions": [LICHENG],
       "scopes": ["registry:read", "coverage:read"], "reason": "数据共享协议"}  # fmt: skip
PUBLIC = {"encoding": Encoding.PEM, "format": PublicFormat.SubjectPublicKeyInfo}
STREET = "370112001000"


def said(answer):
    return answer.status_code, answer.json().get("code")


async def two(gateway, at=JINAN):
    await gateway.hears_of_divisions()
    for name in ("first", "second"):
        await gateway.person(name, "security_admin", at=at)
    return await gateway.signed_in("first"), await gateway.signed_in("second")


async def change(browser, client=ONE, **over):
    tag = (await browser.get(client)).headers["etag"]
    return await browser.patch(client, json={**BECAUSE, **over}, headers={"if-match": tag})


def way(shown, verb="approve"):
    [waits] = [c for c in shown.json()["changes"] if c["pending"]]
    return f"{ONE}/changes/{waits['id']}/{verb}"


async def token_of(gateway):
    answer = await gateway.browser().post(TOKEN, data=gateway.form())
    return answer.json().get("access_token")


def pem(key) -> str:
    return key.public_key().public_bytes(**PUBLIC).decode()


async def test_a_new_client_and_its_key_open_nothing_until_another_has_approved_each(gateway):
    first, second = await two(gateway)

    made = await first.post(CLIENTS, json=NEW)
    key = await first.post(f"{ONE}/keys", json={"pem": pem(MACHINE)})
    approving = f"{ONE}/keys/{key.json()['kid']}/approve"

    async def opened() -> bool:
        return (await gateway.browser().post(TOKEN, data=gateway.form(kid=key.json()["kid"]))).status_code == 200

    assert (made.status_code, made.json()["state"], made.json()["may"]) == (201, "pending", ["keys"])
    assert (key.status_code, key.json()["pending"], key.json()["may"]) == (201, True, ["end"])
    assert not await opened()
    assert said(await first.post(way(made))) == (409, "four_eyes")
    assert said(await first.post(approving)) == (409, "four_eyes")
    assert (await second.post(way(made))).json()["state"] == "in_force"
    assert not await opened(), "its key waits"
    assert (await second.post(approving)).json()["pending"] is False
    assert await opened()
    assert said(await second.post(approving)) == (409, "not_pending")
    shown = (await second.get(ONE)).json()
    assert (shown["keys"], shown["waiting"], shown["last_used_at"] is not None) == (1, 0, True)
    for kind in ("ClientCreated", "ClientChangeEntered", "ClientChangeApproved", "ClientKeyApproved"):
        assert await gateway.events(kind) == ["client:machine"]
    bodies = await gateway.fetch("select body::text as said from event")
    assert not any("值班室" in row["said"] for row in bodies)


UNTIL_BOTH_WAIT = """do $$ begin
  while (select count(distinct pid) from pg_locks where not granted) < 2 loop perform pg_sleep(0.002); end loop;
end $$"""


async def together(gateway, *questions):
    """Both have begun before either can go on."""
    db = await gateway.app.state.database.connect()
    await db.execute("begin; select from machine_client for update")
    asked = [asyncio.ensure_future(question) for question in questions]
    await db.execute(UNTIL_BOTH_WAIT, timeout=20)
    await db.execute("commit")
    await db.close()
    return await asyncio.gather(*asked)


async def test_of_two_approvals_at_once_one_counts(gateway):
    first, second = await two(gateway)
    await gateway.person("third", "security_admin", at=JINAN)
    third = await gateway.signed_in("third")
    made = await first.post(CLIENTS, json=NEW)
    key = (await first.post(f"{ONE}/keys", json={"pem": pem(MACHINE)})).json()

    for path in (way(made), f"{ONE}/keys/{key['kid']}/approve"):
        answers = await together(gateway, second.post(path), third.post(path))
        assert sorted(a.status_code for a in answers) == [200, 409]
    assert len(await gateway.events("ClientChangeApproved")) == len(await gateway.events("ClientKeyApproved")) == 1


async def test_a_disabled_clients_next_request_is_refused_and_two_let_it_in_again(gateway):
    await gateway.machine("registry:read", at=LICHENG)
    first, second = await two(gateway)
    machine = gateway.browser(authorization=f"Bearer {await token_of(gateway)}")
    assert (await machine.get(ME)).status_code == 200

    assert (await first.post(f"{ONE}/disable", json=BECAUSE)).json()["state"] == "disabled"
    assert (await machine.get(ME)).status_code == 401
    assert await token_of(gateway) is None
    assert said(await first.post(f"{ONE}/disable", json=BECAUSE)) == (409, "already_disabled")
    entered = await first.post(f"{ONE}/enable", json=BECAUSE)
    assert (entered.json()["state"], entered.json()["waiting"]) == ("disabled", 1)
    assert said(await second.post(f"{ONE}/enable", json=BECAUSE)) == (409, "change_waits")
    assert said(await first.post(way(entered))) == (409, "four_eyes")
    assert (await machine.get(ME)).status_code == 401
    assert (await second.post(way(entered))).json()["state"] == "in_force"
    assert (await machine.get(ME)).status_code == 200
    assert said(await second.post(f"{ONE}/enable", json=BECAUSE)) == (409, "not_disabled")


async def test_less_holds_at_once_and_more_waits(gateway):
    await gateway.machine("registry:read", "coverage:read", at=LICHENG)
    first, second = await two(gateway)
    machine = gateway.browser(authorization=f"Bearer {await token_of(gateway)}")

    async def held():
        gateway.app.state.house.standings.forget()
        return (await machine.get(ME)).json()["permissions"]

    less = await change(first, scopes=["coverage:read"], divisions=[STREET])
    assert (less.status_code, less.json()["waiting"]) == (200, 0)
    assert await held() == {"coverage:read": [STREET]}
    more = await change(first, scopes=["coverage:read", "registry:read"])
    assert (more.json()["scopes"], more.json()["waiting"]) == (["coverage:read"], 1)
    assert await held() == {"coverage:read": [STREET]}
    assert said(await change(second, divisions=[LICHENG])) == (409, "change_waits")
    assert (await second.post(way(more))).status_code == 200
    assert await held() == {"coverage:read": [STREET], "registry:read": [STREET]}
    assert await gateway.events("ClientNarrowed") == ["client:machine"]


async def test_what_was_asked_for_before_a_door_was_closed_cannot_open_it_again(gateway):
    await gateway.machine("registry:read", "coverage:read", at=LICHENG)
    first, second = await two(gateway)
    more = await change(first, divisions=[JINAN])

    assert (await change(first, scopes=["coverage:read"])).json()["waiting"] == 0
    assert said(await second.post(way(more))) == (409, "not_pending")
    more = await change(first, divisions=[JINAN])
    await second.post(f"{ONE}/disable", json=BECAUSE)
    assert said(await second.post(way(more))) == (409, "not_pending")
    assert (await first.get(ONE)).json()["divisions"] == [LICHENG]


async def test_what_is_sent_back_is_not_approved_afterwards(gateway):
    first, second = await two(gateway)
    made = await first.post(CLIENTS, json=NEW)

    assert (await second.post(way(made, "end"), json=BECAUSE)).json()["state"] == "disabled"
    assert said(await second.post(way(made))) == (409, "not_pending")
    assert await gateway.events("ClientChangeEnded") == ["client:machine"]


async def test_a_client_ends_on_its_day_and_not_later_without_a_second_one(gateway):
    await gateway.machine("registry:read", at=LICHENG)
    first, second = await two(gateway)
    machine, today = gateway.browser(authorization=f"Bearer {await token_of(gateway)}"), business_date(gateway.clock())
    tomorrow = (today + timedelta(days=1)).isoformat()

    assert said(await change(first, end=today.isoformat())) == (422, "end_is_past")
    assert (await change(first, end=tomorrow)).json()["end"] == tomorrow
    assert (await change(second, end=None)).json()["end"] == tomorrow, "longer waits"
    assert (await machine.get(ME)).status_code == 200
    gateway.clock.forward(days=1)
    gateway.app.state.house.standings.forget()
    assert await token_of(gateway) is None
    assert said(await machine.get(ME)) == (401, "signed_out"), "with the token from before, too"
    admin = await gateway.signed_in("first")
    assert (await admin.get(ONE)).json()["state"] == "ended"
    assert [c["id"] for c in (await admin.get(f"{CLIENTS}?state=ended")).json()["items"]] == ["machine"]


def test_wider_is_whatever_was_not_there_before():
    now = Held(["a", "b"], [LICHENG], None)
    end = date(2026, 12, 1)

    assert not widens(now, now)
    assert not widens(now, Held(["a"], [STREET, LICHENG], end))
    assert widens(now, Held(["a", "c"], [LICHENG], None))
    assert widens(now, Held(["a"], [JINAN], None))
    assert widens(Held([], [LICHENG], end), Held([], [LICHENG], None))
    assert widens(Held([], [LICHENG], end), Held([], [LICHENG], end + timedelta(days=1)))


async def test_only_whoever_administers_all_that_a_client_reaches_changes_it(gateway):
    await gateway.machine("registry:read", at=JINAN)
    district, other = await two(gateway, at=LICHENG)
    await gateway.person("chief", "security_admin", at=JINAN)
    chief = await gateway.signed_in("chief")
    more = await change(chief, scopes=["registry:read", "coverage:read"])

    for answer in (
        await district.post(f"{ONE}/disable", json=BECAUSE), await district.get(ONE),
        await district.patch(ONE, json=BECAUSE | {"contact": "别人"}, headers={"if-match": more.headers["etag"]}),
        await other.post(way(more)),
        await district.post(CLIENTS, json=NEW | {"id": "wider", "divisions": [JINAN]}),
    ):  # fmt: skip
        assert said(answer) == (404, "not_found")
    assert (await district.post(CLIENTS, json=NEW | {"id": "own"})).status_code == 201
    own = f"{CLIENTS}/own"
    assert said(await change(district, own, divisions=[JINAN])) == (404, "not_found")


async def test_a_client_holds_what_machines_may_and_the_policy_knows(gateway):
    first, _ = await two(gateway)
    for over, code in (
        ({"scopes": ["registry:reveal"]}, "people_only_scope"), ({"scopes": ["no:such"]}, "unknown_scope"),
        ({"end": business_date(gateway.clock()).isoformat()}, "end_is_past"), ({"id": "A b"}, "invalid"),
        ({"divisions": ["370199000000"]}, "no_such_division"), ({"divisions": ["37"]}, "invalid"),
        ({"scopes": []}, "invalid"), ({"contact": ""}, "invalid"), ({"id": "new"}, "client_id_reserved"),
        ({"scopes": ["procurement:pay"]}, "people_only_scope"), ({"scopes": ["registry:review"]}, "people_only_scope"),
    ):  # fmt: skip
        assert said(await first.post(CLIENTS, json=NEW | over)) == (422, code), over
    scopes = [s["id"] for s in (await first.get("/api/v1/client-scopes")).json()["items"]]
    assert "verify" in scopes
    assert "registry:reveal" not in scopes


async def test_of_two_who_enter_one_client_the_second_is_told_that_it_waits(gateway):
    first, second = await two(gateway)

    answers = await asyncio.gather(first.post(CLIENTS, json=NEW), second.post(CLIENTS, json=NEW))

    made, refused = sorted(answers, key=lambda a: a.status_code)
    assert (made.status_code, said(refused)) == (201, (409, "client_waits"))
    assert "“machine”已经录入，正在等待另一名安全管理员复核" in refused.json()["detail"]
    by = first if made.request.headers["authorization"] == second.headers["authorization"] else second
    assert (await by.post(way(made))).status_code == 200
    assert said(await first.post(CLIENTS, json=NEW)) == (409, "client_id_taken")


async def test_nothing_is_changed_without_the_version_that_was_read(gateway):
    await gateway.machine("registry:read")
    first, _ = await two(gateway)
    body = BECAUSE | {"contact": "演示值班室"}

    assert said(await first.patch(ONE, json=body)) == (428, "if_match_missing")
    assert (await change(first, contact="演示值班室")).json()["contact"] == "演示值班室"
    assert said(await first.patch(ONE, json=body, headers={"if-match": '"1"'})) == (412, "stale_version")
    assert said(await change(first, contact="演示值班室")) == (409, "nothing_changed")


ORDERS = [("POST", CLIENTS, NEW), ("POST", f"{ONE}/disable", BECAUSE), ("POST", f"{ONE}/enable", BECAUSE),
          ("POST", f"{ONE}/keys/one/approve", None), ("DELETE", f"{ONE}/keys/one", None),
          ("PATCH", ONE, BECAUSE | {"scopes": ["verify"]}),
          ("POST", f"{ONE}/changes/{'0' * 8}-0000-7000-8000-{'0' * 12}/approve", None),
          ("POST", f"{ONE}/changes/{'0' * 8}-0000-7000-8000-{'0' * 12}/end", BECAUSE)]  # fmt: skip


async def test_every_order_wants_a_security_administrator_and_a_fresh_proof(gateway):
    await gateway.machine("registry:read")
    first, _ = await two(gateway)
    await gateway.person("system", "system_admin", at=JINAN)
    system = await gateway.signed_in("system")
    machine = gateway.browser(authorization=f"Bearer {await token_of(gateway)}")
    gateway.clock.forward(minutes=6)

    for method, path, body in ORDERS:
        assert said(await first.request(method, path, json=body)) == (403, "step_up_required"), path
        assert said(await system.request(method, path, json=body)) == (403, "permission_missing"), path
        assert said(await machine.request(method, path, json=body)) == (403, "permission_missing"), path
    assert (await system.get(CLIENTS)).status_code == 200
    assert said(await machine.get(CLIENTS)) == (403, "permission_missing")


async def test_the_database_itself_wants_two_people_and_one_change_at_a_time(gateway):
    first, _ = await two(gateway)
    await first.post(CLIENTS, json=NEW)
    await first.post(f"{ONE}/keys", json={"pem": pem(MACHINE)})
    own = (await first.get(ME)).json()["id"]
    db = await gateway.app.state.database.connect()
    for table in ("client_change", "client_key"):
        for approver in (own, "client:machine", "seed"):
            with pytest.raises(asyncpg.CheckViolationError):
                await db.execute(f"update {table} set approved_by = $1, approved_at = now()", approver)
        with pytest.raises(asyncpg.GeneratedAlwaysError):
            await db.execute(f"update {table} set pending = false")
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("""
insert into client_change (client_id, kind, scopes, divisions, reason, entered_by, entered_at)
select client_id, kind, scopes, divisions, reason, entered_by, now() from client_change""")
    await db.close()


async def test_a_key_is_pasted_in_pem_or_as_jwk_and_never_a_private_one(gateway):
    await gateway.machine("registry:read")
    first, second = await two(gateway)
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    curve = ec.generate_private_key(ec.SECP256R1())

    answer = await first.post(f"{ONE}/keys", json={"pem": pem(curve)})
    assert (answer.status_code, answer.json()["jwk"]["crv"]) == (201, "P-256")
    assert len(answer.json()["fingerprint"]) == 64
    for body, code in (
        ({"pem": private}, "wrong_key"), ({"pem": "x"}, "wrong_key"), ({"pem": "甲\x00"}, "wrong_key"),
        ({"pem": pem(ec.generate_private_key(ec.SECP384R1()))}, "wrong_key"),
        ({"pem": pem(rsa.generate_private_key(65537, 2048))}, "wrong_key"),
        ({}, "invalid"), ({"pem": pem(curve), "jwk": answer.json()["jwk"]}, "invalid"),
    ):  # fmt: skip
        assert said(await first.post(f"{ONE}/keys", json=body)) == (422, code), body
    assert (await second.delete(f"{ONE}/keys/{answer.json()['kid']}")).status_code == 204
    assert said(await second.post(f"{ONE}/keys/{answer.json()['kid']}/approve")) == (409, "not_pending")


async def test_clients_are_found_page_by_page_with_the_names_of_their_divisions(gateway):
    first, _ = await two(gateway)
    for id in ("a_1", "a_2", "ab3"):
        assert (await first.post(CLIENTS, json=NEW | {"id": id})).status_code == 201

    one = (await first.get(CLIENTS, params={"search": "A_", "limit": 1})).json()
    rest = (await first.get(CLIENTS, params={"search": "A_", "limit": 1, "cursor": one["next"]})).json()
    assert [c["id"] for c in one["items"] + rest["items"]] == ["a_1", "a_2"]
    assert rest["next"] is None
    assert one["items"][0]["places"] == [{"code": LICHENG, "name": "历城区"}]
    assert len((await first.get(CLIENTS, params={"waiting": True})).json()["items"]) == 3
    assert (await first.get(CLIENTS, params={"waiting": False})).json()["items"] == []
    assert said(await first.get(f"{CLIENTS}/nobody")) == (404, "not_found")
