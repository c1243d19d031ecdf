"""Sessions, attendances, supervisors, training bases and internship sites, with their history."""

from alembic import op

from services.kernel.history import KEEP, keep_history

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEYS = {"session": "id", "session_day": "session_id", "attendance": "id", "supervisor": "id", "practice_place": "id"}
SUPERVISOR_STATES = "'nominated', 'reviewed', 'publicised', 'appointed', 'suspended', 'expired', 'dismissed'"
PLACE_STATES = "'applied', 'site_checked', 'approved', 'suspended', 'withdrawn'"

TABLES = (
    """
create table session (
  id uuid default uuidv7() constraint pk_session primary key,
  title varchar not null,
  kind varchar(40) not null,
  field varchar,
  organizer_id uuid,
  organizer_name varchar,
  division text collate "C" not null,
  capacity integer,
  state varchar(40) not null,
  cancelled_reason varchar,
  first_day date not null,
  last_day date not null,
  version integer not null default 1,
  constraint ck_session_one_organizer check (num_nonnulls(organizer_id, organizer_name) = 1),
  constraint ck_session_runs_forward check (last_day >= first_day),
  constraint ck_session_cancelled_for_a_reason check ((state = 'cancelled') = (cancelled_reason is not null)),
  constraint ck_session_capacity_positive check (capacity > 0),
  constraint ck_session_sessionkind check (kind in (
    'lecture', 'workshop', 'practice', 'online', 'exam_class', 'other')),
  constraint ck_session_sessionstate check (state in ('planned', 'held', 'cancelled')))""",
    "create index ix_session_division_id on session (division, id)",
    "create index ix_session_organizer_id on session (organizer_id)",
    """
create table session_day (
  session_id uuid not null constraint fk_session_day_session_id references session,
  day date not null,
  starts_at timestamptz,
  ends_at timestamptz,
  minutes integer not null,
  constraint pk_session_day primary key (session_id, day),
  constraint ck_session_day_minutes_of_a_day check (minutes between 1 and 1440),
  constraint ck_session_day_both_instants check (num_nulls(starts_at, ends_at) in (0, 2)),
  constraint ck_session_day_runs_forward check (ends_at > starts_at))""",
    """
create table attendance (
  id uuid default uuidv7() constraint pk_attendance primary key,
  session_id uuid not null,
  person_id uuid not null,
  day date not null,
  starts_at timestamptz,
  ends_at timestamptz,
  minutes integer not null,
  state varchar(40) not null,
  reason varchar,
  evidence varchar,
  entered_at timestamptz not null default clock_timestamp(),
  constraint fk_attendance_session_id_day foreign key (session_id, day) references session_day,
  constraint ck_attendance_minutes_of_a_day check (minutes between 1 and 1440),
  constraint ck_attendance_both_instants check (num_nulls(starts_at, ends_at) in (0, 2)),
  constraint ck_attendance_runs_forward check (ends_at > starts_at),
  constraint ck_attendance_attendancestate check (state in (
    'claimed', 'organizer_confirmed', 'approved', 'rejected', 'reversed')),
  constraint ex_attendance_one_place_at_a_time exclude using gist (
    person_id with =, tstzrange(starts_at, ends_at) with &&)
    where (starts_at is not null and state in ('claimed', 'organizer_confirmed', 'approved')))""",
    "create index ix_attendance_session_id_day on attendance (session_id, day)",
    "create index ix_attendance_person_id on attendance (person_id)",
    """
create unique index ux_attendance_counted_once on attendance (person_id, session_id, day)
where state in ('claimed', 'organizer_confirmed', 'approved')""",
    f"""
create table supervisor (
  id uuid default uuidv7() constraint pk_supervisor primary key,
  holder text collate "C" not null,
  type varchar(40) not null,
  person_id uuid,
  expert_name varchar,
  affiliation varchar,
  level varchar(40) not null,
  fields text[] not null,
  appointing_id uuid,
  appointing_name varchar,
  document_number varchar,
  term_start date not null,
  term_end date not null,
  max_load integer,
  division text collate "C" not null,
  state varchar(40) not null,
  version integer not null default 1,
  constraint ck_supervisor_internal_by_id check ((type = 'internal') = (person_id is not null)),
  constraint ck_supervisor_expert_by_name check ((type = 'external_expert') = (expert_name is not null)),
  constraint ck_supervisor_runs_forward check (term_end > term_start),
  constraint ck_supervisor_max_load_positive check (max_load > 0),
  constraint ck_supervisor_supervisortype check (type in ('internal', 'external_expert')),
  constraint ck_supervisor_supervisorlevel check (level in (
    'assistant_supervisor', 'trainee', 'junior', 'intermediate', 'senior')),
  constraint ck_supervisor_supervisorstate check (state in ({SUPERVISOR_STATES})))""",
    "create index ix_supervisor_holder on supervisor (holder)",
    "create index ix_supervisor_division_id on supervisor (division, id)",
    f"""
create table supervisor_step (
  id uuid default uuidv7() constraint pk_supervisor_step primary key,
  seq bigint not null generated by default as identity,
  supervisor_id uuid not null constraint fk_supervisor_step_supervisor_id references supervisor,
  state varchar(40) not null,
  on_day date not null,
  reason varchar,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint ck_supervisor_step_supervisorstate check (state in ({SUPERVISOR_STATES})))""",
    "create index ix_supervisor_step_supervisor_id_seq on supervisor_step (supervisor_id, seq)",
    f"""
create table practice_place (
  id uuid default uuidv7() constraint pk_practice_place primary key,
  kind varchar(40) not null,
  name varchar not null,
  division text collate "C" not null,
  address varchar,
  partner_kind varchar(40) not null,
  partner_id uuid,
  partner_name varchar,
  agreement_number varchar,
  agreement_start date,
  agreement_end date,
  capacity integer,
  mentors varchar,
  checklist jsonb not null,
  state varchar(40) not null,
  version integer not null default 1,
  constraint ck_practice_place_whole_agreement check (num_nulls(agreement_start, agreement_end) in (0, 2)),
  constraint ck_practice_place_runs_forward check (agreement_end > agreement_start),
  constraint ck_practice_place_one_partner check (num_nonnulls(partner_id, partner_name) <= 1),
  constraint ck_practice_place_capacity_positive check (capacity > 0),
  constraint ck_practice_place_placekind check (kind in ('base', 'site')),
  constraint ck_practice_place_partnerkind check (partner_kind in (
    'university', 'local_university', 'social_work_agency', 'other')),
  constraint ck_practice_place_placestate check (state in ({PLACE_STATES})))""",
    "create index ix_practice_place_kind_division_id on practice_place (kind, division, id)",
    f"""
create table practice_place_step (
  id uuid default uuidv7() constraint pk_practice_place_step primary key,
  seq bigint not null generated by default as identity,
  place_id uuid not null constraint fk_practice_place_step_place_id references practice_place,
  state varchar(40) not null,
  on_day date not null,
  reason varchar,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint ck_practice_place_step_placestate check (state in ({PLACE_STATES})))""",
    "create index ix_practice_place_step_place_id_seq on practice_place_step (place_id, seq)",
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
    op.execute("create extension if not exists btree_gist")
    for statement in TABLES:
        op.execute(statement)
    op.execute(KEEP)
    for table, key in KEYS.items():
        create_history(table, key)
