"""The kinds of rosters, each as the same few steps: read rows, load what is known of them, decide, write."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import ImportKind
from services.kernel.crypto import Vault
from services.registry.imports.exams import plan as exam_plan
from services.registry.imports.exams import rows as exam_rows
from services.registry.imports.exams import write as exam_write
from services.registry.imports.jobs import Claim
from services.registry.imports.organizations import Columns, Organizations
from services.registry.imports.places import Places
from services.registry.imports.points import plan as point_plan
from services.registry.imports.points import rows as point_rows
from services.registry.imports.points import write as point_write
from services.registry.imports.roster import Column, Findings, Header, Row, Seen
from services.registry.imports.workers import known as worker_known
from services.registry.imports.workers import plan as worker_plan
from services.registry.imports.workers import rows as worker_rows
from services.registry.imports.workers import write as worker_write
from services.registry.imports.writing import Batch
from services.registry.reconciliation import headings
from services.registry.reconciliation import rows as national_rows
from services.registry.reconciliation import storing as national

Reaches = Callable[[str], bool]


class Read(Protocol):
    """`old_numbers`: the file was said to hold identity numbers of fifteen digits."""

    def __call__(
        self, rows: Sequence[Row], places: Places, vault: Vault, today: date, findings: Findings, seen: Seen,
        *, old_numbers: bool,
    ) -> Sequence[Any]: ...  # fmt: skip


def by_name(top: Sequence[Sequence[str]], columns: Sequence[Column], claim: Claim) -> Header:
    """By the names of our templates."""
    return Header(top, columns)


@dataclass(frozen=True)
class Kind:
    """`organization`: where a row names one; `anywhere`: it may be registered outside the asker's area.

    `point`: the column that names a point which must be there. `headed` finds the columns; `csv`: text is taken, too;
    `begun_at`: where it is uploaded, if not here; `begin`, `finish` and `undo` are what there is to do once.
    """

    columns: Sequence[Column]
    organization: Columns
    anywhere: bool
    point: str
    label: Callable[[Row], str]
    read: Read
    known: Callable[[asyncpg.Connection, Sequence[Any]], Awaitable[Any]]
    decide: Callable[[Sequence[Any], Any, Organizations, Reaches, Findings], Any]
    write: Callable[[Batch, Any, Vault, Mapping[int, UUID]], Awaitable[set[UUID]]]
    headed: Callable[[Sequence[Sequence[str]], Sequence[Column], Claim], Header] = by_name
    csv: bool = False
    begun_at: str = ""
    begin: Callable[[Batch, Claim], Awaitable[None]] | None = None
    finish: Callable[[Batch, Claim], Awaitable[None]] | None = None
    undo: Callable[[AsyncSession, Claim], Awaitable[None]] | None = None


def read_points(
    rows: Sequence[Row], places: Places, vault: Vault, today: date, findings: Findings, seen: Seen,
    *, old_numbers: bool,
) -> Sequence[point_rows.Point]:  # fmt: skip
    """Nobody is named in it, and no day of it must be past."""
    return point_rows.read_rows(rows, places, vault, findings, seen)


KINDS: Mapping[ImportKind, Kind] = {
    ImportKind.CERTIFIED_WORKERS: Kind(
        worker_rows.COLUMNS,
        worker_rows.EMPLOYER,
        False,
        "point_number",
        worker_rows.label,
        worker_rows.read_rows,
        worker_known.load_known,
        worker_plan.decide,
        worker_write.write,
    ),
    ImportKind.SERVICE_POINTS: Kind(
        point_rows.COLUMNS,
        point_rows.OPERATOR,
        True,
        "number",
        point_rows.label,
        read_points,
        point_plan.load_known,
        point_plan.decide,
        point_write.write,
    ),
    ImportKind.EXAM_RESULTS: Kind(
        exam_rows.COLUMNS,
        exam_rows.NOBODY,
        False,
        "",
        exam_rows.label,
        exam_rows.read_rows,
        exam_plan.load_known,
        exam_plan.decide,
        exam_write.write,
    ),
    ImportKind.NATIONAL_STATUSES: Kind(
        national_rows.COLUMNS,
        Columns("", ""),
        False,
        "",
        national_rows.label,
        national_rows.read_rows,
        national.known,
        national.decide,
        national.write,
        headings.headed,
        csv=True,
        begun_at="/reconciliation/exports",
        begin=national.begin,
        finish=national.finish,
        undo=national.undo,
    ),
}
