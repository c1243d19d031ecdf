"""Owns the one error of the local runtime: a sentence for the operator, printed without a traceback."""


class CannotRun(Exception):
    """Says what is wrong and what to do about it."""
