"""Our own style sheets, scripts and pictures, kept by the browser for a year: another content has another address."""

import hashlib
from os import PathLike, stat_result
from pathlib import Path

from fastapi import Response
from starlette import staticfiles
from starlette.datastructures import Headers, QueryParams
from starlette.responses import FileResponse
from starlette.types import Scope

HERE = Path(__file__).parent
FOLDERS = (HERE / "static", HERE / "built")  # what is committed, and what `make assets` builds
SERVED = (".css", ".js", ".svg")
YEAR = "public, max-age=31536000, immutable"


def versions() -> dict[str, str]:
    files = [p for folder in FOLDERS if folder.is_dir() for p in folder.iterdir() if p.suffix in SERVED]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest()[:12] for p in files}


VERSIONS = versions()


def static(name: str) -> str:
    """A file's address holds its content's hash: it may be kept for ever."""
    return f"/static/{name}?v={VERSIONS[name]}"


class StaticFiles(staticfiles.StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=FOLDERS[0])
        self.all_directories = list(FOLDERS)

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        path = Path(full_path)
        if path.suffix not in SERVED:
            return Response(status_code=404)
        answer = super().file_response(path, stat_result, scope, status_code)
        asked = QueryParams(scope["query_string"]).get("v")
        answer.headers["cache-control"] = YEAR if asked == VERSIONS.get(path.name) else "public, no-cache"
        answer.headers["vary"] = "Accept-Encoding"
        return _packed(path, answer, Headers(scope=scope))


def _packed(path: Path, answer: Response, asked: Headers) -> Response:
    """The same, compressed when it was built, for who takes it so."""
    packed = path.with_name(f"{path.name}.gz")
    if not isinstance(answer, FileResponse) or "gzip" not in asked.get("accept-encoding", "") or not packed.is_file():
        return answer
    kept = {k: v for k, v in answer.headers.items() if k in ("cache-control", "vary")}
    return FileResponse(packed, media_type=answer.media_type, headers={**kept, "content-encoding": "gzip"})
