"""A key for each person, and blind indexes by key.

The column person.id_index stays, unwritten and unread by this version: the version before needs it while both run, and
what that one adds is indexed here by a trigger. Both go with a later migration.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    """
create table person_key (
  person_id uuid constraint pk_person_key primary key
    constraint fk_person_key_person_id references person on delete cascade,
  wrapped bytea not null,
  master varchar not null,
  generation varchar not null)""",
    """
create table person_index (
  blind bytea,
  key_id varchar,
  person_id uuid not null constraint fk_person_index_person_id references person on delete cascade,
  constraint pk_person_index primary key (blind, key_id))""",
    "create index ix_person_index_person_id on person_index (person_id)",
    """
create table destroyed_key (
  person_id uuid constraint pk_destroyed_key primary key,
  destroyed_at timestamptz not null default clock_timestamp())""",
)
# Under which key a ciphertext was written: its header, which is not secret, says so.
FUNCTIONS = (
    """
create function sealed_under(sealed bytea) returns text language sql immutable strict parallel safe as $$
  select case when get_byte(sealed, 0) >= 128
    then convert_from(substr(sealed, 3, get_byte(sealed, 1)), 'UTF8')
    else convert_from(substr(sealed, 2, get_byte(sealed, 0)), 'UTF8') end $$""",
    """
create function blind_under(blind bytea) returns text language sql immutable strict parallel safe as $$
  select case when length(blind) = 32 then 'i1'
    else convert_from(substr(blind, 2, get_byte(blind, 0)), 'UTF8') end $$""",
    # The owner's rights, for history is closed to everybody else. It takes out of it one thing only, and for good.
    """
create function erase_person(who uuid) returns boolean language plpgsql security definer
set search_path = public, pg_temp as $$
declare asker text := coalesce(current_setting('shegong.actor', true), '');
begin
  perform from person where id = who for update;
  if not found then return false; end if;
  insert into destroyed_key (person_id) values (who) on conflict do nothing;
  delete from person_key where person_id = who;
  delete from person_index where person_id = who;
  update person set id_number = '', id_index = null, id_masked = '***', phone = null, phone_index = null,
    phone_masked = null, name = left(name, 1) || '**', canonical = left(canonical, 1) || '**', version = version + 1
  where id = who and id_number <> '';
  update person_history set row = (row - 'pairs') || jsonb_build_object(
    'id_number', '\\x', 'id_index', null, 'id_masked', '***', 'phone', null, 'phone_index', null, 'phone_masked', null,
    'name', left(row ->> 'name', 1) || '**', 'canonical', left(row ->> 'canonical', 1) || '**')
  where id = who::text;
  perform set_config('shegong.actor', '*', true);  -- whoever's import it was
  update import_row set label = '***', findings = '[]', changes = '[]' where subject = who;
  perform set_config('shegong.actor', asker, true);
  return true;
end $$""",
    "revoke all on function erase_person(uuid) from public",
    """
do $$ declare r record; begin
  for r in select distinct a.grantee::regrole as who from pg_class c, aclexplode(c.relacl) a
           where c.oid = 'public.person'::regclass and a.privilege_type = 'UPDATE' and a.grantee not in (0, c.relowner)
  loop execute format('grant execute on function erase_person(uuid) to %s', r.who); end loop;
end $$""",
    """
create function index_old_writing() returns trigger language plpgsql as $$
begin
  insert into person_index (key_id, blind, person_id) select 'i1', id_index, id from come where id_index is not null;
  return null;
end $$""",
)
SWITCH = (
    "alter table person alter id_index drop not null",
    "create trigger person_index_old_writing after insert on person referencing new table as come "
    "for each statement execute function index_old_writing()",
    "insert into person_index (key_id, blind, person_id) select 'i1', id_index, id from person",
)


def upgrade() -> None:
    for statement in (*TABLES, *FUNCTIONS, *SWITCH):
        op.execute(statement)
