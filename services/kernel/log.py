"""JSON logs on standard error, a line each, with the id of the request they belong to."""

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
FIELDS = ("method", "route", "status", "ms", "actor", "source", "count", "reason")


class JsonLine(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self.process_name = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self.process_name,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def install(process: str, level: str) -> None:
    """For a process of its own; tests that hold all apps in one process leave logging alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine(process))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # What was searched for stands in the address, a name for instance; each request is told by its route.
    logging.getLogger("uvicorn.access").disabled = True
