"""The table of retention, as it is kept beside: a process does not start with one that keeps less than the law."""

from pathlib import Path

from services.registry.retention.rules import parsed

TABLE = Path(__file__).with_name("retention.toml")
RETENTION = parsed(TABLE.read_text(encoding="utf-8"))
