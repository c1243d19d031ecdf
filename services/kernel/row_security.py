"""Row-level security: the statements that close one table to whoever's divisions a row does not lie in.

Three settings of the transaction (scope) say where it may read and write, and who asks. Unset, no row is there. The
policies bind the tables' owner too: a migration that moves rows begins with `REACH_EVERYTHING`. In a migration:

    for statement in (*scope_type(), *walled("project", "division"), *walled_by_parent("payment", "project")):
        op.execute(statement)

Deliberately open, for no row of theirs is anybody's in particular: `division` (public); `subject`, `event` and
`known_subject` (feeds: only other services read them, by a signature of their own, and whoever of ours reads a copy
names the record); `idempotency` (found by who asks); the queue and the cursors (no data);
`person_index` and `destroyed_key` (blind indexes and ids: whether somebody is registered already is asked city-wide).
"""

READS, WRITES, ACTOR = "shegong.reads", "shegong.writes", "shegong.actor"
ALL = "0" * 12 + "9" * 12
REACH_EVERYTHING = f"""
select set_config('{READS}', '{ALL}', true), set_config('{WRITES}', '{ALL}', true), set_config('{ACTOR}', '*', true)"""
OPEN = frozenset({
    "alembic_version", "division", "division_history", "event", "feed_cursor", "feed_epoch", "feed_parked",
    "idempotency", "known_subject", "subject", "pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics",
    "person_index", "destroyed_key",
})  # fmt: skip


def scope_type() -> list[str]:
    """Once in each database, before its policies."""
    return ['create type code_range as range (subtype = text, collation = "C", multirange_type_name = code_multirange)']


def lies_in(setting: str, code: str) -> str:
    """Between the ends of the scope's hull, which an index serves; of several ranges, also in one of them.

    `(select …)` is asked once for the statement; what stands without it the planner knows, and may begin an index scan.
    """
    said = f"current_setting('{setting}', true)"
    several = f"(select length({said}) > 24)"
    return (
        f"({code}) between left({said}, 12) and substr({said}, 13, 12) and "
        f"(not {several} or ({code}) <@ (select nullif(substr({said}, 25), '')::code_multirange))"
    )


def walled(table: str, code: str = "division", *, history: bool = True) -> list[str]:
    """A table whose rows say in a column where they lie; and its history twin."""
    kept = twin(table, lies_in(READS, f"(row->>'{code}') collate \"C\"")) if history else []
    return [*policies(table, lies_in(READS, code), lies_in(WRITES, code)), *kept]


def walled_by_parent(
    table: str, parent: str, column: str | None = None, code: str = "division", *, history: bool = True
) -> list[str]:
    """A table whose rows lie where their parent does: asked for each row that is left after the indexes."""
    column = column or f"{parent}_id"
    reads, writes = (whose_parent(s, parent, f"{table}.{column}", code) for s in (READS, WRITES))
    kept = twin(table, whose_parent(READS, parent, f"(row->>'{column}')::uuid", code)) if history else []
    return [*policies(table, reads, writes), *kept]


def whose_parent(setting: str, parent: str, id: str, code: str = "division") -> str:
    """The parent's own policy has the reads already. A scalar where `exists` would do: PostgreSQL would make a hash of
    all parents of `exists`, for a page of fifty (docs/adr/0006).
    """
    also = "" if setting == READS else f" and {lies_in(setting, f'up.{code}')}"
    return f"(select true from {parent} up where up.id = {id}{also})"


def policies(table: str, reads: str, writes: str) -> list[str]:
    return [
        *closed(table),
        f"create policy {table}_read on {table} for select using ({reads})",
        f"create policy {table}_add on {table} for insert with check ({writes})",
        f"create policy {table}_change on {table} for update using ({writes}) with check ({writes})",
        f"create policy {table}_remove on {table} for delete using ({writes})",
    ]


def closed(table: str) -> list[str]:
    return [f"alter table {table} enable row level security", f"alter table {table} force row level security"]


def twin(table: str, reads: str) -> list[str]:
    """Written by the trigger alone, with its owner's rights, for a row that the policies of the table let pass."""
    return [
        *closed(f"{table}_history"),
        f"create policy {table}_history_read on {table}_history for select using ({reads})",
        f"create policy {table}_history_keep on {table}_history to current_user using (true) with check (true)",
    ]
