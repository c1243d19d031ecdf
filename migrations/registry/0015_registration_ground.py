"""Grounds of decisions (REG-17), standing of continuing education (REG-11), changes of name and phone, personal links."""

from alembic import op

from services.kernel.history import keep_history
from services.kernel.row_security import ALL, READS, WRITES, lies_in, policies, twin, walled_by_parent

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    """
create table registration_ground (
  id uuid default uuidv7() constraint pk_registration_ground primary key,
  division text collate "C" not null constraint fk_registration_ground_division references division,
  decision varchar(40) not null constraint ck_registration_ground_grounddecision check (
    decision in ('refusal', 'cancellation', 'revocation', 'void')),
  code varchar not null,
  text varchar not null,
  legal_basis varchar,
  begins date not null,
  ends date,
  unsure boolean not null,
  constraint ck_registration_ground_runs_forward check (ends > begins),
  constraint ex_registration_ground_never_twice exclude using gist (
    division with =, decision with =, code with =, daterange(begins, ends) with &&))""",
    """
create table registration_ground_history (
  id text not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  xact bigint not null default (pg_current_xact_id()::text::bigint),
  row jsonb not null)""",
    """
create index ix_registration_ground_history_id_recorded_from
on registration_ground_history (id, recorded_from)""",
    "create index ix_registration_ground_history_xact on registration_ground_history using brin (xact)",
    """
create table education_credit (
  person_id uuid not null constraint fk_education_credit_person_id references person on delete cascade,
  day date not null,
  form varchar not null,
  minutes integer not null,
  constraint pk_education_credit primary key (person_id, day, form),
  constraint ck_education_credit_some check (minutes > 0))""",
    """
create table feed_cursor (
  source text constraint pk_feed_cursor primary key,
  position text not null default '',
  followed_at timestamptz,
  silent_since timestamptz)""",
    """
create table feed_parked (
  source text not null,
  subject text not null,
  item jsonb not null,
  reason text not null,
  parked_at timestamptz not null default now(),
  constraint pk_feed_parked primary key (source, subject))""",
    """
create table personal_link (
  id uuid default uuidv7() constraint pk_personal_link primary key,
  application_id uuid not null constraint fk_personal_link_application_id references registration_application
    on delete cascade,
  token_hash bytea not null constraint uq_personal_link_token_hash unique,
  code_hash bytea not null,
  made_at timestamptz not null,
  made_by varchar not null,
  expires_at timestamptz not null,
  withdrawn_at timestamptz,
  withdrawn_by varchar,
  opened_at timestamptz,
  failures integer not null default 0,
  constraint ck_personal_link_sha256 check (length(token_hash) = 32 and length(code_hash) = 32),
  constraint ck_personal_link_withdrawn_whole check ((withdrawn_at is null) = (withdrawn_by is null)),
  constraint ck_personal_link_ends check (expires_at > made_at))""",
    "create index ix_personal_link_application_id on personal_link (application_id)",
)
# A ground is a code of the list, which is longer than any enum; a change may be of a name or a phone, too.
CHANGES = (
    "alter table registration drop constraint ck_registration_ground",
    """
alter table registration_application
  drop constraint ck_registration_application_ground,
  drop constraint ck_registration_application_changed_what,
  add column refusal_ground varchar,
  add column education jsonb,
  add column new_name varchar,
  add column new_phone bytea,
  add column new_phone_masked varchar,
  add constraint ck_registration_application_refused_how check (
    refusal_ground is null or state in ('first_review_rejected', 'final_review_rejected')),
  add constraint ck_registration_application_changed_what check (kind = 'change' or (
    new_employer_id is null and new_division is null and new_name is null and new_phone_masked is null)),
  add constraint ck_registration_application_phone_masked check (
    new_phone is null or new_phone_masked is not null)""",
)
# The phone is sealed with the person's own key and goes with it; the name and what is shown of the phone go by this.
FORGET = (
    f"""
create function forget_changes() returns trigger language plpgsql security definer
set search_path = public, pg_temp set {READS} = '{ALL}' as $$
declare
  gone jsonb := jsonb_build_object('new_name', null, 'new_phone', null, 'new_phone_masked', null);
  writing text := coalesce(current_setting('{WRITES}', true), '');
begin
  perform set_config('{WRITES}', '{ALL}', true);  -- wherever she has applied
  update registration_application set new_name = null, new_phone = null, new_phone_masked = null
  where person_id = new.person_id and coalesce(new_name, new_phone_masked) is not null;
  update registration_application_history set row = row || gone
  where id in (select id::text from registration_application where person_id = new.person_id);
  perform set_config('{WRITES}', writing, true);
  return null;
end $$""",
    """
create trigger destroyed_key_forget_changes after insert on destroyed_key
for each row execute function forget_changes()""",
)


def upgrade() -> None:
    for statement in (
        *TABLES,
        *CHANGES,
        *FORGET,
        *keep_history("registration_ground"),
        # Published: whoever is signed in may read on what grounds is decided.
        *policies("registration_ground", "true", lies_in(WRITES, "division")),
        *twin("registration_ground", "true"),
        *walled_by_parent("education_credit", "person", history=False),
        *walled_by_parent("personal_link", "registration_application", "application_id", history=False),
    ):
        op.execute(statement)
