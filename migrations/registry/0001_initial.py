"""Divisions, organizations, people, certificates, registrations, service points, assignments, their history and feeds."""

from alembic import op

from services.kernel.first_migration import create_feeds, create_idempotency
from services.kernel.history import KEEP, keep_history

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEYS = {
    "division": "code",
    "organization": "id",
    "person": "id",
    "certificate": "id",
    "registration": "id",
    "service_point": "id",
    "assignment": "id",
}

# The pairs of neighbouring characters of a name: a GIN index on them serves a *contains* of two characters.
NAME_PAIRS = """
create function name_pairs(name text) returns text[] language sql immutable strict parallel safe as
$$ select array(select substr(name, i, 2) from generate_series(1, length(name) - 1) i) $$"""

TABLES = (
    """
create table division (
  code text collate "C" constraint pk_division primary key,
  name varchar not null,
  tier varchar(40) not null,
  kind varchar not null,
  parent text collate "C",
  zone text collate "C" constraint fk_division_zone references division,
  counts boolean not null,
  mca_code text collate "C",
  nbs_code text collate "C",
  valid_from date not null,
  valid_to date,
  successor text collate "C" constraint fk_division_successor references division,
  constraint ck_division_code_form check (code ~ '^[0-9]{12}$'),
  constraint ck_division_kind_form check (kind ~ '^[a-z_]+$'),
  constraint ck_division_parent_above check (length(rtrim(parent, '0')) < length(rtrim(code, '0'))),
  constraint ck_division_successor_after check (successor is null or (valid_to is not null and successor <> code)),
  constraint ck_division_runs_forward check (valid_to > valid_from),
  constraint ck_division_tier check (tier in ('nation', 'province', 'city', 'district', 'street', 'village', 'zone')))""",
    "create index ix_division_parent on division (parent)",
    "create index ix_division_zone on division (zone)",
    "create index ix_division_mca_code on division (mca_code)",
    "create index ix_division_nbs_code on division (nbs_code)",
    """
create table organization (
  id uuid default uuidv7() constraint pk_organization primary key,
  name varchar not null,
  kind varchar(40) not null,
  division text collate "C" not null constraint fk_organization_division references division,
  uscc varchar constraint uq_organization_uscc unique,
  address varchar,
  version integer not null default 1,
  constraint uq_organization_name_division unique (name, division),
  constraint ck_organization_uscc_form check (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'),
  constraint ck_organization_organizationkind check (kind in (
    'government', 'public_institution', 'public_institution_class1', 'public_institution_class2', 'mass_organization',
    'committee', 'social_work_agency', 'private_nonprofit', 'social_association', 'industry_association', 'foundation',
    'charity', 'procurement_agency', 'enterprise', 'other')))""",
    "create index ix_organization_division_id on organization (division, id)",
    """
create table person (
  id uuid default uuidv7() constraint pk_person primary key,
  id_type varchar(40) not null,
  id_number bytea not null,
  id_index bytea not null constraint uq_person_id_index unique,
  id_masked varchar not null,
  name varchar not null,
  canonical varchar not null,
  phone bytea,
  phone_index bytea,
  phone_masked varchar,
  education varchar,
  major varchar,
  related_major boolean not null,
  employer_id uuid constraint fk_person_employer_id references organization,
  division text collate "C" not null constraint fk_person_division references division,
  direct_service boolean,
  version integer not null default 1,
  constraint ck_person_id_masked check (id_masked like '%***%'),
  constraint ck_person_phone_indexed check ((phone is null) = (phone_index is null)),
  constraint ck_person_phone_masked check ((phone is null) = (phone_masked is null)),
  constraint ck_person_idtype check (id_type in (
    'resident_id_card', 'residence_permit', 'travel_permit', 'passport', 'other')))""",
    "create index ix_person_division_id on person (division, id)",
    "create index ix_person_employer_id on person (employer_id)",
    "create index ix_person_name_pairs on person using gin (name_pairs(canonical))",
    """
create table certificate (
  id uuid default uuidv7() constraint pk_certificate primary key,
  person_id uuid not null constraint fk_certificate_person_id references person,
  level varchar(40) not null,
  management_number varchar not null,
  approved_on date not null,
  ended_on date,
  issuing_year integer not null generated always as (extract(year from approved_on)::int) stored,
  constraint uq_certificate_id_person_id unique (id, person_id),
  constraint uq_certificate_issuing_year_level_management_number unique (issuing_year, level, management_number),
  constraint ck_certificate_number_length check (length(management_number) between 1 and 64),
  constraint ck_certificate_runs_forward check (ended_on > approved_on),
  constraint ck_certificate_level check (level in ('assistant', 'social_worker', 'senior')))""",
    "create index ix_certificate_person_id on certificate (person_id)",
    "create index ix_certificate_management_number on certificate (management_number)",
    """
create table registration (
  id uuid default uuidv7() constraint pk_registration primary key,
  person_id uuid not null,
  certificate_id uuid not null,
  start_on date not null,
  end_on date not null,
  constraint fk_registration_certificate_id_person_id foreign key (certificate_id, person_id)
    references certificate (id, person_id),
  constraint ck_registration_runs_forward check (end_on > start_on),
  constraint ck_registration_three_years check ((end_on - 1) - interval '3 years' < start_on),
  constraint ex_registration_never_twice exclude using gist (
    person_id with =, certificate_id with =, daterange(start_on, end_on) with &&))""",
    "create index ix_registration_person_id on registration (person_id)",
    "create index ix_registration_certificate_id on registration (certificate_id)",
    """
create table service_point (
  id uuid default uuidv7() constraint pk_service_point primary key,
  number varchar not null constraint uq_service_point_number unique,
  name varchar not null,
  tier varchar(40) not null,
  division text collate "C" not null constraint fk_service_point_division references division,
  address varchar,
  manager varchar,
  phone bytea,
  phone_index bytea,
  phone_masked varchar,
  operator_id uuid constraint fk_service_point_operator_id references organization,
  opened_on date not null,
  closed_on date,
  staffing_basis varchar(40) not null,
  version integer not null default 1,
  constraint ck_service_point_runs_forward check (closed_on > opened_on),
  constraint ck_service_point_phone_indexed check ((phone is null) = (phone_index is null)),
  constraint ck_service_point_phone_masked check ((phone is null) = (phone_masked is null)),
  constraint ck_service_point_pointtier check (tier in (
    'city_guidance_centre', 'district_main_station', 'street_station', 'village_service_room')),
  constraint ck_service_point_staffingbasis check (staffing_basis in ('government_purchase', 'own_staff', 'none')))""",
    "create index ix_service_point_division_id on service_point (division, id)",
    "create index ix_service_point_operator_id on service_point (operator_id)",
    """
create table assignment (
  id uuid default uuidv7() constraint pk_assignment primary key,
  person_id uuid not null constraint fk_assignment_person_id references person,
  service_point_id uuid not null constraint fk_assignment_service_point_id references service_point,
  started_on date not null,
  ended_on date,
  constraint ck_assignment_runs_forward check (ended_on > started_on),
  constraint ex_assignment_never_twice exclude using gist (
    person_id with =, service_point_id with =, daterange(started_on, ended_on) with &&))""",
    "create index ix_assignment_person_id on assignment (person_id)",
    "create index ix_assignment_service_point_id on assignment (service_point_id)",
)


def create_history(table: str, key: str) -> None:
    op.execute(f"""
create table {table}_history (
  id text not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  xact bigint not null default (pg_current_xact_id()::text::bigint),
  row jsonb not null)""")
    op.execute(f"create index ix_{table}_history_id_recorded_from on {table}_history (id, recorded_from)")
    for statement in keep_history(table, key):
        op.execute(statement)


def upgrade() -> None:
    create_feeds()
    create_idempotency()
    op.execute("create extension if not exists btree_gist")
    op.execute(NAME_PAIRS)
    for statement in TABLES:
        op.execute(statement)
    op.execute(KEEP)
    for table, key in KEYS.items():
        create_history(table, key)
