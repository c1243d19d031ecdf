"""What lies within an administrator's area, for what she is shown and for what she changes: all of it lies there.

Through an account or a client of two districts whoever administers one would reach the other. In SQL for what is
stored; for what an order is to make, or has locked, of the divisions that it says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.kernel import narrowing
from services.kernel.actor import Actor
from services.kernel.listing import Conditions
from services.kernel.scope import apart

LOOKING, AUDITING, GRANTING = "accounts:read", "audit:read", "grants:write"
ACCOUNT = "case when {0} like 'account:%' and length({0}) = 44 then substr({0}, 9)::uuid end"


@dataclass(frozen=True)
class Area:
    """`inside` is whether a division `d` lies in one of its ranges."""

    inside: str

    def holds(self, divisions: str) -> str:
        """What lies in these divisions: a grant, a client, a mapping."""
        return f"not exists (select from unnest({divisions}) d where not ({self.inside}))"

    def holds_account(self, id: str, today: str) -> str:
        """An account lies where its grants do that have not ended: also those that wait, or begin later.

        Without any it lies nowhere yet, and is everybody's: it is waiting for somebody to grant it something. A scalar,
        asked for each row of a page: of `not exists` PostgreSQL makes a hash of all grants (docs/adr/0006).
        """
        return f"""(
  select coalesce(bool_and({self.inside}), true) from role_grant h, unnest(h.divisions) d
  where h.account_id = {id} and (h."end" is null or h."end" > {today}))"""

    def holds_event(self, today: str) -> str:
        """An event lies where it says, or the grant that it names; any other where its account, client or mapping lies.

        What is about nobody, a refused name that there is not, lies nowhere, like an account without grants.
        """
        said = "array(select jsonb_array_elements_text(event.body->'divisions'))"
        return f"""case
  when jsonb_typeof(event.body->'divisions') = 'array' then {self.holds(said)}
  when event.body ? 'grant' then
    (select {self.holds("g.divisions")} from role_grant g where g.id = (event.body->>'grant')::uuid)
  when event.subject like 'account:%' then {self.holds_account(ACCOUNT.format("event.subject"), today)}
  when event.subject like 'client:%' then
    (select {self.holds("c.divisions")} from machine_client c where c.id = substr(event.subject, 8))
  when event.subject like 'mapping:%' then
    (select {self.holds("m.divisions")} from federation_mapping m where m.id = substr(event.subject, 9)::uuid)
  else true end"""


def area_of(actor: Actor, permission: str, conditions: Conditions) -> Area:
    """Where an actor has a permission, in the parameters of one question."""
    if not narrowing.on:
        return Area("true")
    between = "d between {} and {}"
    ranges = apart(actor.ranges(permission))
    any_of = [between.format(conditions.value(r.low), conditions.value(r.high)) for r in ranges]
    return Area(" or ".join(any_of) or "false")


def check_reach(actor: Actor, divisions: Iterable[str]) -> None:
    """Whoever grants in one district has no say in another."""
    for division in divisions:
        actor.require_at(GRANTING, division)


def reaches_all(actor: Actor, divisions: Sequence[str]) -> bool:
    """Whether she can change what lies there."""
    return bool(actor.ranges(GRANTING)) and all(actor.reaches(GRANTING, division) for division in divisions)
