"""Owns how alembic is called: all databases in one process, and not at all where a database is up to date."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.settings import ROOT

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = ROOT / "migrations"


def head(database: str) -> str | None:
    """Migrations are numbered in their file names and form one line, so the last number is the head."""
    numbers = [path.name.split("_")[0] for path in (FOLDER / database).glob("[0-9]*_*.py")]
    return max(numbers, default=None)


def behind(versions: Mapping[str, str | None]) -> list[str]:
    return [name for name, version in versions.items() if version != head(name)]


def upgrade(database: str, owner_url: str) -> None:
    from alembic import command  # half a second that a warm start does not have to spend

    command.upgrade(_config(database, owner_url), "head")


def check(database: str, owner_url: str) -> None:
    """Raises when the models say something that no migration does."""
    from alembic import command

    command.check(_config(database, owner_url))


def write(database: str, owner_url: str, message: str) -> Path:
    """A new file holding what separates the models from the database; read it before you commit it."""
    from alembic import command

    number = f"{int(head(database) or 0) + 1:04}"
    config, folder = _config(database, owner_url), str(FOLDER / database)
    command.revision(config, message, autogenerate=True, rev_id=number, version_path=folder)
    return next((FOLDER / database).glob(f"{number}_*.py"))


def _config(database: str, owner_url: str) -> "Config":
    from alembic.config import Config

    config = Config(str(FOLDER / "alembic.ini"), ini_section=database)
    config.attributes["url"] = owner_url.replace("postgresql:", "postgresql+asyncpg:", 1)
    return config
