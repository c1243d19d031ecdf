"""The lists of people, of their certificates and of their registrations as files."""

from services.contracts.registry import ID_TYPE_NAMES, LEVEL_NAMES, CertificateOut, PersonOut, RegistrationOut
from services.kernel.export import Column, Table
from services.registry.listing import last_day


def works_at(person: PersonOut) -> str | None:
    return person.assignment.service_point_name if person.assignment else None


PEOPLE: Table[PersonOut] = Table(
    "people",
    "人员",
    (
        Column("姓名", lambda p: p.name),
        Column("证件类型", lambda p: ID_TYPE_NAMES[p.id_type], key="id_type"),
        Column("证件号码（部分隐去）", lambda p: p.id_number, 22, key="id_number"),
        Column("手机（部分隐去）", lambda p: p.phone, key="phone"),
        Column("证书级别", lambda p: p.level and LEVEL_NAMES[p.level], key="level"),
        Column("登记有效期止", lambda p: last_day(p.registered_until), key="registered_until"),
        Column("工作单位", lambda p: p.employer_name, 30, key="employer"),
        Column("所在区划代码", lambda p: p.division, key="division"),
        Column("所在区划", lambda p: p.division_name, key="division"),
        Column("服务站点", lambda p: works_at(p), 30, key="service_point"),
        Column("到岗日期", lambda p: p.assignment.started_on if p.assignment else None, key="service_point"),
        Column("学历", lambda p: p.education, key="education"),
        Column("专业", lambda p: p.major, key="major"),
        Column("专业是否相关", lambda p: p.related_major, key="major"),
        Column("是否直接从事社会服务", lambda p: p.direct_service, key="direct_service"),
    ),
)

CERTIFICATES: Table[CertificateOut] = Table(
    "certificates",
    "职业水平证书",
    (
        Column("姓名", lambda c: c.person_name),
        Column("证书级别", lambda c: LEVEL_NAMES[c.level], key="level"),
        Column("管理号", lambda c: c.management_number, 24, key="management_number"),
        Column("批准日期", lambda c: c.approved_on, key="approved_on"),
        Column("有效期止", lambda c: last_day(c.ended_on), key="ended_on"),
        Column("所在区划代码", lambda c: c.division, key="division"),
    ),
)
REGISTRATIONS: Table[RegistrationOut] = Table(
    "registrations",
    "社会工作者登记",
    (
        Column("姓名", lambda r: r.person_name),
        Column("证书级别", lambda r: LEVEL_NAMES[r.level], key="level"),
        Column("登记日期", lambda r: r.start, key="start"),
        Column("有效期止", lambda r: last_day(r.end), key="end"),
        Column("所在区划代码", lambda r: r.division, key="division"),
    ),
)
