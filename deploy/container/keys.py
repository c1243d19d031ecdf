"""Owns the secrets of an installation in containers: a demo makes its own, any other one is given them on purpose.

On top of what `make run` makes, each process finds its own database passwords in its own folder, and PostgreSQL's
superuser has one too; passwords.json, in the root, is for the migrations alone.
"""

from deploy.container.place import DEMO_MARK, PASSWORD, READ_PASSWORD, Place
from deploy.local.databases import reader
from deploy.local.errors import CannotRun
from deploy.local.files import private_folder, write_private
from deploy.local.keys import make_keys
from deploy.local.psql import SUPERUSER
from deploy.local.settings import APPS, DATABASES

DATABASE = "database"  # PostgreSQL's own folder


def ensure(place: Place) -> None:
    """Ready to start: refused if there are none outside a demo."""
    if place.demo and not _made(place):
        return new(place)
    place.check(place.keys)
    return _make(place, there_is_data=True)


def new(place: Place) -> None:
    """Once: what is there is never replaced."""
    if _made(place):
        raise CannotRun(f"{place.keys} 里已有密钥，没有改动。")
    _make(place, there_is_data=False)


def _made(place: Place) -> bool:
    return (place.keys / "passwords.json").exists()


def _make(place: Place, *, there_is_data: bool) -> None:
    """The mark comes first: no secret of a demo is ever without it."""
    for folder in (place.keys, *(place.keys / name for name in (*APPS, DATABASE))):
        private_folder(folder)
        if place.demo:
            (folder / DEMO_MARK).touch()
    passwords = make_keys(place.keys, there_is_data=there_is_data)
    writing = [(name, PASSWORD, name) for name in DATABASES]
    reading = [(name, READ_PASSWORD, reader(name)) for name in DATABASES]
    for name, file, role in ((DATABASE, PASSWORD, SUPERUSER), *writing, *reading):
        path = place.keys / name / file
        if not path.exists() or path.read_text(encoding="utf-8") != passwords[role]:
            write_private(path, passwords[role])
