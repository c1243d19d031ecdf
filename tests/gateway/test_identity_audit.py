"""The auditor reads who did what to whose account; nobody else does, and nothing secret stands there."""

from datetime import timedelta

import pytest

from services.contracts.identity_audit import KIND_NAMES
from services.kernel.clock import business_date
from tests.conftest import ROOT
from tests.gateway.conftest import PASSWORD
from tests.gateway.test_administration import ACCOUNTS, BECAUSE, EDITOR, GRANTS, admin, said
from tests.keys import LICHENG

pytestmark = pytest.mark.anyio
AUDIT = "/api/v1/audit/identity"


async def test_the_auditor_reads_who_did_what_to_whom_from_whom(gateway):
    await gateway.hears_of_divisions()
    person, security = await gateway.person("official", "viewer"), await admin(gateway, "security_admin")
    system, auditor = await admin(gateway, "system_admin"), await admin(gateway, "audit_admin")
    made = (await security.post(f"{ACCOUNTS}/{person}/grants", json=EDITOR)).json()
    await security.post(f"{GRANTS}/{made['id']}/end", json={"reason": "调离"})
    await system.post(f"{ACCOUNTS}/{person}/disable", json=BECAUSE)

    page = await auditor.get(AUDIT, params={"account": str(person)})
    disabled, ended, granted = page.json()["items"][:3]

    assert [e["kind_name"] for e in (disabled, ended, granted)] == ["停用账号", "结束授权", "授权"]
    assert (ended["actor_username"], ended["subject_username"]) == ("security_admin", "official")
    assert (disabled["actor_username"], disabled["body"]) == ("system_admin", {"reason": "演示"})
    assert all(e["role_name"] == "经办人员" for e in (ended, granted))
    assert all(e["places"] == [{"code": LICHENG, "name": "历城区"}] for e in (ended, granted))
    assert ended["body"]["reason"] == "调离"
    for other in (security, system):
        assert said(await other.get(AUDIT)) == (403, "permission_missing")


async def test_by_kind_and_day_page_by_page(gateway):
    auditor = await admin(gateway, "audit_admin")
    for name in ("a1", "a2", "a3"):
        await gateway.person(name)
    await gateway.browser().post("/api/v1/auth/login", json={"username": "a1", "password": "geheim"})
    today = business_date(gateway.clock())

    async def asked(**params):
        return (await auditor.get(AUDIT, params=params)).json()

    first = await asked(kind="AccountCreated", limit=3)
    second = await asked(kind="AccountCreated", limit=3, cursor=first["next"])
    assert [e["subject_username"] for e in first["items"] + second["items"]] == ["a3", "a2", "a1", "audit_admin"]
    assert second["next"] is None
    [refused] = (await asked(kind="SignInRefused"))["items"]
    assert (refused["actor_name"], refused["body"]["reason"]) == (None, "wrong_credentials")
    assert (await asked(to=str(today - timedelta(days=1)))) == {"items": [], "next": None}
    assert len((await asked(**{"from": str(today), "to": str(today)}))["items"]) == 6
    assert said(await auditor.get(AUDIT, params={"from": str(today), "to": "2020-01-01"})) == (422, "period_reversed")
    assert said(await auditor.get(AUDIT, params={"cursor": "x"})) == (422, "bad_cursor")
    everything = str(await asked())
    assert not any(secret in everything for secret in (PASSWORD, "geheim", "$argon2"))


def test_every_event_of_identity_has_a_chinese_name():
    """Whatever is recorded below gateway/identity."""
    contracts = [(ROOT / f"services/contracts/{name}.py").read_text() for name in (
        "administration", "identity", "federation", "client_keys", "clients")]  # fmt: skip
    code = "".join(p.read_text() for p in (ROOT / "gateway/identity").rglob("*.py"))
    classes = {
        line.split()[1].split("(")[0] for text in contracts for line in text.splitlines() if line[:6] == "class "
    }
    recorded = {name for name in classes if f"{name}(" in code and name.endswith(VERBS)} - {"Enrolled"}

    assert recorded >= {"GrantEndAsked", "AccountHandedOver", "ProofRefused"}
    assert recorded - KIND_NAMES.keys() == set()


VERBS = (
    "ed", "SignedIn", "SignedOut", "Linked", "Passed", "HandedOver", "SteppedUp", "Asked", "Declined",
)  # fmt: skip
