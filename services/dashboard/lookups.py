"""Whom or what somebody meant who typed a name or a number: found in the registry, or else why it cannot be told."""

import re
from uuid import UUID

from services.contracts.divisions import subtree
from services.contracts.registry import DivisionOut, PersonOut, ServicePointOut
from services.dashboard.gateway import Gateway
from services.kernel.errors import NotFound
from services.kernel.paging import Page

AMONG = 100  # records of one name that are looked through
LONGEST = 50  # of what is searched by; names may be longer
WITH_END = re.compile(r"(.+?)\s+([0-9]{3}[0-9X])", re.IGNORECASE | re.DOTALL)
CODE = re.compile(r"[0-9]{12}(?!\S)", re.ASCII)
NO_PERSON = "没有找到这位人员，请核对姓名；不在您管辖范围内的人员查不到"


async def person(gateway: Gateway, text: str) -> UUID | str:
    """By name; of several of one name by the end of the identity number as well (`张三 002X`)."""
    matched = WITH_END.fullmatch(text)
    name, end = (matched[1], matched[2].upper()) if matched else (text, "")
    if len(name) > LONGEST:
        return NO_PERSON
    page = await gateway.ask(Page[PersonOut], "/registry/people", q=name, limit=AMONG)
    alike = [p for p in page.items if p.id_number.endswith(end)]
    found = [p for p in alike if p.name == name] or (alike if end else [])
    if len(found) == 1 and (end or not page.next):
        return found[0].id
    if not alike:
        return NO_PERSON
    told = "、".join(
        f"{p.name} {p.id_number[-4:]}（{p.employer_name or p.division_name}）" for p in (found or alike)[:5]
    )
    said = "有几位姓名相符的人员" if found else "没有姓名完全相同的人员"
    return f"{said}，请在姓名后空一格写证件号码后四位，例如“张三 002X”；找到的有 {told}"


async def point(gateway: Gateway, text: str) -> UUID | str:
    found = (await gateway.ask(Page[ServicePointOut], "/registry/service-points", q=text[:LONGEST], limit=AMONG)).items
    same = [s for s in found if text in (s.number, s.name)]
    if len(same) == 1:
        return same[0].id
    return "有几个站点同名，请改填站点编号" if same else "没有找到这个站点，请填写站点编号或全称"


async def division(gateway: Gateway, text: str, within: str = "") -> DivisionOut | str:
    """By code, whatever follows it, or by name, as far as it lies below `within`; the end of a name may be left out."""
    if CODE.match(text):
        try:
            return await gateway.ask(DivisionOut, f"/registry/divisions/{text[:12]}")
        except NotFound:
            return "没有这个区划代码，请核对"
    found = (await gateway.ask(Page[DivisionOut], "/registry/divisions", q=text[:LONGEST], limit=AMONG)).items
    inside = [d for d in found if (not within or d.code in subtree(within)) and d.name.startswith(text)]
    same = [d for d in inside if d.name == text] or inside
    if len(same) == 1:
        return same[0]
    if same:
        return f"有几个区划同名，请改填代码：{'、'.join(f'{d.code}（{d.name}）' for d in same[:5])}"
    return "没有找到这个区划，请填写全称或十二位区划代码"
