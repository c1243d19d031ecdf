"""The register at the size of a province: 1.5 million certificates, seeded by SQL; verified, looked up, listed.

`python -m tests.bench.register [CERTIFICATES]` alone; every figure is at so many questions at a time.
"""

import asyncio
import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import httpx
import uvloop

from services.contracts.divisions import subtree
from services.kernel.actor import ACTOR, Actor, sign_actor
from services.kernel.client import http_client
from services.kernel.key_folder import load_keyring
from tests.bench.row_security import addresses_of
from tests.bench.system import percentile
from tests.live import PROCESSES, Live, live_system

CERTIFICATES, EACH, AT_ONCE, SPARE = 1_500_000, 2_000, (1, 16), 70
CITY, DISTRICT, STREET = "370100000000", "370112000000", "370112001000"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国文斌玉红梅丹波辉志春燕宇浩然子涵欣怡佳琪思雨晨"

# Five people in six have one certificate, the sixth a higher one too. Invented numbers; ciphertexts of the right length
# that nobody can open; ids in the order of time, as they would be. Triggers and histories rest meanwhile.
SEED = (
    """
insert into person (id, id_type, id_number, id_masked, name, canonical, division, related_major, born_index)
select uid('a', n), 'resident_id_card', sha256(n::text::bytea) || sha256(n::text::bytea), '9990***********' || n % 10,
  name, name, division, false, substr(sha256(('b' || n)::bytea), 1, 20)
from (
  select n, d.code division, substr($2, 1 + (hashint8(n) & 1023) % length($2), 1)
    || substr($3, 1 + (hashint8(n + 7) & 65535) % length($3), 1)
    || case when n % 5 = 0 then '' else substr($3, 1 + (hashint8(n + 13) & 65535) % length($3), 1) end name
  from generate_series(1, $1::bigint * 5 / 6) n
  join (select code, row_number() over (order by code) - 1 place, count(*) over () every from division
        where tier in ('street', 'village')) d on d.place = n % d.every) s""",
    """
insert into person_index (blind, key_id, person_id)
select sha256(('i' || n)::bytea), 'i1', uid('a', n) from generate_series(1, $1::bigint * 5 / 6) n""",
    """
insert into certificate (id, person_id, level, management_number, approved_on)
select uid('b', n), uid('a', (n - 1) % ($1::bigint * 5 / 6) + 1),
  case when n > $1::bigint * 5 / 6 then 'social_worker' else 'assistant' end, '20200' || lpad(n::text, 12, '0'),
  date '2012-05-01' + (n % 5000)::int
from generate_series(1, $1::bigint) n""",
    """
insert into registration (id, person_id, certificate_id, start_on, end_on)
select uid('c', n), uid('a', (n - 1) % ($1::bigint * 5 / 6) + 1), uid('b', n), begun, (begun + interval '3 years')::date
from (select n, current_date - (n % 1200)::int begun from generate_series(1, $1::bigint) n) s""",
    """
insert into registration_proof (registration_id, kind, token_hash, issued_at, issued_by)
select uid('c', n), 'link', sha256(('bench-' || n)::bytea), now(), 'account:bench'
from generate_series(1, $1::bigint) n""",
)
UID = """
create function pg_temp.uid(kind text, n bigint) returns uuid language sql immutable as
$$ select ('0190000' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$"""
BARE = """
import asyncpg, contextlib, orjson, sys
from datetime import date
from fastapi import FastAPI, Response

@contextlib.asynccontextmanager
async def living(app):
    async with asyncpg.create_pool(sys.argv[1], min_size=4, max_size=8) as app.state.pool:
        yield

app = FastAPI(lifespan=living)

@app.get("/{hash}")
async def verify(hash: str) -> Response:
    async with app.state.pool.acquire() as db:
        row = await db.fetchrow("select * from proof_standing($1, $2)", bytes.fromhex(hash), date.today())
    return Response(orjson.dumps(dict(row)), media_type="application/json")

import uvicorn
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", access_log=False)
"""
Ask = Callable[[int], dict[str, object]]


async def seeded(dsn: str, certificates: int) -> float:
    """Seconds."""
    db, begun = await asyncpg.connect(dsn), time.monotonic()
    await db.execute("set session_replication_role = replica; set search_path = public, pg_temp")
    await db.execute(UID)
    for statement in SEED:
        told = statement.replace("uid(", "pg_temp.uid(")
        await db.execute(told, *(certificates, SURNAMES, GIVEN)[: 3 if "$3" in told else 1])
    await db.execute("vacuum analyze")
    await db.close()
    return time.monotonic() - begun


async def asked(base: str, ask: Ask, at_once: int, each: int = EACH) -> dict[str, float]:
    """The same order of questions each time; an answer that is none is an error."""
    turn, took = iter(range(each)), []
    async with http_client(base, connections=at_once) as http:

        async def asker() -> None:
            for n in turn:
                begun = time.perf_counter()
                answer = await http.request(**{"method": "GET", **ask(n)})  # type: ignore[arg-type]
                took.append(time.perf_counter() - begun)
                if answer.status_code != 200:
                    raise AssertionError(f"{answer.status_code} {answer.text[:300]}")

        begun = time.perf_counter()
        await asyncio.gather(*(asker() for _ in range(at_once)))
        whole = time.perf_counter() - begun
    return {
        "p50_ms": round(percentile(took, 0.5) * 1000, 2), "p99_ms": round(percentile(took, 0.99) * 1000, 2),
        "per_s": round(len(took) / whole),
    }  # fmt: skip


