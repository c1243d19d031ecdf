"""History twins: a trigger writes every version of every row, in the transaction that made it."""

# The owner's rights: the app's role may read its history, and nothing else. The clock of the statement, not of the
# transaction: one that began earlier may change the row later.
KEEP = """
create function history_keep() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  twin text := quote_ident(tg_table_name || '_history');
  key text := quote_ident(tg_argv[0]);
  at timestamptz := clock_timestamp();
begin
  if tg_op <> 'INSERT' then
    execute format('update %s h set recorded_to = $1 from gone g where h.id = g.%s::text and h.recorded_to is null',
                   twin, key) using at;
  end if;
  if tg_op <> 'DELETE' then
    execute format('insert into %s (id, recorded_from, row) select n.%s::text, $1, to_jsonb(n) from come n',
                   twin, key) using at;
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
        withheld(f"{table}_history", "insert", "update", "delete", "truncate"),
        *(
            f"create trigger {table}_history_{kind} after {kind} on {table} {transition} "
            f"for each statement execute function history_keep('{key}')"
            for kind, transition in TRANSITIONS.items()
        ),
    ]


def withheld(table: str, *rights: str) -> str:
    """Take rights on a table from everybody but its owner: what is written stays written."""
    return f"""
do $$ declare r record; begin
  for r in select distinct a.grantee::regrole as who from pg_class c, aclexplode(c.relacl) a
           where c.oid = 'public.{table}'::regclass and a.grantee not in (0, c.relowner)
  loop execute format('revoke {", ".join(rights)} on public.{table} from %s', r.who); end loop;
end $$"""
