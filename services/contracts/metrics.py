"""The metric registry: every metric's name, kind, unit, owner, meaning and rule, declared once."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    STOCK = "stock"  # amount in force on a day
    FLOW = "flow"  # amount that happened in a period
    PRESENCE = "presence"  # units in which it holds, whatever the number of facts
    RATIO = "ratio"  # of two of the above; defined in the policy pack, never published


class Metric(StrEnum):
    UNIT = "unit"
    POINT_OPEN = "point_open"
    POINT_STAFFED = "point_staffed"
    POINT_CONTRACTED = "point_contracted"
    POINT_OWN_STAFF = "point_own_staff"
    SERVICE_DELIVERED = "service_delivered"
    CERTIFICATES_ISSUED = "certificates_issued"
    CERTIFIED_PEOPLE = "certified_people"
    REGISTERED_WORKERS = "registered_workers"
    TRAINING_BASES = "training_bases"
    INTERNSHIP_SITES = "internship_sites"
    SUPERVISORS = "supervisors"
    HOURS_ATTENDED = "hours_attended"
    STAFF_IN_SCOPE = "staff_in_scope"
    CE_COMPLIANT = "ce_compliant"
    PROJECT_STAFF = "project_staff"
    PROJECT_STAFF_QUALIFIED = "project_staff_qualified"
    PROJECTS_IN_FORCE = "projects_in_force"
    AMOUNT_PAID = "amount_paid"
    PERSONS_SERVED = "persons_served"
    CERTIFIED_ASSISTANTS = "certified_assistants"
    CERTIFIED_SOCIAL_WORKERS = "certified_social_workers"
    CERTIFIED_SENIORS = "certified_seniors"


class Definition(NamedTuple):
    """`number` is the metric's name in the fold's tables: stable for ever, below 128."""

    number: int
    name: str
    kind: Kind
    unit: str
    owner: str
    meaning: str
    rule: str


_STOCK, _FLOW, _PRESENCE = Kind.STOCK, Kind.FLOW, Kind.PRESENCE

METRICS: dict[Metric, Definition] = {
    Metric.UNIT: Definition(1, "单位数", _PRESENCE, "个", "registry", "当日在册、计入分母的区划单位", "COV-08"),
    Metric.POINT_OPEN: Definition(2, "有站点", _PRESENCE, "个", "registry", "当日至少有一个开放的服务站点", "COV-07"),
    Metric.POINT_STAFFED: Definition(
        3, "有在册社工", _PRESENCE, "个", "registry", "开放的站点当日有登记有效的社工在岗", "COV-07"
    ),
    Metric.POINT_CONTRACTED: Definition(
        4, "有政府购买", _PRESENCE, "个", "registry", "开放的站点当日由政府购买合同服务，或登记为政府购买保障", "COV-07"
    ),
    Metric.POINT_OWN_STAFF: Definition(
        5, "有自有人员", _PRESENCE, "个", "registry", "开放的站点当日由自有人员保障", "COV-07"
    ),
    Metric.SERVICE_DELIVERED: Definition(
        6, "有服务", _PRESENCE, "个", "coordination", "近期有社工提供服务的单位（service.valid_days）", "COV-06"
    ),
    Metric.CERTIFICATES_ISSUED: Definition(
        7, "证书发放量", _FLOW, "本", "registry", "期间内批准的职业水平证书（累计口径）", "COV-12"
    ),
    Metric.CERTIFIED_PEOPLE: Definition(
        8, "持证社会工作专业人才", _STOCK, "人", "registry", "当日持有至少一本有效证书的人，每人计一次", "COV-12"
    ),
    Metric.REGISTERED_WORKERS: Definition(
        9, "登记有效的社工", _STOCK, "人", "registry", "当日登记在有效期内的人", "COV-12"
    ),
    Metric.TRAINING_BASES: Definition(10, "实训基地", _STOCK, "个", "training", "当日在册的教育实习实训基地", "CE-16"),
    Metric.INTERNSHIP_SITES: Definition(11, "实习点", _STOCK, "个", "training", "当日在册的实习点", "CE-16"),
    Metric.SUPERVISORS: Definition(12, "督导人才", _STOCK, "人", "training", "当日聘期内的督导", "SUP-01"),
    Metric.HOURS_ATTENDED: Definition(13, "培训学时", _FLOW, "学时", "training", "期间内确认的培训学时", "CE-06"),
    Metric.STAFF_IN_SCOPE: Definition(
        14, "应训人员", _STOCK, "人", "training", "直接从事社会服务、受年度学时要求约束的人", "CE-06"
    ),
    Metric.CE_COMPLIANT: Definition(
        15, "年度学时达标人员", _STOCK, "人", "training", "自学时满 60 之日起至年末计入", "CE-06"
    ),
    Metric.PROJECT_STAFF: Definition(
        16, "项目工作人员", _STOCK, "人", "procurement", "当日在执行项目上的人，在几个项目上计几次", "QUAL-01"
    ),
    Metric.PROJECT_STAFF_QUALIFIED: Definition(
        17, "合格项目工作人员", _STOCK, "人", "procurement", "其中相关专业毕业或当日持证的人，计法相同", "QUAL-01"
    ),
    Metric.PROJECTS_IN_FORCE: Definition(
        18, "在执行项目", _STOCK, "个", "procurement", "当日在合同期内的项目", "PRO-01"
    ),
    Metric.AMOUNT_PAID: Definition(
        19, "已支付金额", _FLOW, "元", "procurement", "期间内批准支付的金额，减去冲回", "COST-06"
    ),
    Metric.PERSONS_SERVED: Definition(
        20, "服务人次", _FLOW, "人次", "coordination", "期间内有登记社工在场的服务所服务的人次", "COV-06"
    ),
    Metric.CERTIFIED_ASSISTANTS: Definition(
        21, "持证人才（助理社会工作师）", _STOCK, "人", "registry", "当日最高有效证书为助理社会工作师的人", "CERT-08"
    ),
    Metric.CERTIFIED_SOCIAL_WORKERS: Definition(
        22, "持证人才（社会工作师）", _STOCK, "人", "registry", "当日最高有效证书为社会工作师的人", "CERT-08"
    ),
    Metric.CERTIFIED_SENIORS: Definition(
        23, "持证人才（高级社会工作师）", _STOCK, "人", "registry", "当日最高有效证书为高级社会工作师的人", "CERT-08"
    ),
}
