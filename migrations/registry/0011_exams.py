"""Exams, their candidates and results; the senior exam's pass (CERT-01 to CERT-09)."""

from alembic import op

from services.kernel.history import keep_history
from services.kernel.row_security import ALL, READS, WRITES, walled, walled_by_parent

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LEVELS = "'assistant', 'social_worker', 'senior'"
CERTIFICATE = """
alter table certificate
  add column certificate_number varchar,
  add column exam_year integer,
  add column issued_on date,
  add column issuing_province varchar,
  add column scan_sha256 varchar constraint ck_certificate_sha256 check (length(scan_sha256) = 64),
  add column checked_by varchar(40) constraint ck_certificate_checkedby check (
    checked_by in ('manual', 'exam_authority', 'national_system')),
  add column checked varchar(40) constraint ck_certificate_checked check (
    checked in ('confirmed', 'different', 'not_found')),
  add column checked_on date,
  add column version integer not null default 1,
  add constraint ck_certificate_checked_whole check (num_nonnulls(checked_by, checked, checked_on) in (0, 3))"""
TABLES = (
    f"""
create table exam_result (
  id uuid default uuidv7() constraint pk_exam_result primary key,
  exam_year integer not null,
  level varchar(40) not null constraint ck_exam_result_level check (level in ({LEVELS})),
  division text collate "C" not null constraint fk_exam_result_division references division,
  unit_type varchar(40) not null constraint ck_exam_result_unittype check (unit_type in (
    'government', 'public_institution', 'mass_organization', 'social_organization', 'community', 'enterprise',
    'student', 'other', 'unknown')),
  id_type varchar(40) not null constraint ck_exam_result_idtype check (id_type in (
    'resident_id_card', 'residence_permit', 'travel_permit', 'passport', 'other')),
  id_number bytea not null,
  id_index bytea,
  id_masked varchar not null,
  name varchar not null,
  comprehensive numeric(4, 1),
  policy numeric(4, 1),
  practice numeric(4, 1),
  absent text[] not null default '{{}}',
  stated boolean,
  verdict varchar(40) not null constraint ck_exam_result_examverdict check (verdict in (
    'passed', 'partial', 'failed', 'cannot_decide')),
  version integer not null default 1,
  constraint uq_exam_result_id_index_exam_year_level unique (id_index, exam_year, level),
  constraint ck_exam_result_id_masked check (id_masked like '%***%'),
  constraint ck_exam_result_known_or_forgotten check ((id_index is null) = (id_number = '')),
  constraint ck_exam_result_scores check (
    least(comprehensive, policy, practice) >= 0 and greatest(comprehensive, policy, practice) <= 100))""",
    "create index ix_exam_result_division_id on exam_result (division, id)",
    "create index ix_exam_result_exam_year_level on exam_result (exam_year, level)",
    "create index ix_exam_result_id_index_division on exam_result (id_index, division)",
    """
create table senior_exam_pass (
  id uuid default uuidv7() constraint pk_senior_exam_pass primary key,
  person_id uuid not null constraint fk_senior_exam_pass_person_id references person,
  exam_year integer not null,
  passed_on date not null,
  number varchar,
  valid_until date not null,
  review varchar(40) constraint ck_senior_exam_pass_review check (review in ('passed', 'failed')),
  reviewed_on date,
  publicized_on date,
  version integer not null default 1,
  constraint uq_senior_exam_pass_person_id_exam_year unique (person_id, exam_year),
  constraint ck_senior_exam_pass_runs_forward check (valid_until > passed_on),
  constraint ck_senior_exam_pass_reviewed_whole check ((review is null) = (reviewed_on is null)),
  constraint ck_senior_exam_pass_publicized_passed check ((review = 'passed') or publicized_on is null))""",
    "create index ix_senior_exam_pass_valid_until_id on senior_exam_pass (valid_until, id)",
)
KINDS = (
    "alter table import_job drop constraint ck_import_job_importkind",
    """
alter table import_job add constraint ck_import_job_importkind check (
  kind in ('certified-workers', 'service-points', 'exam-results'))""",
    "alter table legal_hold drop constraint ck_legal_hold_dataclass",
    """
alter table legal_hold add constraint ck_legal_hold_dataclass check (data_class in (
  'procurement_file', 'network_log', 'processing_record', 'import_content', 'disclosure_file', 'exam_candidate'))""",
)
# The owner's rights, for history is closed to everybody else. Of a candidate who is forgotten the figures stay.
DEFINER = f"""
language plpgsql security definer
set search_path = public, pg_temp set {READS} = '{ALL}' as"""
FORGET = (
    f"""
create function forget_candidates(ids uuid[]) returns void {DEFINER} $$
declare writes text := coalesce(current_setting('{WRITES}', true), '');
begin
  perform set_config('{WRITES}', '{ALL}', true);
  update exam_result set id_number = '', id_index = null, id_masked = '***', name = left(name, 1) || '**',
    version = version + 1
  where id = any(ids) and id_index is not null;
  update exam_result_history set row = row || jsonb_build_object('id_number', '\\x', 'id_index', null,
    'id_masked', '***', 'name', left(row ->> 'name', 1) || '**')
  where id = any(ids::text[]);
  perform set_config('{WRITES}', writes, true);
end $$""",
    # Whoever is erased is forgotten among the candidates, too: found by the person's blind indexes, which go next.
    f"""
create function forget_erased_candidate() returns trigger {DEFINER} $$
begin
  perform forget_candidates(array(
    select r.id from exam_result r join person_index i
    on r.id_index = set_byte('\\x00', 0, length(i.key_id)) || convert_to(i.key_id, 'UTF8') || i.blind
    where i.person_id = new.person_id));
  return null;
end $$""",
    "create trigger destroyed_key_candidates after insert on destroyed_key for each row "
    "execute function forget_erased_candidate()",
    "revoke all on function forget_candidates(uuid[]) from public",
    """
do $$ declare r record; begin
  for r in select distinct a.grantee::regrole as who from pg_class c, aclexplode(c.relacl) a
           where c.oid = 'public.person'::regclass and a.privilege_type = 'UPDATE' and a.grantee not in (0, c.relowner)
  loop execute format('grant execute on function forget_candidates(uuid[]) to %s', r.who); end loop;
end $$""",
)


def history(table: str) -> list[str]:
    return [
        f"""
create table {table}_history (
  id text not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  xact bigint not null default (pg_current_xact_id()::text::bigint),
  row jsonb not null)""",
        f"create index ix_{table}_history_id_recorded_from on {table}_history (id, recorded_from)",
        f"create index ix_{table}_history_xact on {table}_history using brin (xact)",
        *keep_history(table),
    ]


def upgrade() -> None:
    for statement in (
        CERTIFICATE,
        *TABLES,
        *(s for table in ("exam_result", "senior_exam_pass") for s in history(table)),
        *walled("exam_result"),
        *walled_by_parent("senior_exam_pass", "person"),
        *KINDS,
        *FORGET,
    ):
        op.execute(statement)
