"""What is common to everything that is sent to be written."""

from pydantic import BaseModel


class Request(BaseModel, extra="forbid"):
    """An unknown field is refused rather than ignored."""
