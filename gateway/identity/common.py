"""Passwords that are guessed first: common words, years, walks over the keyboard, and nothing else beside. Pure."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

SHORTEST_WALK = 3
NOTHING_MUCH = 4  # what is left of a password besides the guessable must be at least so long
ROWS = (
    "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "qaz", "wsx", "edc", "rfv", "tgb", "yhn", "ujm",
    "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "一二三四五六七八九十", "甲乙丙丁戊己庚辛壬癸",
)  # fmt: skip
# Of every day, of offices, of this system and its city, and what Chinese users are known to choose.
WORDS = frozenset(Path(__file__).with_name("common-words.txt").read_text(encoding="utf-8").split())
LEET = str.maketrans({"@": "a", "0": "o", "3": "e", "$": "s", "5": "s", "!": "i", "1": "i", "4": "a", "7": "t"})
BY_LENGTH = sorted(WORDS, key=len, reverse=True)


def too_common(password: str, *own: str) -> bool:
    """Whether less than four letters are left once words, repetitions, walks and all digits are taken away.

    `own` are words that stand for this person: her username.
    """
    return any(
        len(left(form(password), [form(word) for word in own if len(word) > 2])) < NOTHING_MUCH
        for form in (written, spoken)
    )


def written(password: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", password).casefold() if c.isalnum())


def spoken(password: str) -> str:
    """As it reads when digits and signs stand for letters."""
    return written(unicodedata.normalize("NFKC", password).casefold().translate(LEET))


def left(form: str, own: list[str]) -> str:
    for word in (*own, *BY_LENGTH):
        form = form.replace(word, "|")
    gone = walked(form)
    return "".join(c for at, c in enumerate(form) if at not in gone and c.isalpha())


def walked(form: str) -> frozenset[int]:
    """Places within a run of equal letters, or of neighbours on the keyboard or in the alphabet, to or fro."""
    return frozenset(at for start, end in runs(form) for at in range(start, end))


def runs(form: str) -> Iterator[tuple[int, int]]:
    for start in range(len(form) - SHORTEST_WALK + 1):
        piece = form[start : start + SHORTEST_WALK]
        if len(set(piece)) == 1 or any(piece in row or piece[::-1] in row for row in ROWS):
            yield start, start + SHORTEST_WALK
