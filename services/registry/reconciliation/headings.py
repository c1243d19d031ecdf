"""What the columns of a file are taken for: by their names, by what an area has said once, or by nobody yet.

No column is left out silently: one that nobody knows stops the reading until somebody says what it is.
"""

from collections.abc import Mapping, Sequence

from services.kernel.errors import FieldError
from services.registry.imports.jobs import Claim
from services.registry.imports.roster import HEADER_WITHIN, BadRoster, Column, Header, header, known, visible
from services.registry.reconciliation.rows import COLUMNS

LONGEST = 100  # characters of a heading, as it is compared
UNMAPPED = "unmapped_headings"
KNOWN, UNKNOWN = "known_heading", "unknown_heading"
NAMES = {header(text): c.field for c in COLUMNS for text in (c.title, *c.synonyms)}
BY_FIELD = {c.field: c for c in COLUMNS}
Said = Mapping[str, str | None]  # heading as compared → field; None: left out, knowingly


class Unmapped(BadRoster):
    english = "It is not known what some of the columns mean."


def compared(title: str) -> str:
    return header(title)[:LONGEST]


def meaning(title: str, said: Said) -> tuple[str | None, bool]:
    """The field, and whether anybody has said so. What was said goes before what a name suggests."""
    name = compared(title)
    if name in said:
        return said[name], True
    return NAMES.get(name), name in NAMES


class Headings(Header):
    """Where the columns are, once every one of them is known or left out knowingly."""

    def __init__(self, top: Sequence[Sequence[str]], said: Said, *, day_said: bool) -> None:
        self.line = line_of(top, said) + 1
        titles = list(top[self.line - 1])
        meant = [meaning(title, said) if title else (None, True) for title in titles]
        check(self.line, titles, meant, day_said=day_said)
        self.where = {field: n for n, (field, _) in enumerate(meant) if field}
        left = [visible(t) for t, (field, _) in zip(titles, meant, strict=True) if t and field is None]
        self.notes = [f"以下列没有对应的内容，未读取：{'、'.join(left)}。"] if left else []


def line_of(top: Sequence[Sequence[str]], said: Said) -> int:
    """The line with most of what is known; else the first of those with most columns."""
    lines = top[:HEADER_WITHIN]
    if not any(any(line) for line in lines):
        raise BadRoster("没有找到表头，请核对文件后再上传（表头应在前 10 行之内）。", code="no_header")
    names = {**NAMES, **{name: field or name for name, field in said.items()}}
    return max(range(len(lines)), key=lambda n: (known(lines[n], names), sum(map(bool, lines[n])), -n))


def check(line: int, titles: Sequence[str], meant: Sequence[tuple[str | None, bool]], *, day_said: bool) -> None:
    """What is missing, twice or unknown; all columns are told, for the form in which somebody says what they are."""
    fields = [field for field, _ in meant if field]
    missing = [c.title for c in COLUMNS if c.required and c.field not in fields]
    twice = sorted({BY_FIELD[f].title for f in fields if fields.count(f) > 1})
    unknown = [visible(t) for t, (_, is_known) in zip(titles, meant, strict=True) if not is_known]
    if not day_said and "exported_on" not in fields:
        missing.append("导出日期")
    wrong = [
        *([f"不认识的列：{'、'.join(unknown[:10])}"] if unknown else []),
        *([f"缺少的列：{'、'.join(missing)}"] if missing else []),
        *([f"对应了两次的列：{'、'.join(twice)}"] if twice else []),
    ]
    if wrong:
        errors = [
            FieldError(row=line, field=visible(t)[:LONGEST], code=KNOWN if is_known else UNKNOWN,
                       detail=f"{BY_FIELD[field].title if field else '没有对应'}，请在“对应列名”页面核对。")
            for t, (field, is_known) in zip(titles, meant, strict=True) if t
        ]  # fmt: skip
        raise Unmapped(f"第 {line} 行的表头：{'；'.join(wrong)}。请先对应列名。", code=UNMAPPED, errors=errors)


def headed(top: Sequence[Sequence[str]], _: Sequence[Column], claim: Claim) -> Headings:
    """As the import reads it."""
    return Headings(top, claim.options.get("columns", {}), day_said=bool(claim.options.get("exported_on")))
