"""Whether a certificate is registered: by a link, by numbers, by a status list; and never more than that."""

import json
from datetime import date, datetime

import pytest

from services.contracts.verification import WORDS, Verdict
from services.kernel import clock
from services.registry.verification import jws, sd_jwt, status_list
from services.registry.verification.checking import Finding, checked, issuer_of
from services.registry.verification.rules import INVALID, SUSPENDED
from services.registry.verification.tokens import token_hash
from tests.keys import LIXIA, an_issuer
from tests.registry.factories import an_id_number
from tests.registry.test_disclosure import events
from tests.registry.verifying import NOW, NUMBER, Register, gateway, made, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def app(app):
    app.dependency_overrides |= {clock.now: lambda: NOW, clock.today: lambda: clock.business_date(NOW)}
    return app


@pytest.fixture
def register(registry):
    return Register(registry)


def asking(*items: dict, **over: object) -> dict:
    return {"purpose": "employment", "items": list(items), **over}


# ── a link ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_link_says_how_it_stands_and_nobodys_name_or_number(client, city, register):
    registration = await register.enrolled(name="欧阳演示")

    proof = await made(city, registration)
    said = await opened(client, proof["url"])

    assert said == {
        "verdict": "valid", "word": "有效", "level": "social_worker", "valid_from": "2024-06-01",
        "valid_to": "2027-05-31", "name": "欧*", "management_number": "2023************0001",
        "as_of": "2026-11-24T04:00:00Z",
    }  # fmt: skip
    assert [e["body"]["kind"] for e in await events(client, "ProofIssued")] == ["link"]
    assert proof["url"].rpartition("/")[2] not in json.dumps(await events(client, "ProofIssued"))


async def test_a_link_is_long_at_random_and_kept_as_a_hash(city, register):
    registration = await register.enrolled()

    tokens = [(await made(city, registration))["url"].rpartition("/")[2] for _ in range(3)]

    rows = await register.fetch("select * from registration_proof order by number")
    assert len(set(tokens)) == 3
    assert min(map(len, tokens)) >= 27
    assert [r.token_hash for r in rows] == [token_hash(t) for t in tokens]
    assert not any(t in str(row) for t in tokens for row in rows)


async def test_a_withdrawn_link_says_so_and_no_more_and_the_next_one_counts(client, city, register):
    registration = await register.enrolled()
    lost, kept = await made(city, registration), await made(city, registration)

    answer = await city.post(f"/proofs/{lost['id']}/withdraw")
    again = await city.post(f"/proofs/{lost['id']}/withdraw")
    newest = await made(city, registration, replace=True)

    assert (answer.status_code, answer.json()["may"]) == (200, [])
    assert (again.status_code, again.json()["code"]) == (409, "proof_already_withdrawn")
    assert await opened(client, lost["url"]) == {
        **dict.fromkeys(("level", "valid_from", "valid_to", "name", "management_number")),
        "verdict": "withdrawn", "word": "凭证已作废", "as_of": "2026-11-24T04:00:00Z",
    }  # fmt: skip
    assert (await opened(client, kept["url"]))["verdict"] == "withdrawn"
    assert (await opened(client, newest["url"]))["verdict"] == "valid"
    listed = (await city.get("/proofs", params={"registration_id": registration})).json()["items"]
    assert [p["withdrawn_at"] is None for p in listed] == [True, False, False]
    assert len(await events(client, "ProofWithdrawn")) == 2


async def test_each_state_has_a_word_of_its_own(client, city, register, app):
    """The same paper, as the years go by; the higher level of the same person; and a certificate declared void."""
    registration = await register.enrolled()
    url = (await made(city, registration))["url"]

    async def on(day: str) -> str:
        app.dependency_overrides[clock.today] = lambda: datetime.fromisoformat(day).date()
        return (await opened(client, url))["word"]

    found = [await on(d) for d in ("2024-05-31", "2024-06-01", "2027-05-31", "2027-06-01")]
    await register.higher()
    superseded = [await on(d) for d in ("2025-09-30", "2025-10-01")]
    await register.fetch("update certificate set ended_on = '2026-01-01' where level = 'social_worker' returning id")

    assert found == ["尚未生效", "有效", "有效", "已过期"]
    assert superseded == ["有效", "被更高等级取代"]
    assert [await on(d) for d in ("2025-12-31", "2026-01-01")] == ["被更高等级取代", "已撤销"]
    assert len({*WORDS.values()}) == len(Verdict)


