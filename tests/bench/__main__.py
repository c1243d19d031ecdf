"""`make bench`: prints every figure with its conditions, and the ratios against limits measured in the same run."""

import asyncio
import json
import os
import platform

from tests.bench import coverage, pages, personal, row_security, sign_in, system
from tests.postgres import server


def ratios(told: dict[str, dict[str, float]]) -> dict[str, float]:
    """How many times a single-row SELECT by pgbench, and how many times cheaper than counting anew."""

    def p50(what: str) -> float:
        return told[what]["p50_ms"]

    out = {}
    for n in (1, 4):
        row = told[f"pgbench_{n}"]["mean_ms"]
        out[f"coverage answer / pgbench row, {n} at a time"] = p50(f"coverage_answer_{n}") / row
        out[f"coverage values / pgbench row, {n} at a time"] = p50(f"coverage_values_{n}") / row
        out[f"GROUP BY / coverage values, {n} at a time"] = p50(f"by_group_by_{n}") / p50(f"coverage_values_{n}")
    return out


def say(figures: object) -> None:
    """With the load beside them: on a busy machine only the ratios mean something."""
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    print("load", *(round(load, 1) for load in os.getloadavg()), flush=True)


def main() -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    say(personal.run())
    told = asyncio.run(coverage.run(server().superuser_dsn))
    say(told)
    say({k: round(v, 2) for k, v in ratios(told).items()})  # type: ignore[arg-type]
    for part in (sign_in, system, pages, row_security):
        say(part.run())


if __name__ == "__main__":
    main()
