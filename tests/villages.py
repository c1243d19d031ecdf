"""Real villages and communities of Jinan, for tests and benches that need many places."""

import csv
from pathlib import Path

FILE = Path(__file__).parent.parent / "data/divisions-370100.csv"


def divisions() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def villages() -> list[str]:
    """The codes of all that count, in the file's order."""
    return [r["code"] for r in divisions() if r["tier"] == "village" and r["counts"] == "true"]


def streets() -> list[tuple[str, str]]:
    """Code and name of all streets and towns that count."""
    return [(r["code"], r["name"]) for r in divisions() if r["tier"] == "street" and r["counts"] == "true"]
