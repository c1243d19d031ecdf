"""The invented organizations: agencies, offices, committees, institutions, companies, and the bureaus that buy."""

from collections.abc import Iterator
from itertools import chain, count
from typing import NamedTuple

from deploy.demo.dice import dice
from deploy.demo.numbers import uscc
from deploy.demo.places import Place, Places
from deploy.demo.shape import AGENCIES, DISTRICTS, Size
from services.contracts.registry import OrganizationKind

GOVERNMENT, INSTITUTION, ASSOCIATION, NONPROFIT, COMMITTEE, COMPANY = KINDS = ("11", "12", "51", "52", "54", "91")
WORDS = (
    "同行", "暖阳", "泉韵", "齐善", "和乐", "明德", "益民", "仁爱", "启航", "春晖", "厚朴", "知行", "众益", "安康",
    "同心", "善水", "青禾", "晨曦", "惠众", "乐龄", "向阳", "微光", "泉心", "大爱", "长青", "守望", "心桥", "百合",
    "家园", "蓝天", "金桥", "清源", "福泽", "汇智", "绿荫", "新苗", "彩虹", "常青藤", "小水滴", "邻里",
)  # fmt: skip
INSTITUTIONS = (
    "社会福利院", "救助管理站", "中心医院", "养老服务中心", "儿童福利院", "实验学校", "退役军人服务中心",
    "未成年人保护中心",
)  # fmt: skip
COMPANIES = ("物业服务有限公司", "康养服务有限公司", "教育咨询有限公司", "家政服务有限公司")


class Organization(NamedTuple):
    uscc: str
    name: str
    place: Place


class Organizations(NamedTuple):
    """By district (six digits), by street or by village."""

    centre: Organization
    association: Organization
    bureaus: dict[str, Organization]
    agencies: dict[str, list[Organization]]
    institutions: dict[str, list[Organization]]
    companies: dict[str, list[Organization]]
    offices: dict[str, Organization]
    committees: dict[str, Organization]

    def known_first(self) -> list[tuple[Organization, OrganizationKind]]:
        """Whoever buys or provides; the rosters name all others."""
        return [
            (self.centre, OrganizationKind.SOCIAL_WORK_AGENCY),
            (self.association, OrganizationKind.INDUSTRY_ASSOCIATION),
            *((bureau, OrganizationKind.GOVERNMENT) for bureau in self.bureaus.values()),
            *((agency, OrganizationKind.SOCIAL_WORK_AGENCY) for agency in chain(*self.agencies.values())),
        ]


def make(seed: int, size: Size, places: Places) -> Organizations:
    numbers = {kind: count(1) for kind in KINDS}

    def named(kind: str, name: str, place: Place) -> Organization:
        return Organization(uscc(kind, next(numbers[kind])), f"{name}（演示）", place)

    districts = places.districts.items()
    return Organizations(
        centre=named(NONPROFIT, "济南市泉城社会工作发展中心", places.city),
        association=named(ASSOCIATION, "济南市社会工作联合会", places.city),
        bureaus={
            **{d: named(GOVERNMENT, f"{place.name}民政局", place) for d, place in districts},
            "3701": named(GOVERNMENT, "济南市民政局", places.city),
        },
        agencies={
            d: [named(NONPROFIT, name, place) for name, place in agencies(seed, size, places, d)] for d, _ in districts
        },
        institutions={
            d: [named(INSTITUTION, f"{place.name}{what}", place) for what in INSTITUTIONS] for d, place in districts
        },
        companies={d: [named(COMPANY, f"{place.name}{what}", place) for what in COMPANIES] for d, place in districts},
        offices={s.code: named(GOVERNMENT, office(s), s) for s in chain(*places.streets.values())},
        committees={v.code: named(COMMITTEE, v.name, v) for v in chain(*places.villages.values())},
    )


def agencies(seed: int, size: Size, places: Places, district: str) -> Iterator[tuple[str, Place]]:
    """Every district has some; each has its seat in one of the streets."""
    chance = dice(seed, "agencies", district)
    many = max(2, size.of(AGENCIES * DISTRICTS[district].people))
    for word in chance.sample(WORDS, min(many, len(WORDS))):
        name = f"济南市{places.districts[district].name}{word}社会工作服务中心"
        yield name, chance.choice(places.streets[district])


def office(street: Place) -> str:
    return f"{street.name}办事处" if street.name.endswith("街道") else f"{street.name}人民政府"
