"""The list of applications for registration as a file."""

from datetime import date

from services.contracts.registrations import KIND_NAMES, STATE_NAMES, ApplicationOut
from services.contracts.registry import LEVEL_NAMES
from services.kernel.export import Column, Table

APPLICATIONS: Table[ApplicationOut] = Table(
    "registration-applications",
    "登记申请",
    (
        Column("编号", lambda a: a.number),
        Column("类别", lambda a: KIND_NAMES[a.kind], key="kind"),
        Column("状态", lambda a: STATE_NAMES[a.state], key="state"),
        Column("姓名", lambda a: a.person_name, key="person"),
        Column("证书级别", lambda a: a.level and LEVEL_NAMES[a.level], key="level"),
        Column("受理区划代码", lambda a: a.division, key="division"),
        Column("首次提交", lambda a: a.submitted_on, key="submitted_on"),
        Column("受理日期", lambda a: a.accepted_on, key="accepted_on"),
        Column("办理期限", lambda a: a.deadline.due_on if a.deadline else None, key="deadline"),
        Column("办理期限（没有放假安排的年份，估计）", lambda a: estimated(a), 30, key="deadline"),
        Column("初审日期", lambda a: a.first_on, key="first_on"),
        Column("终审日期", lambda a: a.final_on, key="final_on"),
        Column("登记日期", lambda a: a.registered_on, key="registered_on"),
        Column("登记证书号", lambda a: a.registration_number, 24, key="registration_number"),
        Column("审核意见", lambda a: a.reason, 40, key="reason"),
    ),
)


def estimated(application: ApplicationOut) -> date | None:
    """Only where the day itself cannot be told."""
    deadline = application.deadline
    return deadline.estimated_on if deadline and deadline.due_on is None else None
