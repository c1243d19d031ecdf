"""Owns what a fresh installation is filled with: the divisions, and for a demo the accounts; skipped if unchanged."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import environment, say
from deploy.local.errors import CannotRun
from deploy.local.files import write_private
from deploy.local.settings import Settings


@dataclass(frozen=True)
class Seed:
    what: str
    process: str
    command: tuple[str, ...]
    sources: tuple[str, ...]  # what it says depends on these alone


DIVISIONS = Seed(
    "区划",
    "registry",
    ("-m", "services.registry.seed", "data/divisions-370100.csv"),
    ("data/divisions-370100.csv", "services/registry/seed.py"),
)
ACCOUNTS = Seed("演示账户", "gateway", ("-m", "gateway.identity.seed"), ("gateway/identity",))


def sow(settings: Settings, passwords: Mapping[str, str], *, cluster: str, migrated: Collection[str]) -> None:
    """The seeds are idempotent; the stamp only saves their time. A new cluster or migration sows again."""
    stamps = _stamps(settings, cluster)
    for seed in (DIVISIONS, ACCOUNTS) if settings.demo else (DIVISIONS,):
        print_of = _fingerprint(settings.root, seed.sources)
        if seed.process in migrated or stamps.get(seed.process) != print_of or _lost(settings, seed):
            say.step(f"写入{seed.what}")
            _run(settings, seed, passwords)
            stamps[seed.process] = print_of
            write_private(_file(settings), json.dumps(stamps))


def accounts_file(settings: Settings) -> Path:
    """The demo accounts as the gateway made them; var/demo.json adds the addresses once all is ready."""
    return settings.keys / "demo.json"


def _lost(settings: Settings, seed: Seed) -> bool:
    return seed is ACCOUNTS and not accounts_file(settings).exists()


def _run(settings: Settings, seed: Seed, passwords: Mapping[str, str]) -> None:
    told = environment.of_process(settings, seed.process, passwords)
    env = {**environment.neutral(), **told, "SHEGONG_DEMO_FILE": str(accounts_file(settings))}
    done = subprocess.run(
        [sys.executable, *seed.command], env=env, cwd=settings.root, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise CannotRun(f"初始数据未能写入（{' '.join(seed.command)}）：\n{(done.stderr or done.stdout).strip()}")


def _file(settings: Settings) -> Path:
    return settings.run / "seeds.json"


def _stamps(settings: Settings, cluster: str) -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads(_file(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stamps = {}
    return stamps if stamps.get("cluster") == cluster else {"cluster": cluster}


def _fingerprint(root: Path, sources: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        for path in _files(root / source):
            digest.update(os.fsencode(path.relative_to(root)) + path.read_bytes())
    return digest.hexdigest()


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc")
