"""Our own style sheets and scripts, kept by the browser for a year: another content has another address."""

from os import PathLike, stat_result

from fastapi import Response
from starlette import staticfiles
from starlette.datastructures import QueryParams
from starlette.types import Scope

from services.dashboard.render import STATIC, VERSIONS

YEAR = "public, max-age=31536000, immutable"


class StaticFiles(staticfiles.StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        asked = QueryParams(scope["query_string"]).get("v")
        known = VERSIONS.get(str(full_path).rpartition("/")[2])
        answer.headers["cache-control"] = YEAR if asked == known else "public, no-cache"
        return answer
