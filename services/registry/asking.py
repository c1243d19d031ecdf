"""Parameters that the endpoints of the registry share."""

from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.exams import ExamPassOut
from services.contracts.registry import CertificateOut, OrganizationOut, PersonOut, ServicePointOut
from services.contracts.text import Search
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Today
from services.kernel.versions import etag, not_modified

A = TypeVar("A", OrganizationOut, ServicePointOut, PersonOut, CertificateOut, ExamPassOut)

Reading = Annotated[Actor, Requires("registry:read")]
Writing = Annotated[Actor, Requires("registry:write")]
Reviewing = Annotated[Actor, Requires("registry:review")]
Deciding = Annotated[Actor, Requires("registry:review", fresh=True)]
ReadingRights = Annotated[Actor, Requires("rights:read")]
WritingRights = Annotated[Actor, Requires("rights:write")]
DecidingRights = Annotated[Actor, Requires("rights:write", fresh=True)]
Revealing = Annotated[Actor, Requires("registry:reveal", fresh=True)]
Exporting = Annotated[Actor, Requires("registry:export")]
Fetching = Annotated[Actor, Requires("registry:export", fresh=True)]
Auditing = Annotated[Actor, Requires("audit:read")]

Text = Annotated[Search | None, Query(description="按字面查询")]
Within = Annotated[DivisionCode | None, Query(description="只看这个区划及其下级")]
Ids = Annotated[list[UUID] | None, Query(max_length=200, description="只看这些编号的记录，可重复，最多 200 个")]
OnDay = Annotated[Day | None, Query(description="看哪一天的情况")]


async def _on(today: Today, on: OnDay = None) -> date:
    return on or today


On = Annotated[date, Depends(_on)]


def tagged(response: Response, answer: A) -> A:
    """With the ETag that a change must bring back."""
    response.headers["etag"] = etag(answer.version, answer)
    return answer


def unless_known(request: Request, response: Response, answer: A) -> A | Response:
    """304 for whoever has just this already."""
    return not_modified(request, etag(answer.version, answer)) or tagged(response, answer)