@contextmanager
def bare(dsn: str, port: int) -> Iterator[str]:
    """The least that could answer: the same question of the database by FastAPI and asyncpg."""
    process = subprocess.Popen([sys.executable, "-c", BARE, dsn, str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/openapi.json", trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def official(keys: Path, place: str) -> AsyncIterator[Callable[[], dict[str, str]]]:
    """The headers with which the gateway would bring somebody who may read there."""
    keyring = load_keyring(keys / "gateway", "gateway")
    actor = Actor(id="account:bench", name="bench", kind="person", may={"registry:read": (subtree(place),)})
    yield lambda: {
        "authorization": f"Bearer {keyring.as_service('registry')}", ACTOR: sign_actor(keyring, actor, "registry")
    }  # fmt: skip


def cases(certificates: int) -> dict[str, Callable[[random.Random], tuple[str, dict[str, str]]]]:
    def name(rng: random.Random) -> str:
        return rng.choice(SURNAMES) + rng.choice(GIVEN)

    return {
        "exact, management number": lambda r: ("/people", {"q": f"20200{r.randrange(1, certificates):012}"}),
        "name, surname and one more": lambda r: ("/people", {"q": name(r)}),
        "name, whole of three": lambda r: ("/people", {"q": name(r) + r.choice(GIVEN)}),
        "name, end": lambda r: ("/people", {"q": r.choice(GIVEN) + r.choice(GIVEN)}),
        "name, nobody's": lambda r: ("/people", {"q": "魑魅" + r.choice(GIVEN)}),
        "people, first page": lambda r: ("/people", {}),
        "certificates, first page": lambda r: ("/certificates", {}),
        "registrations, ending first": lambda r: ("/registrations", {"sort": "ending"}),
    }


async def page_10_000(base: str, headers: Callable[[], dict[str, str]], pages: int) -> dict[str, float]:
    """Walked by `next` as anybody must; the last hundred are timed."""
    took: list[float] = []
    async with http_client(base, connections=1) as http:
        at: dict[str, str] = {"limit": "100"}
        for _ in range(pages):
            begun = time.perf_counter()
            page = (await http.get("/people", params=at, headers=headers())).raise_for_status().json()
            took.append(time.perf_counter() - begun)
            if not page["next"]:
                break
            at["cursor"] = page["next"]
    first, last = took[:100], took[-100:]
    return {
        "pages": len(took), "first_p50_ms": round(percentile(first, 0.5) * 1000, 2),
        "last_p50_ms": round(percentile(last, 0.5) * 1000, 2),
    }  # fmt: skip


async def figures(system: Live, certificates: int) -> dict[str, object]:
    keys = system.var / "keys"
    address = addresses_of(keys, system.base + PROCESSES["postgres"])
    told: dict[str, object] = {"seeded (s)": round(await seeded(address("postgres", "registry"), certificates), 1)}
    registry, gateway = (f"http://127.0.0.1:{system.base + PROCESSES[p]}" for p in ("registry", "gateway"))
    keyring, step = load_keyring(keys / "gateway", "gateway"), 7919

    def of(n: int) -> str:
        return f"bench-{n * step % certificates + 1}"

    def at_service(n: int) -> dict[str, object]:
        hash = hashlib.sha256(of(n).encode()).hexdigest()
        return {"url": f"/internal/verify/{hash}", "headers": {"authorization": f"Bearer {service()}"}}

    signed: list[tuple[float, str]] = []

    def service() -> str:
        if not signed or time.monotonic() - signed[-1][0] > 20:
            signed.append((time.monotonic(), keyring.as_service("registry")))
        return signed[-1][1]

    with bare(address("registry_read", "registry"), system.base + SPARE) as least:
        for at_once in (*AT_ONCE, *AT_ONCE):
            told[f"verify, bare FastAPI and asyncpg, {at_once} at a time"] = await asked(
                least, lambda n: {"url": "/" + hashlib.sha256(of(n).encode()).hexdigest()}, at_once
            )
            told[f"verify, at the service, {at_once} at a time"] = await asked(registry, at_service, at_once)
    told["verify, through the gateway, 1 at a time"] = await asked(
        gateway, lambda n: {"url": f"/api/v1/verify/{of(n)}"}, 1, each=40
    )
    for place in (CITY, DISTRICT, STREET):
        async with official(keys, place) as headers:
            for name, case in cases(certificates).items():
                rng = random.Random(place)

                def ask(n: int, case: object = case, rng: random.Random = rng) -> dict[str, object]:
                    path, params = case(rng)  # type: ignore[operator]
                    return {"url": path, "params": params, "headers": headers()}

                told[f"{name}, {place}"] = await asked(registry, ask, 1, each=100)
                print(name, place, told[f"{name}, {place}"], flush=True)
            if place == CITY:
                told["people, 10 000 pages of a hundred"] = await page_10_000(registry, headers, 10_000)
    return told


def run(certificates: int = CERTIFICATES) -> dict[str, object]:
    with live_system(19_400) as system:
        return uvloop.run(figures(system, certificates))


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else CERTIFICATES), indent=1, ensure_ascii=False))
