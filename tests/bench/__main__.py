"""`make bench`: prints every figure with its conditions, and the ratios against limits measured in the same run."""

import asyncio
import json
import os
import platform

from tests.bench import coverage, system
from tests.postgres import server


def ratios(told: dict[str, dict[str, float]]) -> dict[str, float]:
    """How many times a single-row SELECT by pgbench, and how many times cheaper than counting anew."""
    return {
        "coverage answer / pgbench row, 1 at a time": told["coverage_answer_1"]["p50_ms"] / told["pgbench_1"]["mean_ms"],
        "coverage answer / pgbench row, 4 at a time": told["coverage_answer_4"]["p50_ms"] / told["pgbench_4"]["mean_ms"],
        "coverage values / pgbench row, 1 at a time": told["coverage_values_1"]["p50_ms"] / told["pgbench_1"]["mean_ms"],
        "GROUP BY / coverage values, 1 at a time": told["by_group_by_1"]["p50_ms"] / told["coverage_values_1"]["p50_ms"],
        "GROUP BY / coverage values, 4 at a time": told["by_group_by_4"]["p50_ms"] / told["coverage_values_4"]["p50_ms"],
    }


def main() -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()}")
    told = asyncio.run(coverage.run(server().superuser_dsn))
    print(json.dumps(told, indent=1, ensure_ascii=False))
    print(json.dumps({k: round(v, 2) for k, v in ratios(told).items()}, indent=1))  # type: ignore[arg-type]
    print(json.dumps(system.run(), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
