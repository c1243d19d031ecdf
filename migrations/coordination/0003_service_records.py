"""Service records and their history."""

from alembic import op

from services.kernel.history import KEEP, keep_history

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = (
    "policy_consultation", "social_assistance", "emotional_support", "capacity_building", "social_support",
    "crisis_intervention", "rights_protection", "social_integration", "community_participation",
    "culture_sports_health", "environmental_protection",
)  # fmt: skip
FIELDS = (
    "party_building", "rural_revitalization", "social_assistance", "poverty_alleviation", "elderly_service",
    "community_service", "community_correction", "employment_service", "education_tutoring", "health_service",
    "family_service", "legal_aid", "resettlement_support", "community_drug_rehabilitation", "dispute_mediation",
    "safety_education", "disaster_relief",
)  # fmt: skip


def listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{v}'" for v in values)


STATEMENTS = (
    f"""
create table service_record (
  id uuid default uuidv7() constraint pk_service_record primary key,
  service_point_id uuid,
  division text collate "C" not null,
  day date not null,
  kind varchar(40) not null,
  field varchar(40),
  persons integer not null,
  workers uuid[] not null,
  minutes integer,
  note varchar,
  late_reason varchar,
  reference varchar,
  row_key bytea not null,
  state varchar(40) not null,
  withdrawn_reason varchar,
  recorded_at timestamptz not null default now(),
  version integer not null default 1,
  constraint ck_service_record_persons_plausible check (persons between 1 and 100000),
  constraint ck_service_record_minutes_plausible check (minutes between 1 and 1440),
  constraint ck_service_record_somebody_present check (cardinality(workers) > 0),
  constraint ck_service_record_withdrawn_for_a_reason check (
    (state = 'withdrawn') = (withdrawn_reason is not null)),
  constraint ck_service_record_servicekind check (kind in ({listed(KINDS)})),
  constraint ck_service_record_practicefield check (field in ({listed(FIELDS)})),
  constraint ck_service_record_servicerecordstate check (state in ('entered', 'corrected', 'withdrawn')))""",
    "create index ix_service_record_day_id on service_record (day, id)",
    "create index ix_service_record_division_day_id on service_record (division, day, id)",
    "create index ix_service_record_service_point_id on service_record (service_point_id)",
    "create index ix_service_record_workers on service_record using gin (workers)",
    "create unique index uq_service_record_row_key on service_record (row_key) where state <> 'withdrawn'",
    """
create table service_record_history (
  id text not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  xact bigint not null default (pg_current_xact_id()::text::bigint),
  row jsonb not null)""",
    "create index ix_service_record_history_id_recorded_from on service_record_history (id, recorded_from)",
    KEEP,
    *keep_history("service_record"),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
