"""Rosters for tests and benches that go through the whole system: the registry's factories, placed in a division."""

from collections.abc import Sequence

from tests.registry.factories import Line, a_roster, a_worker, an_id_number

__all__ = ["a_roster", "an_id_number", "worker", "workers"]


def worker(n: int, division: str, division_name: str, **over: str) -> Line:
    """Employed and registered there."""
    there = {"单位所在区划代码": division, "单位所在区划名称": division_name, "工作单位名称": f"演示社工机构{division}"}
    return a_worker(n, **there | {"登记日期": "2024-06-01", "登记有效期止": "2027-05-31"} | over)


def workers(count: int, places: Sequence[tuple[str, str]]) -> bytes:
    """So many people, spread over places (code, name)."""
    return a_roster(worker(n, *places[n % len(places)]) for n in range(count))
