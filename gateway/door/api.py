"""The API shown as one: `/openapi.json` for programs, `/docs` for people. Both are public."""

from hashlib import blake2b

import orjson
from fastapi import APIRouter, Request, Response

from gateway.door.openapi import document_of
from gateway.door.pages import POLICY, STYLESHEET, page
from services.kernel.versions import etag, not_modified

router = APIRouter(tags=["door"], include_in_schema=False)
SHORT = "public, max-age=60"


@router.get("/openapi.json")
async def openapi_document(request: Request) -> Response:
    body = orjson.dumps(await document_of(request).of(request.app))
    tag = etag(blake2b(body, digest_size=16).hexdigest())
    headers = {"etag": tag, "cache-control": SHORT}
    return not_modified(request, tag) or Response(body, media_type="application/json", headers=headers)


@router.get("/docs")
async def docs(request: Request) -> Response:
    html = page(await document_of(request).of(request.app))
    return Response(html, media_type="text/html", headers={"content-security-policy": POLICY})


@router.get("/docs/docs.css")
async def stylesheet() -> Response:
    return Response(STYLESHEET, media_type="text/css", headers={"cache-control": SHORT})
