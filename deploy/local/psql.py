"""Owns how the superuser's SQL reaches a cluster: by psql, so that the caller may be sync or async alike."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local.account import PLAIN, Account

SUPERUSER = "postgres"


class QueryFailed(Exception):
    """psql's own words."""


@dataclass(frozen=True)
class Superuser:
    binaries: Path
    port: int
    password: str

    def ask(self, script: str, database: str = "postgres") -> str:
        """Secrets travel by stdin and environment, never on the command line."""
        env = {**PLAIN, "PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "5"}
        env["PGOPTIONS"] = "-c client_min_messages=warning"
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER, "-d", database]
        psql: list[str | Path] = [self.binaries / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *where]
        answer = Account().run(psql, text=script, env=env)
        if answer.returncode != 0:
            raise QueryFailed(answer.stderr.strip())
        return answer.stdout.strip()
