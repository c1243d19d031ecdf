"""Parameters that the endpoints of coordination share."""

from typing import Annotated

from fastapi import Query

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.text import Search
from services.kernel.actor import Actor, Requires

READ, WRITE = "coordination:read", "coordination:write"
Reading = Annotated[Actor, Requires(READ)]
Writing = Annotated[Actor, Requires(WRITE)]

Text = Annotated[Search | None, Query(description="按字面查询")]
Within = Annotated[DivisionCode | None, Query(description="只看这个区划及其下级")]
From = Annotated[Day | None, Query(alias="from", description="从这一天起（含）")]
OnDay = Annotated[Day | None, Query(description="只看有效期覆盖这一天的")]
To = Annotated[Day | None, Query(alias="to", description="到这一天止（含）")]
