"""Every coverage route: the numbers it answers, who may ask, and how it refuses."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import asyncpg
import httpx
import pytest

from gateway.coverage import api
from gateway.coverage.targets import load_packs
from services.contracts.coverage import ChildValues, Coverage, Explanation, Indicators, Series, Status, TargetList
from services.contracts.facts import Fact, SubjectState
from services.contracts.metrics import Metric
from services.kernel.actor import Actor, bearer
from services.kernel.app import make_app
from services.kernel.db import database
from services.kernel.settings import DatabaseSettings
from tests.conftest import ROOT, client_of
from tests.coverage.conftest import fresh
from tests.coverage.histories import take
from tests.coverage.test_fold import CITY, DISTRICT, STREET, VILLAGE, ZONE
from tests.coverage.world import base_world
from tests.keys import an_actor, keyring

ON = "2025-12-31"
OFFICIAL = {
    "city": an_actor("coverage:read", "registry:read", "training:read"),
    "street": an_actor("coverage:read", "registry:read", at=STREET),
    "clerk": an_actor("registry:read"),
}


async def actor_of(request: httpx.Request) -> Actor:
    return OFFICIAL[bearer(request)]


@pytest.fixture(scope="module")
async def told(scratch) -> AsyncIterator[None]:
    """Two districts of two streets of two villages. STREET lies in the zone and has a station since 2021-11-01."""
    db = await asyncpg.connect(scratch, server_settings={"search_path": "coverage, public"})
    await fresh(db)
    divisions = {code: {**d, "zone": ZONE if code.startswith(STREET[:9]) else None} for code, d in base_world().items()}
    divisions[ZONE]["counts"] = False
    await take(db, "registry", [state(f"division:{c}", record=d) for c, d in divisions.items()])
    units = [c for c in divisions if c != ZONE and c.startswith("3701")]
    await take(db, "registry", [state(f"unit:{c}", fact(Metric.UNIT, c, date(2000, 1, 1))) for c in units])
    opened = fact(Metric.POINT_OPEN, STREET, date(2021, 11, 1))
    served = fact(Metric.SERVICE_DELIVERED, VILLAGE, date(2025, 12, 1), date(2026, 3, 1))
    people = [fact(Metric.CERTIFIED_PEOPLE, c, date(2022, 1, 1)) for c in (STREET, VILLAGE, "370102001000")]
    await take(db, "registry", [state("service_point:1", opened), state("service_point:2", opened)])
    await take(db, "registry", [state(f"person:{n}", f) for n, f in enumerate(people)])
    await take(db, "coordination", [state("task:1", served)])
    hours = [fact(Metric.HOURS_ATTENDED, STREET, date(y, 6, 1), amount=a) for y, a in ((2024, 40), (2025, 30))]
    staff = fact(Metric.STAFF_IN_SCOPE, STREET, date(2020, 1, 1))
    await take(db, "training", [state("person:1", *hours, staff)])
    guide = fact(Metric.SUPERVISORS, STREET, date(2020, 1, 1))
    await take(
        db,
        "training",
        [state("supervisor:1", guide), state("supervisor:2", guide, guide), state("supervisor:3", guide)],
    )
    await db.execute("insert into feed_cursor (source, position, followed_at) values ('registry', '1', now())")
    await db.execute("insert into feed_cursor (source, silent_since) values ('training', now() - interval '5 minutes')")
    await db.execute("insert into feed_parked (source, subject, item, reason) values ('registry', 'x', '{}', 'bad')")
    await load_packs(db)
    yield
    await db.close()


def state(subject: str, *facts: Fact, record=None) -> SubjectState:
    return SubjectState(subject=subject, facts=list(facts), record=record)


def fact(metric: Metric, division: str, start: date, end: date | None = None, amount: int = 1) -> Fact:
    return Fact(metric=metric, division=division, start=start, end=end, amount=amount)


@pytest.fixture(scope="module")
async def door(told, scratch) -> AsyncIterator[httpx.AsyncClient]:
    settings = DatabaseSettings(keys=ROOT, database_url=scratch, read_url=scratch)
    opened = database(settings, search_path="coverage, public")
    await opened.open()
    app = make_app(
        "gateway", api.router, settings=settings, keyring=keyring("gateway"), database=opened, actor_of=actor_of
    )
    async with client_of(app, authorization="Bearer city") as client:
        yield client
    await opened.close()


async def ask(door, path: str, model, **query):
    answer = await door.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return model.model_validate_json(answer.content)


async def coverage_of(door, division: str, **query) -> Coverage:
    return await ask(door, f"/coverage/{division}", Coverage, **{"on": ON, **query})


def rows(tiers) -> dict[str, tuple[int, ...]]:
    return {t.tier.value: (t.units, t.established, t.effective, t.served) for t in tiers}


async def test_coverage_of_the_city(door):
    found = await coverage_of(door, CITY)

    assert rows(found.tiers) == {
        "city": (1, 0, 0, 0), "district": (2, 0, 0, 0), "street": (5, 1, 0, 0), "village": (9, 0, 0, 1),
    }  # fmt: skip
    assert [c.code for c in found.children] == ["370100001000", DISTRICT, "370102000000", ZONE]
    assert (found.division.name, found.path, found.map.value) == (f"区划{CITY}", [], "then")
    assert found.unrecorded == [], "somebody has recorded a service"
    assert [(s.service, s.state.value) for s in found.sources] == [
        ("registry", "fresh"), ("coordination", "away"), ("procurement", "away"),
    ]  # fmt: skip


async def test_coverage_of_a_zone_is_that_of_its_streets(door):
    found = await coverage_of(door, ZONE)

    assert rows(found.tiers) == {"street": (1, 1, 0, 0), "village": (2, 0, 0, 1)}
    assert [c.code for c in found.children] == [STREET]
    assert [p.code for p in found.path] == [CITY]


async def test_coverage_of_a_street_shows_each_village(door):
    found = await coverage_of(door, STREET)

    assert {c.code: rows(c.tiers)["village"] for c in found.children} == {
        VILLAGE: (1, 0, 0, 1), "370101001002": (1, 0, 0, 0),
    }  # fmt: skip
    assert [p.code for p in found.path] == [CITY, DISTRICT]


async def test_coverage_on_another_day(door):
    assert rows((await coverage_of(door, STREET, on="2021-10-31")).tiers)["street"] == (1, 0, 0, 0)
    assert rows((await coverage_of(door, STREET, on="2199-12-31")).tiers)["street"] == (1, 1, 0, 0)
    assert rows((await coverage_of(door, STREET, on="1999-12-31")).tiers)["street"] == (0, 0, 0, 0)


async def test_a_tier_shows_its_target(door):
    street = {t.tier.value: t.target for t in (await coverage_of(door, STREET)).tiers}["street"]
    tiers = {t.tier.value: t.target for t in (await coverage_of(door, CITY)).tiers}

    assert (street.status.value, street.achieved_on, street.due) == ("achieved", date(2021, 11, 1), date(2021, 12, 31))
    assert (tiers["street"].status.value, tiers["street"].achieved_on, tiers["street"].value) == ("missed", None, 100)
    assert (tiers["village"].status.value, tiers["village"].value) == ("cannot_tell", None)


async def test_an_unchanged_answer_is_304(door):
    first = await door.get(f"/coverage/{CITY}", params={"on": ON})

    second = await door.get(f"/coverage/{CITY}", params={"on": ON}, headers={"if-none-match": first.headers["etag"]})

    assert (second.status_code, second.content, first.headers["cache-control"]) == (304, b"", "private")


async def test_indicators_of_the_city(door):
    found = {i.id: i for i in (await ask(door, f"/indicators/{CITY}", Indicators, on=ON)).items}

    people, hours, street = found["certified_people"], found["annual_training_hours"], found["coverage_street"]
    assert (people.value, people.target.status.value, people.target.gap) == (
        3,
        "behind",
        -14997,
    )
    assert (hours.value, hours.numerator, hours.denominator) == (30, 30, 1)
    assert (street.value, street.numerator, street.denominator) == (20, 1, 5)
    assert found["average_pay"].target.status.value == "cannot_tell"
    assert found["practice_fields"].value is None


async def test_flows_are_counted_in_the_period_asked_for(door):
    found = await ask(door, f"/indicators/{CITY}", Indicators, **{"on": ON, "from": "2024-01-01", "to": "2025-12-31"})

    assert {i.id: i.value for i in found.items}["annual_training_hours"] == 70


async def test_a_district_is_not_asked_for_the_city(door):
    found = {i.id: i for i in (await ask(door, f"/indicators/{DISTRICT}", Indicators, on=ON)).items}

    assert "coverage_city" not in found
    assert found["certified_people"].target is None
    assert found["coverage_street"].target.value == 100


async def test_an_indicator_of_every_division_below_is_the_one_that_each_answers_itself(door):
    for id in ("certified_people", "coverage_street", "annual_training_hours", "coverage_district"):
        found = await ask(door, f"/indicators/{CITY}/children", ChildValues, on=ON, id=id)
        for child in found.items:
            own = {i.id: i for i in (await ask(door, f"/indicators/{child.code}", Indicators, on=ON)).items}
            if id in own:
                target = own[id].target
                assert (child.value, child.numerator) == (own[id].value, own[id].numerator)
                assert child.status.value == (target.status.value if target else "no_target")
        assert found.whole.value == {i.id: i for i in (await indicators_of(door, CITY)).items}[id].value


async def test_a_share_that_is_no_indicator_is_read_below_as_well(door):
    found = await ask(door, f"/indicators/{CITY}/children", ChildValues, on=ON, id="served@village")
    villages = await ask(door, f"/indicators/{STREET}/children", ChildValues, on=ON, id="established@village")
    query = {"division": CITY, "from": "2025-11-01", "to": "2025-12-31"}
    series = await ask(door, "/indicators/served@village/series", Series, **query)

    assert (found.whole.name, found.whole.unit) == ("村居有服务比例", "%")
    assert [(p.metric, p.since) for p in found.whole.parts] == [("served@village", None), ("exists@village", None)]
    rows = {c.code: (c.numerator, c.denominator, c.value) for c in found.items}
    assert rows[DISTRICT] == (1, 4, 25)
    assert rows[ZONE] == (1, 2, 50)
    assert [p.value for p in series.points] == [0, Decimal("11.11")]
    assert villages.whole.id == "coverage_village", "the pack has this share"
    assert {c.status.value for c in villages.items} == {"cannot_tell"}


async def indicators_of(door, division: str) -> Indicators:
    return await ask(door, f"/indicators/{division}", Indicators, on=ON)


async def test_a_series_has_the_end_of_each_step(door):
    query = {"division": STREET, "from": "2021-09-15", "to": "2021-12-15", "step": "month"}
    found = await ask(door, "/indicators/coverage_street/series", Series, **query)

    assert [(p.day.isoformat(), p.value) for p in found.points] == [
        ("2021-09-30", 0), ("2021-10-31", 0), ("2021-11-30", 100), ("2021-12-15", 100),
    ]  # fmt: skip


async def test_a_series_shows_the_plan(door):
    query = {"division": CITY, "from": "2022-01-01", "to": "2025-12-31", "step": "year"}
    found = await ask(door, "/indicators/certified_people/series", Series, **query)

    assert [p.plan for p in found.points][::3] == [10000, 15000]
    assert [p.plan for p in found.points][1] == Decimal("11665.15")


async def test_targets_of_the_city_and_of_a_district(door):
    city = {(t.indicator, t.due): t for t in (await ask(door, "/targets", TargetList, on=ON)).items}
    district = {
        (t.indicator, t.due): t for t in (await ask(door, "/targets", TargetList, on=ON, division=DISTRICT)).items
    }

    key = ("certified_people", date(2022, 12, 31))
    assert (city[key].status.value, city[key].value, city[key].baseline) == ("missed", 10000, 6494)
    assert (district[key].status.value, district[key].value) == ("no_target", None)
    assert district["coverage_street", date(2021, 12, 31)].status.value == "missed"
    assert len(city) == len(district) == 23


async def test_the_second_pack_runs(door):
    found = await ask(door, "/targets", TargetList, on="2027-06-30", pack="demo-2030")

    assert {t.pack for t in found.items} == {"demo-2030"}
    assert {t.indicator: t.status.value for t in found.items if t.due.year == 2028}["certified_people"] == "behind"


async def test_all_pages_of_an_explanation_add_up(door):
    query = {"metric": "certified_people", "division": CITY, "on": ON, "limit": 2}
    first = await ask(door, "/explain", Explanation, **query)
    second = await ask(door, "/explain", Explanation, **query, cursor=first.next)

    assert [len(first.items), len(second.items), second.next] == [2, 1, None]
    assert sum(i.amount for i in (*first.items, *second.items)) == first.total == 3
    assert {i.record for i in first.items} == {"/api/v1/registry/people/0", "/api/v1/registry/people/1"}
    assert first.outside is None


BAD_CURSORS = [
    ("coverage_street", [40000, 1]),
    ("coverage_street", [10**30, 1]),
    ("coverage_street", ["40000", "1"]),
    ("coverage_street", ["9" * 40, 1]),
    ("coverage_street", [1, 2**63]),
    ("coverage_street", [-1, 1]),
    ("coverage_street", [True, 1]),
    ("certified_people", [1, "2020-01-01", "2020-01-01", "\x00"]),
    ("certified_people", [1, "2020-01-01", "2020-01-01", "\ud800"]),
    ("certified_people", ["9" * 40, "2020-01-01", "2020-01-01", "x"]),
    ("certified_people", [1, "20200101x", "2020-01-01", "x"]),
]


@pytest.mark.parametrize(("metric", "key"), BAD_CURSORS)
async def test_a_cursor_that_no_page_gave_is_refused(door, metric, key):
    cursor = urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")

    answer = await door.get("/explain", params={"metric": metric, "division": CITY, "on": ON, "cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), answer.text


async def test_facts_alike_are_neither_skipped_nor_shown_twice(door):
    query, found, cursor = {"metric": "supervisors", "division": CITY, "on": ON, "limit": 1}, [], None
    while cursor is not None or not found:
        page = await ask(door, "/explain", Explanation, **query, **({"cursor": cursor} if cursor else {}))
        found, cursor = [*found, *page.items], page.next

    assert [(i.subject, i.amount) for i in found] == [("supervisor:1", 1), ("supervisor:2", 2), ("supervisor:3", 1)]


async def test_what_lies_outside_the_own_area_is_only_counted(door):
    query = {"metric": "certified_people", "division": CITY, "on": ON}
    answer = await door.get("/explain", params=query, headers={"authorization": "Bearer street"})

    found = Explanation.model_validate_json(answer.content)
    assert ([i.division for i in found.items], found.outside.facts, found.outside.amount) == ([STREET, VILLAGE], 1, 1)


async def test_without_a_services_permission_all_its_facts_are_outside(door):
    query = {"metric": "hours_attended", "division": CITY, "on": ON, "from": "2025-01-01"}
    answer = await door.get("/explain", params=query, headers={"authorization": "Bearer street"})

    found = Explanation.model_validate_json(answer.content)
    assert (found.items, found.total, found.outside.amount) == ([], 30, 30)


async def test_coverage_is_explained_by_units_and_their_facts(door):
    found = await ask(door, "/explain", Explanation, metric="established@street", division=CITY, on=ON)

    [unit] = found.items
    assert (unit.subject, unit.amount, found.total) == (f"division:{STREET}", 1, 1)
    assert sorted(f.subject for f in unit.facts if f.metric == "point_open") == ["service_point:1", "service_point:2"]
    assert unit.record == f"/api/v1/registry/divisions/{STREET}"


async def test_presence_is_explained_by_units(door):
    found = await ask(door, "/explain", Explanation, metric="point_open", division=CITY, on=ON)

    assert ([(i.metric, i.division) for i in found.items], found.total) == ([("point_open@street", STREET)], 1)


async def test_a_ratio_is_explained_by_its_numerator(door):
    found = await ask(door, "/explain", Explanation, metric="annual_training_hours", division=CITY, on=ON)

    assert (found.metric, found.total, [i.amount for i in found.items]) == ("hours_attended", 30, [30])


async def test_status_is_public_and_says_what_is_away(door):
    answer = await door.get("/status", headers={"authorization": ""})

    found = Status.model_validate_json(answer.content)
    parts = {p.part: p for p in found.parts}
    assert (found.state.value, parts["registry"].state.value, parts["registry"].parked) == ("away", "fresh", 1)
    assert parts["training"].since is not None


PATHS = [
    f"/coverage/{CITY}", f"/indicators/{CITY}", f"/indicators/{CITY}/children?id=supervisors", "/targets",
    f"/explain?metric=certified_people&division={CITY}",
    f"/indicators/certified_people/series?division={CITY}&from=2025-01-01&to=2025-12-31",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_anonymous_is_401_and_a_wrong_role_403(door, path):
    anonymous = await door.get(path, headers={"authorization": ""})
    clerk = await door.get(path, headers={"authorization": "Bearer clerk"})

    assert (anonymous.status_code, clerk.status_code) == (401, 403)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/coverage/370199000000", 404, "no_such_division"),
        ("/coverage/3701", 422, None),
        ("/coverage/３７０１００００００００", 422, None),
        (f"/coverage/{CITY}?on=1948-12-31", 422, None),
        (f"/coverage/{CITY}?on=2200-01-01", 422, None),
        (f"/coverage/{CITY}?pack=none", 404, "unknown_pack"),
        (f"/coverage/{CITY}?map=yesterday", 422, None),
        (f"/indicators/{CITY}?from=2025-02-01&to=2025-01-01", 422, "period_reversed"),
        (f"/indicators/none/series?division={CITY}&from=2025-01-01&to=2025-02-01", 404, "unknown_indicator"),
        (
            f"/indicators/supervisors/series?division={CITY}&from=2020-01-01&to=2025-02-01&step=day",
            422,
            "too_many_points",
        ),
        (f"/indicators/{CITY}/children", 422, None),
        (f"/indicators/{CITY}/children?id=exists@street", 404, "unknown_indicator"),
        (f"/indicators/{CITY}/children?id=served@moon", 404, "unknown_indicator"),
        (f"/explain?metric=none&division={CITY}", 422, "unknown_metric"),
        (f"/explain?metric=unit@moon&division={CITY}", 422, "unknown_metric"),
        (f"/explain?metric=certified_people@street&division={CITY}", 422, "unknown_metric"),
        (f"/explain?metric=supervisors&division={CITY}&cursor=xx", 422, "bad_cursor"),
        (f"/explain?metric=supervisors&division={CITY}&cursor=WzEsMl0", 422, "bad_cursor"),
    ],
)
async def test_refusals_say_what_to_do(door, path, status, code):
    answer = await door.get(path)

    assert answer.status_code == status, answer.text
    assert answer.json()["detail"].endswith("。")
    assert code in (None, answer.json()["code"])
