"""The navigation: a small table of entries, each with what it stands for and what one must be allowed to see it."""

from collections.abc import Collection
from typing import NamedTuple

from services.contracts.identity import Me


class Entry(NamedTuple):
    """`path` is shown once a route of that path (or one below it) exists; `under` are the addresses it stands for.

    Of several that it `needs`, one is enough.
    """

    path: str
    name: str
    needs: str | tuple[str, ...] | None = None
    under: tuple[str, ...] = ()

    def stands_for(self, here: str) -> bool:
        return any(here == p or here.startswith(f"{p}/") for p in (self.path, *self.under))


class Group(NamedTuple):
    name: str
    entries: tuple[Entry, ...]


MENU: tuple[Entry | Group, ...] = (
    Entry("/work", "工作台", "coverage:read"),
    Entry("/map", "一张图", "coverage:read", ("/explain",)),
    Entry("/indicators", "指标", "coverage:read", ("/targets",)),
    Group(
        "名录",
        (
            Entry("/people", "人员", "registry:read"),
            Entry("/saved-searches", "我的查询", "registry:keep"),
            Entry("/organizations", "机构", "registry:read"),
            Entry("/service-points", "服务站点", "registry:read"),
            Entry("/sessions", "培训活动", "training:read", ("/attendances",)),
            Entry("/supervisors", "督导", "training:read"),
            Entry("/bases", "实训基地", "training:read"),
            Entry("/sites", "实习点", "training:read"),
            Entry("/projects", "政府购买项目", "procurement:read", ("/contracts", "/project-staff")),
            Entry("/payments", "付款审批", "procurement:pay"),
            Entry("/service-records", "服务记录", "coordination:read"),
        ),
    ),
    Group(
        "登记",
        (
            Entry("/registration-applications", "登记申请", "registry:read"),
            Entry("/review", "审核台", "registry:read"),
            Entry("/registrations", "登记名录", "registry:read"),
            Entry("/certificates", "证书", "registry:read"),
            Entry("/exams", "考试成绩", "registry:read", ("/exam-passes",)),
            Entry("/verifications", "证书核验", "verify"),
            Entry("/possible-duplicates", "疑似重复", "registry:read", ("/person-merges",)),
            Entry("/incomplete-names", "待补字", "registry:read"),
            Entry("/reconciliation", "与全国系统核对", "registry:read"),
            Entry("/corrections", "更正", "registry:read"),
            Entry("/holidays", "节假日表", "registry:read"),
            Entry("/amnesty-windows", "集中补办期", "registry:read"),
            Entry("/registration-grounds", "登记事由", "registry:read"),
        ),
    ),
    Entry("/imports", "数据导入", "registry:write"),
    Group(
        "个人信息",
        (
            Entry("/disclosures", "个人信息导出", ("registry:export", "registry:review")),
            Entry("/rights-requests", "权利请求", ("rights:read", "registry:write")),
            Entry("/notices", "告知书", "registry:read"),
            Entry("/legal-holds", "法定保留", "rights:read"),
            Entry("/retention", "保存期限", "registry:read"),
            Entry("/reveals", "个人信息查看记录", "audit:read"),
        ),
    ),
    Entry("/identity-audit", "账号与授权记录", "audit:read"),
    Group(
        "系统管理",
        (
            Entry("/accounts", "账号", "accounts:read"),
            Entry("/grants/pending", "待复核授权", "accounts:read"),
            Entry("/clients", "对接系统", "accounts:read"),
            Entry("/mappings", "统一登录映射", "accounts:read"),
        ),
    ),
    Entry("/policy", "权限一览"),
    Entry("/status", "系统状态"),
    Entry("/help", "帮助"),
)


class Link(NamedTuple):
    """What the layout draws: an entry, or a group with its `links`."""

    name: str
    href: str
    current: bool
    links: tuple["Link", ...] = ()


def may(me: Me | None, permission: str | tuple[str, ...] | None) -> bool:
    """Any of several."""
    wanted = (permission,) if isinstance(permission, str) else permission
    return wanted is None or (me is not None and not me.permissions.keys().isdisjoint(wanted))


def menu(me: Me | None, here: str, routes: Collection[str]) -> list[Link]:
    """What somebody may see of what there is."""
    found = [_group(e, me, here, routes) if isinstance(e, Group) else _entry(e, me, here, routes) for e in MENU]
    return [link for link in found if link is not None]


def _entry(entry: Entry, me: Me | None, here: str, routes: Collection[str]) -> Link | None:
    exists = any(route == entry.path or route.startswith(f"{entry.path}/") for route in routes)
    if not exists or not may(me, entry.needs):
        return None
    plain = next((p for p in (entry.path, f"{entry.path}/new") if p in routes), "/")
    return Link(entry.name, plain, entry.stands_for(here))


def _group(group: Group, me: Me | None, here: str, routes: Collection[str]) -> Link | None:
    links = tuple(link for e in group.entries if (link := _entry(e, me, here, routes)) is not None)
    return Link(group.name, "", any(link.current for link in links), links) if links else None
