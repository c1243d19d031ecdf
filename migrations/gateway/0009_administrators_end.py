"""Ending an administrator's grant needs two, and two security administrators remain: in the database as well (SEC-06)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AS_OURS = "language plpgsql set search_path = public, pg_temp as $$"
# Of the grants that leave: wherever they held, two others hold on that day. One check at a time, to the end of its
# transaction: the lock is the one that the gateway takes itself.
TWO_REMAIN = f"""
create function check_two_security_admins(leaving uuid[], places text[], day date) returns void {AS_OURS}
declare place text;
begin
  perform pg_advisory_xact_lock(hashtext('security administrators'));
  foreach place in array places loop
    if (select count(distinct g.account_id) from role_grant g join account a on a.id = g.account_id
        where g.role = 'security_admin' and not g.pending and g.id <> all(leaving) and a.disabled_at is null
          and g.start <= day and (g."end" is null or g."end" > day)
          and exists (select from unnest(g.divisions) d where starts_with(place, division_prefix(d)))) < 2 then
      raise exception 'fewer than two security administrators would be left in %', place
        using errcode = 'check_violation', constraint = 'ck_role_grant_two_security_admins';
    end if;
  end loop;
end $$"""
# What the codes of a division and of all below it begin with.
PREFIX = """
create function division_prefix(code text) returns text language sql immutable strict parallel safe as $$
  select case when right(code, 12) = repeat('0', 12) then '' when right(code, 10) = repeat('0', 10) then left(code, 2)
    when right(code, 8) = repeat('0', 8) then left(code, 4) when right(code, 6) = repeat('0', 6) then left(code, 6)
    when right(code, 3) = '000' then left(code, 9) else code end $$"""
# Sooner only: by whoever holds it, or as two have agreed, and not before the day that they agreed on.
GRANT_ENDS = f"""
create function role_grant_ends() returns trigger {AS_OURS}
declare
  own boolean := new.ended_by is not distinct from 'account:' || old.account_id;
  agreed boolean := new.ending_agreed_by is not null and coalesce(new.ending_on <= new."end", false);
begin
  if new."end" is null or new."end" >= old."end" or not (own or agreed) then
    raise exception 'two administrators end a grant of another one'
      using errcode = 'check_violation', constraint = 'ck_role_grant_ended_by_two';
  end if;
  if old.role = 'security_admin' then
    perform check_two_security_admins(array[old.id], old.divisions, new."end");
  end if;
  return new;
end $$"""
ACCOUNT_LEAVES = f"""
create function account_leaves() returns trigger {AS_OURS}
declare
  today date := (now() at time zone 'Asia/Shanghai')::date;
  held uuid[]; places text[];
begin
  select array_agg(distinct g.id), array_agg(distinct d) into held, places
  from role_grant g, unnest(g.divisions) d
  where g.account_id = new.id and g.role = 'security_admin' and not g.pending
    and (g."end" is null or g."end" > today);
  if held is not null then
    perform check_two_security_admins(held, places, today);
  end if;
  return new;
end $$"""
TRIGGERS = (
    "create trigger role_grant_ends before update of \"end\" on role_grant for each row "
    "when (old.role_class <> 'official' and not old.pending and new.\"end\" is distinct from old.\"end\") "
    "execute function role_grant_ends()",
    "create trigger account_leaves before update of disabled_at on account for each row "
    "when (old.disabled_at is null and new.disabled_at is not null) execute function account_leaves()",
)  # fmt: skip


def upgrade() -> None:
    """Until it is replaced the version before cannot end an administrator's own grant: it does not say who ends it."""
    op.add_column("role_grant", sa.Column("ended_by", sa.Text()))
    for statement in (PREFIX, TWO_REMAIN, GRANT_ENDS, ACCOUNT_LEAVES, *TRIGGERS):
        op.execute(statement)
