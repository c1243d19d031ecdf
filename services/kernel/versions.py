"""Lost updates refused: ETag and If-Match from a record's version."""

from hashlib import blake2b
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel

from services.kernel.errors import PreconditionMissing, StaleVersion


def etag(version: int | str, shown: BaseModel | None = None) -> str:
    """Of a record: its version, and what this asker was `shown` of it (another one may do other things with it)."""
    if shown is None:
        return f'"{version}"'
    return f'"{version}-{blake2b(shown.model_dump_json().encode(), digest_size=8).hexdigest()}"'


IfMatch = Annotated[str | None, Header(description="读取该记录时得到的 ETag")]


def check_version(version: int, if_match: str | None) -> None:
    """412 when somebody has changed the record since it was read; 428 when nothing was said."""
    if not if_match:
        raise PreconditionMissing(
            "请带上 If-Match（取自读取该记录时的 ETag），以免覆盖他人的修改。", code="if_match_missing"
        )
    if if_match.strip().removeprefix("W/").strip('"').partition("-")[0] != str(version):
        raise StaleVersion("该记录在您读取之后已被他人修改，请刷新后重新填写。")


def not_modified(request: Request, tag: str) -> Response | None:
    """304 if the asker has this version already."""
    asked = {t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")}
    if tag in asked:
        return Response(status_code=304, headers={"etag": tag, "cache-control": "private"})
    return None
