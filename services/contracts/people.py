"""What the registry takes of one person entered by hand."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import IdType
from services.contracts.text import Line, Name, Phone, clean

IdNumber = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(clean), Field(min_length=1)]


class EnterPerson(Request):
    """`division` is where somebody counts who has no employer; with one, that is where the employer is."""

    name: Name
    id_type: IdType = IdType.RESIDENT_ID_CARD
    id_number: IdNumber
    phone: Phone | None = None
    education: Line | None = None
    major: Line | None = None
    employer_id: UUID | None = None
    division: DivisionCode | None = None
    direct_service: bool | None = None
