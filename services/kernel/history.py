"""History twins: a trigger writes every version of every row, in the transaction that made it."""

KEEP = """
create function history_keep() returns trigger language plpgsql as $$
declare twin text := quote_ident(tg_table_name || '_history'); key text := quote_ident(tg_argv[0]);
begin
  if tg_op <> 'INSERT' then
    execute format('update %s h set recorded_to = now() from gone g where h.id = g.%s::text and h.recorded_to is null',
                   twin, key);
  end if;
  if tg_op <> 'DELETE' then
    execute format('insert into %s (id, recorded_from, row) select n.%s::text, now(), to_jsonb(n) from come n',
                   twin, key);
  end if;
  return null;
end $$
"""
# Transition tables belong to one kind of event each, hence three triggers; per statement, so that bulk stays bulk.
TRANSITIONS = {
    "insert": "referencing new table as come",
    "update": "referencing old table as gone new table as come",
    "delete": "referencing old table as gone",
}


def keep_history(table: str, key: str = "id") -> list[str]:
    """The statements for one table; its twin is made by the migration as any other table."""
    return [
        f"create trigger {table}_history_{kind} after {kind} on {table} {transition} "
        f"for each statement execute function history_keep('{key}')"
        for kind, transition in TRANSITIONS.items()
    ]