@pytest.mark.parametrize(
    ("ended_as", "word"), [("cancelled", "已注销"), ("revoked", "已撤销"), ("superseded", "被更高等级取代")]
)
async def test_how_a_term_ended_early_is_said_from_that_day_on(client, city, register, app, ended_as, word):
    url = (await made(city, await register.enrolled()))["url"]
    await register.fetch(
        f"update registration set ended_as = '{ended_as}', granted_until = end_on, end_on = '2026-11-01' returning id"
    )

    found = [(await opened(client, url))["word"]]
    app.dependency_overrides[clock.today] = lambda: date(2026, 10, 31)
    found.append((await opened(client, url))["word"])

    assert found == [word, "有效"]


async def test_nothing_is_proved_of_a_registration_that_is_over(city, register):
    registration = await register.enrolled(term=(date(2021, 6, 1), date(2024, 6, 1)))

    for kind in ("link", "credential"):
        answer = await city.post(f"/registrations/{registration}/proofs", json={"kind": kind})
        assert (answer.status_code, answer.json()["code"]) == (409, "registration_not_in_force")
        assert "已过期" in answer.json()["detail"]


async def test_proofs_are_made_and_withdrawn_in_ones_own_area_only(client, city, register):
    registration = await register.enrolled()
    proof, elsewhere = await made(city, registration), client("registry:read", "registry:write", at=LIXIA)
    reader = client("registry:read")

    assert (await elsewhere.post(f"/registrations/{registration}/proofs", json={})).status_code == 404
    assert (await elsewhere.post(f"/proofs/{proof['id']}/withdraw")).status_code == 404
    assert (await elsewhere.get("/proofs", params={"registration_id": registration})).json()["items"] == []
    assert (await reader.post(f"/registrations/{registration}/proofs", json={})).status_code == 403
    assert (await opened(client, proof["url"]))["verdict"] == "valid"


async def test_what_is_no_token_finds_nothing(client, city, register):
    await made(city, await register.enrolled())

    for guess in ("x" * 27, "", "%", "_" * 27, "' or true--", "\x00", "\ud800", "长" * 10_000, NUMBER, an_id_number(1)):
        said = await opened(client, f"/{guess}")
        assert (said["verdict"], said["word"], said["name"]) == ("unknown", "查无此证", None)
    stranger = client("registry:read", "verify")
    stranger.headers["authorization"] = f"Bearer {stranger.headers['x-shegong-actor']}"
    assert (await stranger.get(f"/internal/verify/{'0' * 64}")).status_code == 401


# ── many numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_each_number_is_answered_in_its_place_twice_if_asked_twice_and_without_personal_data(client, register):
    await register.enrolled()
    await register.enrolled(2, number="2", term=None)
    items = [
        {"management_number": NUMBER}, {"id_number": an_id_number(1)}, {"management_number": f" ２{NUMBER[1:]} "},
        {"id_number": an_id_number(2)}, {"id_number": an_id_number(3)}, {"management_number": "2023%"},
        {"management_number": "_" * 20}, {"id_number": an_id_number(1), "id_type": "passport"},
    ]  # fmt: skip

    answer = await client("verify", at=LIXIA).post("/verifications", json=asking(*items))

    assert answer.status_code == 200, answer.text
    found = answer.json()["items"]
    assert [i["position"] for i in found] == list(range(8))
    assert [i["word"] for i in found] == ["有效"] * 3 + ["未登记"] + ["查无此证"] * 4
    assert {**found[0], "position": 0} == {**found[1], "position": 0}
    assert set(found[0]) == {"position", "verdict", "word", "level", "valid_from", "valid_to"}
    assert answer.headers["cache-control"] == "no-store"
    assert not any(secret in answer.text for secret in (an_id_number(1), NUMBER, "演示"))


async def test_a_thousand_numbers_are_one_statement_and_one_more_is_refused(client, register):
    await register.enrolled()
    many = [{"management_number": f"{NUMBER[:-4]}{n:04}"} for n in range(1000)]
    verifying = client("verify")

    answer = await verifying.post("/verifications", json=asking(*many))
    more = await verifying.post("/verifications", json=asking(*many, many[0]))

    assert [i["position"] for i in answer.json()["items"] if i["verdict"] != "unknown"] == [1]
    assert (more.status_code, more.json()["errors"][0]["field"]) == (422, "items")
    wrongs = (asking(), asking({}), asking({"management_number": "1", "id_number": "1"}), {"items": many[:1]})
    for wrong in (*wrongs, asking({"id_number": "1\x00"}), asking({"management_number": " "})):
        assert (await verifying.post("/verifications", json=wrong)).status_code == 422
    assert (await client("registry:read", "registry:write").post("/verifications", json=asking())).status_code == 403


