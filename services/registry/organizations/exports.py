"""The list of organizations as a file."""

from services.contracts.registry import ORGANIZATION_KIND_NAMES, OrganizationOut
from services.kernel.export import Column, Table

TABLE: Table[OrganizationOut] = Table(
    "organizations",
    "机构",
    (
        Column("名称", lambda o: o.name, 36),
        Column("类别", lambda o: ORGANIZATION_KIND_NAMES[o.kind]),
        Column("统一社会信用代码", lambda o: o.uscc, 22),
        Column("所在区划代码", lambda o: o.division),
        Column("所在区划", lambda o: o.division_name),
        Column("地址", lambda o: o.address, 36),
    ),
)
