"""The policy file, read and checked: which role holds which permissions, and which of these change anything."""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator

from services.kernel.errors import Unprocessable

FILE = Path(__file__).with_name("permission.toml")


class PeopleOnly(Unprocessable):
    english = "A machine client cannot hold these permissions."


class Permission(BaseModel, extra="forbid"):
    name: str
    writes: bool
    people_only: bool = False  # no machine client ever holds it


class Role(BaseModel, extra="forbid", populate_by_name=True):
    name: str
    kind: str = Field(alias="class")
    beside: str | None = Field(default=None, alias="with")
    four_eyes: bool = False  # a grant of it waits for a second security administrator
    may: list[str]


class Policy(BaseModel, extra="forbid"):
    permissions: dict[str, Permission]
    roles: dict[str, Role]

    @model_validator(mode="after")
    def _speaks_of_what_it_defines(self) -> Self:
        unknown = {p for role in self.roles.values() for p in role.may} - self.permissions.keys()
        if unknown:
            raise ValueError(f"roles hold permissions that are not defined: {sorted(unknown)}")
        strange = {role.beside for role in self.roles.values() if role.beside} - self.roles.keys()
        if strange:
            raise ValueError(f"roles build on roles that are not defined: {sorted(strange)}")
        return self

    def of_role(self, name: str) -> frozenset[str]:
        """All permissions of a role. One that the file no longer knows has none."""
        role = self.roles.get(name)
        if role is None:
            return frozenset()
        return frozenset(role.may) | (self.of_role(role.beside) if role.beside else frozenset())

    def of_scopes(self, scopes: Iterable[str]) -> frozenset[str]:
        """A machine's scopes are permissions by name; what the file does not know, or keeps for people, is nothing."""
        return frozenset(s for s in scopes if s in self.permissions and not self.permissions[s].people_only)

    def check_scopes(self, scopes: Iterable[str]) -> None:
        """Clear personal data, administration and approvals are for people, who answer for them (PI-13, SEC-06)."""
        kept = [self.permissions[s].name for s in scopes if s in self.permissions and self.permissions[s].people_only]
        if kept:
            detail = f"对接系统不能持有这些权限：{'、'.join(kept)}。它们只能授予人员，请去掉后重试。"
            raise PeopleOnly(detail, code="people_only_scope")

    def writes(self, permission: str) -> bool:
        return self.permissions[permission].writes


@cache
def policy() -> Policy:
    """A wrong file stops the process."""
    return Policy.model_validate(tomllib.loads(FILE.read_text()))
