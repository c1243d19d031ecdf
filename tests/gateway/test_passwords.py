"""What a password must be like, under the two profiles that contradict each other."""

import secrets
from datetime import timedelta
from itertools import pairwise

import pytest

from gateway.identity.profiles import PROFILES, ProfileName, WeakPassword, check_password
from gateway.identity.seed import a_password
from tests.gateway.conftest import PASSWORD, a_gateway

pytestmark = pytest.mark.anyio
GOV, ASVS = PROFILES[ProfileName.GOV_L3], PROFILES[ProfileName.ASVS]
USERNAME = "district-112"
# What is refused, if anything: by `gov-l3`, by `asvs`.
GOOD, SHORT, COMMON, NAME, KINDS = None, "太短", "太常见", "用户名", "四类"
TABLE = [
    ("雨过天青 云破处 长短句 9", GOOD, GOOD),
    ("春江潮水连海平 2026", GOOD, GOOD),
    ("Correct horse 7 battery", GOOD, GOOD),
    ("Tr0ubling-Marmalade", GOOD, GOOD),
    ("river.Lantern.89.copper", GOOD, GOOD),
    ("x9#Kq2!mVz7$Lp", GOOD, GOOD),
    ("tu6k-9wqe-m3xa-7hpz", GOOD, GOOD),
    ("小桥流水人家，4 更天 寒窗", GOOD, GOOD),
    ("Ｗｉｎｔｅｒ４２ ｃａｎａｌ ｌａｍｐ", GOOD, GOOD),
    ("Mein Fahrrad hat 2 Räder", GOOD, GOOD),
    ("ленинград Река 47", GOOD, GOOD),
    ("a" + "长" * 3 + "密码可以很长" * 10 + " 7!", GOOD, GOOD),
    ("Zebra7Umbrella9Cactus", GOOD, GOOD),
    ("correct horse battery", KINDS, GOOD),
    ("correcthorsebatterystaple", KINDS, GOOD),
    ("大漠孤烟直长河落日圆春风", KINDS, GOOD),
    ("大漠孤烟直 长河落日圆 春风", KINDS, GOOD),
    ("lantern copper marmalade", KINDS, GOOD),
    ("LANTERN COPPER MARMALADE", KINDS, GOOD),
    ("marmalade7lantern", KINDS, GOOD),
    ("UMBRELLA77CACTUS", KINDS, GOOD),
    ("x9#Kq2!mVz7", SHORT, SHORT),
    ("太短了", SHORT, SHORT),
    ("", SHORT, SHORT),
    ("Ab1!Ab1!Ab1", SHORT, SHORT),
    ("district-112", NAME, NAME),
    ("District-112!", NAME, NAME),
    ("！District-112 2026", NAME, NAME),
    ("District-112District-112District-112", COMMON, COMMON),
    ("Password-1234", COMMON, COMMON),
    ("P a s s w o r d 1 2 3 4", COMMON, COMMON),
    ("P@ssw0rd2026!", COMMON, COMMON),
    ("Admin@12345678", COMMON, COMMON),
    ("1qaz@WSX3edc$RFV", COMMON, COMMON),
    ("Qwertyuiop123!", COMMON, COMMON),
    ("Shegong@2026Jinan", COMMON, COMMON),
    ("济南市民政局 2026!", COMMON, COMMON),
    ("Woaini-5201314!", COMMON, COMMON),
    ("１２３４５６７８９０１２", COMMON, COMMON),
    ("Aa1!Aa1!Aa1!", COMMON, COMMON),
    ("aaaaaaaaaaaaaa", COMMON, COMMON),
    ("abcdefghijklmn", COMMON, COMMON),
]


@pytest.mark.parametrize(("password", "gov", "asvs"), TABLE)
def test_a_password_is_taken_or_refused_by_each_profile(password, gov, asvs):
    for profile, says in ((GOV, gov), (ASVS, asvs)):
        if says is None:
            check_password(profile, password, USERNAME)
            continue
        with pytest.raises(WeakPassword, match=says) as refused:
            check_password(profile, password, USERNAME)
        assert refused.value.errors[0].field == "new"


def test_passwords_made_here_are_good_under_both(monkeypatch):
    for _ in range(50):
        for profile in PROFILES.values():
            check_password(profile, a_password(), USERNAME)
    drawn = iter("kvwzmhbxtfncrgpd" + "75d4784v8kfed327" + "2vwzmhbxtfncrgpd")
    monkeypatch.setattr(secrets, "choice", lambda _: next(drawn))
    assert a_password() == "2vwz-mhbx-tfnc-rgpd"  # not the one without a digit, nor the one of little but digits


async def test_sec_01_after_ninety_days_the_password_is_changed_before_anything_else(gateway):
    await gateway.person("official", "viewer")
    gateway.clock.forward(days=89, hours=23)
    early = await gateway.signed_in()
    assert (await early.get("/api/v1/auth/me")).json()["must_change_password"] is False
    gateway.clock.forward(hours=1)

    browser = await gateway.signed_in()
    refused = await browser.get("/api/v1/coverage/370100000000")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")

    await browser.post("/api/v1/auth/password", json={"old": PASSWORD, "new": "春江潮水连海平 2026"})
    assert (await browser.get("/api/v1/auth/me")).json()["must_change_password"] is False


async def test_asvs_a_password_does_not_grow_old(databases):
    async for gateway in a_gateway(databases, password_profile="asvs"):
        await gateway.person("official", "viewer")
        gateway.clock.forward(days=400)
        me = await (await gateway.signed_in()).get("/api/v1/auth/me")
        assert me.json()["must_change_password"] is False


async def test_none_of_the_last_five_passwords_comes_back(gateway):
    await gateway.person("official", "viewer")
    browser = await gateway.signed_in()
    used = [
        PASSWORD,
        *(f"{word} 江南可采莲 9" for word in ("春江潮水", "海上生明", "大漠孤烟", "长河落日", "小桥流水", "枯藤老树")),
    ]
    for old, new in pairwise(used):
        gateway.clock.forward(seconds=1)
        answer = await browser.post("/api/v1/auth/password", json={"old": old, "new": new})
        assert answer.status_code == 204, answer.text

    async def back_to(new: str) -> int:
        return (await browser.post("/api/v1/auth/password", json={"old": used[-1], "new": new})).status_code

    assert [await back_to(used[2]), await back_to(used[1])] == [422, 204]
    kept = await gateway.fetch("select hash from old_password")
    assert len(kept) == 5
    assert all(row["hash"].startswith("$argon2id$") for row in kept)
    assert timedelta(days=90) == GOV.age
