"""Coverage definitions, set expressions over presence, compiled to SQL over multiranges."""

import re
from collections.abc import Mapping

from gateway.coverage.numbering import COVERS, ONE, PER_METRIC, PRESENCE, TIERS

PRESENCE_NUMBERS = [n * PER_METRIC + t for n in PRESENCE.values() for t in range(len(TIERS) + 1)]

SAY = """
insert into fact (subject, division, metric, map, start, stop, amount)
with presence as (
  select l.unit, l.map, l.metric % {per} as tier,
{unions}
  from located l
  where l.metric = any('{{{numbers}}}'::smallint[]) and l.unit in (select unit from unit)
    and l.division in (select unit from unit union select p.division from place p join unit u using (unit))
  group by 1, 2, 3)
select 'cover:' || p.unit, p.unit, m.number * {per} + p.tier, p.map, lower(r), coalesce(upper(r), 'infinity'), {one}
from presence p cross join lateral (values {means}) m(number, periods), unnest(m.periods) r
where p.tier > 0"""


UNION = "coalesce(range_agg(daterange(l.start, l.stop)) filter (where l.metric / {per} = {n}), '{{}}') as has_{name}"


def compiled(expression: str) -> str:
    """'a & (b | c)' → 'has_a * (has_b + has_c)'; nothing else gets through, and every name is a presence metric."""
    if not re.fullmatch(r"[\w\s&|()]+", expression, re.ASCII):
        raise ValueError(f"not a set expression: {expression}")
    if unknown := set(re.findall(r"\w+", expression)) - PRESENCE.keys():
        raise ValueError(f"not presence metrics: {sorted(unknown)}")
    return "(" + re.sub(r"(\w+)", r"has_\1", expression).replace("&", "*").replace("|", "+") + ")"


def say_covers(definitions: Mapping[str, str]) -> str:
    """The statement that says `cover:<unit>` facts for all units in the scratch table `unit`."""
    unions = ",\n".join(UNION.format(per=PER_METRIC, n=n, name=name) for name, n in PRESENCE.items())
    means = ", ".join(f"({COVERS[name]}, {compiled(expression)})" for name, expression in definitions.items())
    numbers = ",".join(map(str, PRESENCE_NUMBERS))
    return SAY.format(per=PER_METRIC, unions=unions, numbers=numbers, means=means, one=ONE)
