"""Owns under which account PostgreSQL runs: it refuses root, so root hands it to `nobody`; others run it themselves."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PLAIN = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}  # nothing of the caller's PG… variables may slip in


@dataclass(frozen=True)
class Account:
    """None stands for whoever runs this."""

    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], *, text: str = "", env: Mapping[str, str] = PLAIN, cwd: Path = Path("/")
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end as this account; the caller looks at the return code."""
        groups: list[int] | None = None if self.uid is None else []
        return subprocess.run(
            command,
            input=text,
            env=env,
            cwd=cwd,
            user=self.uid,
            group=self.gid,
            extra_groups=groups,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    def can_enter(self, folder: Path) -> bool:
        """Tried, not computed: this counts parents, access lists and mounts alike."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder]).returncode == 0

    def own(self, folder: Path) -> Path:
        """Make a private folder of this account."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.own_file(folder)
        folder.chmod(0o700)
        return folder

    def own_file(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)
