"""The tables of identity. Secrets stand apart from what has a history: a twin would keep every old hash."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Computed, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlmodel import Field

from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import UUID7, SQLModel, history_twins, one_of, own_tables

OWN = own_tables()
METADATA = OWN.metadata
INSTANT = DateTime(timezone=True)
TEXTS = ARRAY(Text)


class RoleClass(StrEnum):
    """Nobody holds roles of two classes at a time (SEC-06)."""

    OFFICIAL = "official"
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


CLASS_OF_ROLE = """
role_class = case role when 'system_admin' then 'system' when 'security_admin' then 'security'
                       when 'audit_admin' then 'audit' else 'official' end"""
# Two must agree on these, and on giving an account that has one of them to its owner.
FOUR_EYES = "role in ('reviewer', 'exporter', 'system_admin', 'security_admin', 'audit_admin')"
# What a person grants of these roles waits for a second one; a mapping has been approved by two already.
PENDING = f"""
approved_by is null and granter not in ('operator', 'seed') and granter not like 'mapping:%'
and {FOUR_EYES}"""


class Table(SQLModel, registry=OWN):
    pass


class Account(Table, table=True):
    """`first_password_by`: the administrator who made a password of it, until somebody else has seen it handed over."""

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    username: str = Field(unique=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    disabled_at: datetime | None = Field(default=None, sa_type=INSTANT)
    must_change_password: bool = True
    first_password_by: str | None = Field(default=None, sa_type=Text)
    first_password_at: datetime | None = Field(default=None, sa_type=INSTANT)
    version: int = 1

    __table_args__ = (
        CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]{1,63}$'", name="plain_username"),
        CheckConstraint("(first_password_by is null) = (first_password_at is null)", name="first_password_whole"),
    )


class LastSignIn(Table, table=True):
    """When somebody last came through to the end. Apart from the account, whose every change has a history."""

    __tablename__ = "last_sign_in"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    at: datetime = Field(sa_type=INSTANT)


class Password(Table, table=True):
    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    hash: str = Field(sa_type=Text)
    changed_at: datetime = Field(sa_type=INSTANT)


class RoleGrant(Table, table=True):
    """A role in the subtrees of some divisions, from `start` up to, not including, `end`; nothing while pending.

    `ending_…`: one administrator wants it to end, and it goes on until another one agrees. That, and that two security
    administrators remain, triggers see to as well (migrations/gateway/0009).
    """

    __tablename__ = "role_grant"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    role: str = Field(sa_type=Text)
    role_class: RoleClass = Field(sa_type=one_of(RoleClass))
    divisions: list[str] = Field(sa_type=TEXTS)
    start: date
    end: date | None = None
    granter: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=INSTANT)
    ending_on: date | None = None
    ending_by: str | None = Field(default=None, sa_type=Text)
    ending_reason: str | None = Field(default=None, sa_type=Text)
    ending_agreed_by: str | None = Field(default=None, sa_type=Text)
    ended_by: str | None = Field(default=None, sa_type=Text)
    pending: bool = Field(default=None, sa_column=Column(Boolean, Computed(PENDING, persisted=True), nullable=False))

    __table_args__ = (
        CheckConstraint("(approved_by is null) = (approved_at is null)", name="approved_whole"),
        CheckConstraint("approved_by like 'account:%'", name="approved_by_a_person"),
        CheckConstraint(
            "approved_by <> granter and approved_by <> 'account:' || account_id", name="approved_by_another"
        ),
        CheckConstraint("num_nulls(ending_on, ending_by, ending_reason) in (0, 3)", name="ending_whole"),
        CheckConstraint("ending_by <> 'account:' || account_id", name="ending_by_another"),
        CheckConstraint(
            "ending_agreed_by <> ending_by and ending_agreed_by <> 'account:' || account_id", name="ending_agreed_apart"
        ),
        CheckConstraint('start <= "end"', name="runs_forward"),
        CheckConstraint("cardinality(divisions) > 0", name="somewhere"),
        CheckConstraint("array_to_string(divisions, ',') ~ '^[0-9]{12}(,[0-9]{12})*$'", name="whole_codes"),
        CheckConstraint("granter <> 'account:' || account_id", name="not_by_oneself"),
        CheckConstraint(CLASS_OF_ROLE, name="class_of_role"),
        ExcludeConstraint(
            (Column("account_id"), "="), (Column("role_class"), "<>"), (text('daterange(start, "end")'), "&&"),
            name="ex_role_grant_one_class", using="gist",
        ),
    )  # fmt: skip


class OldPassword(Table, table=True):
    """Hashes of the last few, so that none of them comes back."""

    __tablename__ = "old_password"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    hash: str = Field(sa_type=Text)
    ended_at: datetime = Field(sa_type=INSTANT)


class Session(Table, table=True):
    """A person signed in at one browser; only the hash of the token is kept.

    `factor_at`: when the second factor was passed; `proved_at`: when she last proved herself with all that she has.
    """

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    network: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=INSTANT)
    seen_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)
    factor_at: datetime | None = Field(default=None, sa_type=INSTANT)
    proved_at: datetime | None = Field(default=None, sa_type=INSTANT)

    __table_args__ = (Index("ix_session_expires_at", "expires_at"),)


class SecondFactor(Table, table=True):
    """The authenticator of an account, its secret sealed. `offered` waits for its first code, and then replaces it."""

    __tablename__ = "second_factor"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    enrolled_at: datetime | None = Field(default=None, sa_type=INSTANT)
    last_step: int = Field(default=0, sa_type=BigInteger)
    offered: bytes | None = Field(default=None, sa_type=LargeBinary)
    offered_at: datetime | None = Field(default=None, sa_type=INSTANT)

    __table_args__ = (CheckConstraint("(secret is null) = (enrolled_at is null)", name="enrolled_with_a_secret"),)


class RecoveryCode(Table, table=True):
    """79 random bits, so a plain hash of it tells nothing."""

    __tablename__ = "recovery_code"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    used_at: datetime | None = Field(default=None, sa_type=INSTANT)


class KnownDevice(Table, table=True):
    """A browser in which a person has signed in to the end; only the hash of its token is kept."""

    __tablename__ = "known_device"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    seen_at: datetime = Field(sa_type=INSTANT)

    __table_args__ = (Index("ix_known_device_seen_at", "seen_at"),)


class SignInTry(Table, table=True):
    """Failures at one name from one network; network '' counts those from everywhere. The name is kept as a hash."""

    __tablename__ = "sign_in_try"

    name_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    network: str = Field(primary_key=True, sa_type=Text)
    tries: int
    until: datetime = Field(sa_type=INSTANT)
    succeeded_at: datetime | None = Field(default=None, sa_type=INSTANT)

    __table_args__ = (Index("ix_sign_in_try_until", "until"),)


class MachineClient(Table, table=True):
    """Another system. Only the demo's has a secret: 256 random bits, so a plain hash of it tells nothing."""

    __tablename__ = "machine_client"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    secret_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    contact: str | None = Field(default=None, sa_type=Text)
    scopes: list[str] = Field(sa_type=TEXTS)
    divisions: list[str] = Field(sa_type=TEXTS)
    end: date | None = None
    disabled_at: datetime | None = Field(default=None, sa_type=INSTANT)
    version: int = 1

    __table_args__ = (
        CheckConstraint("id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'", name="plain_id"),
        CheckConstraint("secret_hash is null or id = 'demo'", name="secret_for_the_demo_only"),
    )


HISTORY = ("account", "role_grant", "machine_client")
feed_tables(METADATA)
EVENT = METADATA.tables["event"]
Index("ix_event_actor_id", EVENT.c.actor, EVENT.c.id)  # the auditor asks who, and what
Index("ix_event_kind_id", EVENT.c.kind, EVENT.c.id)
idempotency_table(METADATA)
history_twins(METADATA, *HISTORY)
