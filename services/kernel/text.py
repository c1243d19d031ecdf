"""The shared text type, for who still looks for it here."""

from services.contracts.text import Line, Name, Note, Search

__all__ = ["Line", "Name", "Note", "Search"]
