"""One person entered by hand, over HTTP."""

from fastapi import APIRouter, Response

from services.contracts.people import EnterPerson
from services.contracts.registry import PersonOut
from services.kernel.clock import Today
from services.kernel.db import Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.registry.asking import Writing, tagged
from services.registry.examples import PERSON_OUT, Example, answer, asked
from services.registry.people import entering, queries
from services.registry.personal import VaultOf

router = APIRouter(tags=["人员"])
ENTERING: Example = {
    "name": "演示·丁", "id_type": "resident_id_card", "id_number": "999000198802290016", "phone": None,
    "education": "本科", "major": "社会工作", "employer_id": None, "division": "370112002000", "direct_service": True,
}  # fmt: skip


@router.post("/people", status_code=201, responses=answer(PERSON_OUT, 201), openapi_extra=asked(ENTERING))
async def enter_person(
    order: EnterPerson, actor: Writing, tx: Tx, once: OnceOnly, today: Today, vault: VaultOf, response: Response
) -> PersonOut:
    """登记一个人。证件号码已登记的不再登记；姓名、出生日期与他人相同的照样登记，possible_duplicates 是待核对的人数。"""
    await once.begin(tx, actor)
    id = await entering.enter(tx, actor, vault, order, today)
    found = await queries.person(await plain(tx), actor, id, on=today, permission=entering.WRITE)
    return await once.keep(tx, tagged(response, found))