async def test_who_asked_and_what_for_is_recorded_and_never_whose_numbers(client, register):
    await register.enrolled()
    items = [{"management_number": NUMBER}, {"id_number": an_id_number(1)}, {"id_number": an_id_number(9)}]

    answer = await client("verify", id="client:hospital").post("/verifications", json=asking(*items))

    [event] = await events(client, "VerificationsAnswered")
    said = {"verification_id": answer.json()["id"], "purpose": "employment", "asked": 3, "found": 2, "batch_id": None}
    assert (event["actor"], event["body"]) == ("client:hospital", said)
    assert not any(secret in str(event) for secret in (NUMBER, an_id_number(1), an_id_number(9)))


async def test_the_signed_answer_is_the_answer_and_names_the_question(client, register, app):
    await register.enrolled()
    answer = (await client("verify").post("/verifications", json=asking({"id_number": an_id_number(1)}))).json()
    known = issuer_of(an_issuer().published().model_dump())

    result = checked(answer["signed"], known, NOW)
    other = (await client("verify").post("/verifications", json=asking({"id_number": an_id_number(2)}))).json()

    assert result.finding is Finding.GENUINE
    assert result.claims["items"] == [{k: v for k, v in i.items() if v is not None} for i in answer["items"]]
    assert {k: result.claims[k] for k in ("id", "purpose", "on", "question", "iat", "iss")} == {
        **{k: answer[k] for k in ("id", "purpose", "on", "question")},
        "iat": int(NOW.timestamp()), "iss": "http://127.0.0.1:8000",
    }  # fmt: skip
    asked = json.dumps(
        [{"id_number": an_id_number(1), "id_type": "resident_id_card"}], sort_keys=True, separators=(",", ":")
    )
    assert answer["question"] == sd_jwt.digest(asked) != other["question"]


# ── credentials and their states ─────────────────────────────────────────────────────────────────────────────────────
async def listed(client, app) -> str:
    app.state.issuer.kept.clear()
    answer = await gateway(client).get("/internal/status-lists/0")
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_credential_is_genuine_until_its_state_changes(client, city, register, app):
    registration = await register.enrolled()
    known = issuer_of((await gateway(client).get("/internal/issuer-keys")).json())
    proof = await made(city, registration, "credential")
    credential = proof["credential"]

    fine = checked(credential, known, NOW, await listed(client, app))
    await register.higher()
    superseded = checked(credential, known, NOW, await listed(client, app))
    await city.post(f"/proofs/{proof['id']}/withdraw")
    withdrawn = checked(credential, known, NOW, await listed(client, app))

    assert fine.finding is Finding.GENUINE
    assert (fine.claims["name"], fine.claims["management_number"]) == ("演示甲", NUMBER)
    assert an_id_number(1) not in str(fine.claims)
    assert (superseded.finding, withdrawn.finding) == (Finding.SUSPENDED, Finding.REVOKED)
    hidden = sd_jwt.parts(credential)[0] + "~"
    assert "演示甲" not in jws.decoded(hidden.split(".")[1]).decode()
    assert checked(hidden, known, NOW, await listed(client, app)).finding is Finding.REVOKED


async def test_the_list_is_signed_dated_and_of_those_states_alone(client, city, register, app):
    registration = await register.enrolled()
    await made(city, registration, "link")  # takes a number, and no place that says anything
    await made(city, registration, "credential")
    lost = await made(city, registration, "credential")
    await city.post(f"/proofs/{lost['id']}/withdraw")

    claims = jws.opened(
        await listed(client, app), typ="statuslist+jwt", issuer="http://127.0.0.1:8000",
        keys=issuer_of(an_issuer().published().model_dump()).keys,
    )  # fmt: skip
    raw = status_list.unpacked(claims["status_list"]["lst"], bits=2)

    assert claims["sub"] == "http://127.0.0.1:8000/api/v1/status-lists/0"
    assert (claims["exp"] - claims["iat"], claims["ttl"]) == (86400, 300)
    assert [status_list.state_at(raw, n, bits=2) for n in range(5)] == [0, 0, 0, INVALID, 0]
    assert len(raw) == 32768
    assert (INVALID, SUSPENDED) == (1, 2)
    missing = await gateway(client).get("/internal/status-lists/7")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_status_list")
