"""Certificates of people who are known already, over HTTP: a further one, and what completes one."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.contracts.certificates import AddCertificate, CompleteCertificate
from services.contracts.registry import CertificateOut
from services.kernel.clock import Today
from services.kernel.db import Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.versions import IfMatch
from services.registry.asking import Writing, tagged
from services.registry.examples import CERTIFICATE, COMPLETED_CERTIFICATE, NEW_CERTIFICATE, answer, asked
from services.registry.people import certificates, queries
from services.registry.registrations.may import certificate_may

router = APIRouter(tags=["人员"])


@router.post(
    "/people/{id}/certificates",
    status_code=201,
    responses=answer(CERTIFICATE, 201),
    openapi_extra=asked(NEW_CERTIFICATE),
)
async def add_certificate(
    id: UUID, order: AddCertificate, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> CertificateOut:
    """给已登记的人员增加一本证书；一人有几本的，以当日有效的最高级别为准（CERT-08）。"""
    await once.begin(tx, actor)
    added = await certificates.add_certificate(tx, actor, id, order, today)
    found = await queries.certificate(await plain(tx), actor, added.id, certificates.WRITE)
    return await once.keep(tx, tagged(response, certificate_may(actor, found)))


@router.patch(
    "/certificates/{id}", responses=answer(CERTIFICATE), openapi_extra=asked(COMPLETED_CERTIFICATE)
)  # fmt: skip
async def complete_certificate(
    id: UUID, order: CompleteCertificate, actor: Writing, tx: Tx, today: Today, response: Response,
    if_match: IfMatch = None,
) -> CertificateOut:  # fmt: skip
    """补充证书信息和核验结果，须带 If-Match，原来的留在历史里；级别、管理号和批准日期须经批准更正（/corrections）。"""
    await certificates.complete_certificate(tx, actor, id, order, if_match, today)
    found = await queries.certificate(await plain(tx), actor, id, certificates.WRITE)
    return tagged(response, certificate_may(actor, found))
