"""How the demo city is shaped: how many of what, since when, and which districts do better (rules of Jinan, §16)."""

from datetime import date
from typing import NamedTuple

SEED = 54
FIRST_OPEN_YEAR = 2026  # what was before is the same, whatever the day on which the city is made


class District(NamedTuple):
    """Shares: of the city's holders, of villages with a room, of people trained enough, of rooms lately served."""

    people: float
    rooms: float
    trained: float
    served: float


DISTRICTS = {
    "370102": District(0.17, 0.85, 0.80, 0.95),
    "370103": District(0.13, 0.72, 0.75, 0.90),
    "370104": District(0.11, 0.68, 0.71, 0.86),
    "370105": District(0.11, 0.61, 0.66, 0.80),
    "370112": District(0.14, 0.50, 0.68, 0.82),
    "370113": District(0.06, 0.33, 0.57, 0.66),
    "370114": District(0.09, 0.46, 0.65, 0.78),
    "370115": District(0.05, 0.29, 0.52, 0.60),
    "370116": District(0.06, 0.36, 0.59, 0.68),
    "370117": District(0.03, 0.40, 0.61, 0.72),
    "370124": District(0.03, 0.30, 0.50, 0.60),
    "370126": District(0.02, 0.20, 0.43, 0.50),
}
ZONE, ZONE_DISTRICT = "370176", "370102"  # most of the zone's streets lie there

# Cumulative holders at the end of a year: 6 494 in 2019, 10 000 passed in 2022, 15 000 in 2025.
HOLDERS = {2019: 6494, 2020: 7700, 2021: 9300, 2022: 11200, 2023: 13100, 2024: 14700, 2025: 16000, 2026: 17000}
FIRST_EXAM = 2008
UPGRADED, SOCIAL_WORKERS, SENIORS = 0.055, 0.118, 0.002
IN_SCOPE = 0.385

ROOM_YEARS = {2021: 0.12, 2022: 0.18, 2023: 0.20, 2024: 0.20, 2025: 0.18, 2026: 0.12}
CENTRE_OPENED, STATIONS_FROM, STATIONS_UNTIL = date(2021, 3, 18), date(2021, 3, 25), date(2021, 10, 31)
SHELL = 12  # one station in so many
STATION_BY_CONTRACT, ROOM_BY_CONTRACT = 0.78, 0.42

PROJECTS = 250
QUALIFIED = {2019: 0.52, 2020: 0.54, 2021: 0.58, 2022: 0.63, 2023: 0.69, 2024: 0.75, 2025: 0.81, 2026: 0.82}
AGENCIES = 90

BASES = (date(2021, 6, 1), date(2021, 9, 1), date(2022, 3, 1), date(2022, 6, 15), date(2022, 11, 1), date(2023, 5, 10),
         date(2023, 10, 20), date(2024, 6, 1), date(2025, 5, 15))  # fmt: skip
SITES = {2021: 8, 2022: 9, 2023: 7, 2024: 8, 2025: 2}
# Appointed on a day for three years; most of the first ones are appointed again. 120 are in office in 2026.
SUPERVISORS = ((date(2021, 6, 1), 30), (date(2022, 4, 1), 55), (date(2023, 9, 1), 24), (date(2024, 6, 1), 30),
               (date(2025, 4, 1), 60), (date(2026, 3, 1), 30))  # fmt: skip


class Size(NamedTuple):
    """The whole city, or a fiftieth of it for a try."""

    factor: float = 1.0

    def of(self, number: float) -> int:
        return max(1, round(number * self.factor))


WHOLE, SMALL = Size(), Size(0.02)
