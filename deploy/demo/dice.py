"""Chance, the same every time: each part of the city draws from its own source."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


def dice(seed: int, *what: object) -> Random:
    return Random("|".join(map(str, (seed, *what))))


def one_of(chance: Random, weights: Mapping[T, float]) -> T:
    [found] = chance.choices(list(weights), list(weights.values()))
    return found


def day_between(chance: Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, (last - first).days))


def years_on(day: date, years: int) -> date:
    """Nobody in the city was ever registered on 29 February."""
    return day.replace(year=day.year + years)
