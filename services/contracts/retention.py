"""How long records are kept, and what is held beyond that: shapes of the API."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.disclosure import Reason
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request


# ── retention ────────────────────────────────────────────────────────────────────────────────────────────────────────
class DataClass(StrEnum):
    PROCUREMENT_FILE = "procurement_file"
    NETWORK_LOG = "network_log"
    PROCESSING_RECORD = "processing_record"
    IMPORT_CONTENT = "import_content"
    DISCLOSURE_FILE = "disclosure_file"
    EXAM_CANDIDATE = "exam_candidate"


DATA_CLASS_NAMES: dict[DataClass, str] = {
    DataClass.PROCUREMENT_FILE: "采购文件",
    DataClass.NETWORK_LOG: "网络日志",
    DataClass.PROCESSING_RECORD: "个人信息查看、提供和请求的记录",
    DataClass.IMPORT_CONTENT: "上传的名册及核对结果",
    DataClass.DISCLOSURE_FILE: "含个人信息明文的导出文件",
    DataClass.EXAM_CANDIDATE: "考生的姓名和证件号码",
}


class RetentionOut(BaseModel):
    """`floor_months` by law; what is kept longer than minutes is counted in whole months."""

    data_class: DataClass
    name: str
    floor_months: int
    keep_months: int
    keep_days: int
    keep_minutes: int
    law: str
    owner: str


class RetentionDue(BaseModel):
    """Of the asker's area: records of one kind that are done with, the day on which the first of them may go, and how
    many are old enough now (they go with the next purge, unless a hold stands against it).
    """

    data_class: DataClass
    table: str
    rows: int
    due: int
    first_goes_on: date | None


class PlaceHold(Request):
    """Of people who count in the division or below, nothing of this class is purged; `person_id`: of this one only."""

    division: DivisionCode
    data_class: DataClass
    person_id: UUID | None = None
    reason: Reason


class HoldAction(StrEnum):
    LIFT = "lift"


class HoldOut(BaseModel):
    id: UUID
    division: DivisionCode
    data_class: DataClass
    person_id: UUID | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    person_name: str | None
    may: list[HoldAction] = Field(default_factory=list)
