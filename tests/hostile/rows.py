"""The hostile inputs that the design lists, by their ids: what each threatens, and which tests guard against it.

What touches nothing that exists says so; `missing` says what is still missing of a row that is guarded in part.
"""

from dataclasses import dataclass

IDS = (
    "P01 P02 P04 P05 P07 P09 P10 P11 P12 P14 P16 P17 P18 N01 N02 N03 N04 N07 N09 N11 N12 "
    "T01 T03 T05 T06 T07 T09 T12 T13 T14 T15 T17 T18 T19 T21 T22 "
    "M01 M04 M06 M07 M08 M09 M10 M11 M13 M14 M15 M17 M18 M19 D02 D04 D06 D07 D08 D10 D11 D12 D14 "
    "A01 A02 A03 A07 A08 A09 A10 A12 A13 A14 A15 A16 A19 "
    "W01 W02 W04 W05 W06 W07 W09 U01 U02 U03 U04 U06 U07 U09 U12 U13 U16 U17 U18 U19 U21 U22"
)


@dataclass(frozen=True)
class Row:
    threat: str
    tests: tuple[str, ...] = ()
    missing: str = ""


def row(threat: str, *tests: str, missing: str = "") -> Row:
    return Row(threat, tests, missing)


NAMES, FILES = "tests/hostile/test_names.py::", "tests/hostile/test_files.py::"
MATRIX, ABUSE = "tests/matrix/test_matrix.py::", "tests/matrix/test_orders.py::"
QUESTIONS = "tests/hostile/test_sweep.py::test_every_parameter_refuses_in_chinese_what_it_cannot_take"
ORDERS = "tests/hostile/test_sweep.py::test_every_field_refuses_in_chinese_what_it_cannot_take"
BROKEN_FORM = "tests/hostile/test_sweep.py::test_u19_a_form_that_is_none_is_refused_and_nothing_is_kept"
RULES, IMPORTS = "tests/registry/test_rules.py::", "tests/registry/test_imports.py::"
SAME, LOOKED = "tests/registry/test_same_people.py::", "tests/registry/test_same_people_rules.py::"
CELLS, API = "tests/registry/test_rows.py::", "tests/registry/test_api.py::"
CLEAR = "tests/registry/test_disclosure.py::"
SIGN_IN, SECOND = "tests/gateway/test_sign_in.py::", "tests/gateway/test_second_factor.py::"
FEDERATION, CERTIFIED = "tests/gateway/test_federation.py::", "tests/slow/test_certified_provider.py::"
ID_TOKEN = f"{FEDERATION}test_a14_a15_only_an_identity_token_for_us_and_for_this_question_is_read"
LIE = f"{CERTIFIED}test_a14_a15_a_token_that_lies_signs_nobody_in"
BOOK, HARM = "tests/registry/test_workbook.py::", "tests/registry/test_import_hostile.py::"
CRASH, EXPORTS = "tests/registry/test_import_crashes.py::", "tests/registry/test_exports.py::"
TRAINING, SESSIONS = "tests/training/test_rules.py::", "tests/training/test_sessions_api.py::"
HOURS, MONEY = "tests/training/test_publishing.py::", "tests/procurement/test_money.py::"
MONEY_BY_DAY = "tests/procurement/test_payment_days.py::"
SERVED, FOLD = "tests/coordination/test_api.py::", "tests/coverage/test_fold.py::"
BODY, SMALL = "tests/kernel/test_requests.py::", "tests/kernel/test_small.py::"
FEED, FOLLOWER = "tests/kernel/test_feed.py::", "tests/kernel/test_consumer.py::"
WRONG_NUMBER = f"{NAMES}test_p01_p04_p05_p10_a_wrong_number_refuses_the_file_and_names_its_cell"
ID_ACCEPTS, ID_REFUSES = f"{RULES}test_id_01_accepts", f"{RULES}test_id_01_refuses"
STORED = f"{NAMES}test_n04_n11_names_are_stored_and_found_as_they_were_given"
EXPORTED = f"{NAMES}test_n04_n11_names_stand_in_every_export_as_text"
SHOWN = f"{NAMES}test_n04_n11_names_are_text_on_the_page"
LITERAL = f"{CELLS}test_n04_n11_names_are_taken_literally"
REFUSED_FILE = f"{BOOK}test_a_hostile_file_is_refused_with_a_sentence"
NEXT_FILE = f"{HARM}test_a_hostile_file_is_refused_and_the_next_one_is_read"
LYING = f"{FILES}test_u02_u03_u09_u18_a_file_that_lies_is_refused_with_a_sentence"
IGNORED = f"{FILES}test_u02_u17_u18_what_is_no_sheet_is_neither_unpacked_nor_looked_at"
SESSION_REFUSED = f"{SESSIONS}test_t01_t05_t06_t13_a_session_that_cannot_be_is_refused"
DAYS_REFUSED = f"{TRAINING}test_t01_t05_days_that_do_not_fit_are_refused"
CLAIMED = f"{TRAINING}test_t01_t03_what_is_only_claimed_takes_nobodys_time_before_it_is_confirmed"
CLAIMED_AWAY = f"{SESSIONS}test_t01_t03_another_district_cannot_take_a_persons_day_by_claiming_it"
NO_BIDS = "not yet: tenders, bids and their evaluation; today a project begins with its parties"
NO_WEBHOOKS = "nobody sends us webhooks, and we send none"

PEOPLE = {
    "P01": row("an identity number with a wrong check digit", ID_REFUSES, WRONG_NUMBER),
    "P02": row("a small x at its end", ID_ACCEPTS),
    "P04": row(
        "an old number of fifteen digits", ID_REFUSES, WRONG_NUMBER,
        f"{RULES}test_p04_an_old_number_gains_its_century_and_its_check_digit",
        f"{RULES}test_p04_what_has_not_fifteen_digits_is_no_old_number",
        f"{IMPORTS}test_p04_old_numbers_are_taken_only_when_the_upload_says_so_and_every_row_says_so_too",
        f"{IMPORTS}test_p04_the_same_file_said_to_hold_other_numbers_is_another_upload",
        "tests/dashboard/test_import_forms.py::test_p04_old_numbers_are_ticked_on_the_form_and_said_with_the_file",
    ),
    "P05": row("a birth date that never was", ID_REFUSES, WRONG_NUMBER),
    "P07": row("an area code that was abolished", ID_ACCEPTS),
    "P09": row("a sex other than the number says", missing="no roster and no form asks for the sex"),
    "P10": row(
        "spaces, a line's end, a NUL in a number", ID_ACCEPTS, ID_REFUSES, WRONG_NUMBER,
        f"{NAMES}test_p10_spaces_around_are_trimmed_also_in_a_cell",
        f"{HARM}test_texts_that_no_database_takes_are_refused_by_row_and_column", ORDERS,
    ),
    "P11": row(
        "one number under two names", f"{IMPORTS}test_p11_another_name_on_the_same_number_is_for_a_person_to_decide"
    ),
    "P12": row("one person twice at once", f"{IMPORTS}test_p12_the_same_file_at_once_has_one_effect_and_no_500"),
    "P14": row(
        "two people merged in both directions",
        "tests/registry/test_same_people_races.py::"
        "test_merges_both_ways_and_writes_at_once_leave_one_merge_and_nothing_behind",
    ),
    "P16": row(
        "a passport number that looks like an identity number", f"{CELLS}test_p16_the_type_of_the_document_decides",
        f"{RULES}test_p16_a_passport_number_like_an_identity_number_is_another_one",
    ),
    "P17": row("the number of somebody who has died", missing="nothing tells us of deaths"),
    "P18": row("the number of a child", missing="the register is of workers; clients have no records yet"),
    "N01": row("the middle dot of a name", f"{RULES}test_n01_n02_every_middle_dot_is_read_alike"),
    "N02": row(
        "the five other dots", f"{RULES}test_n01_n02_every_middle_dot_is_read_alike",
        f"{NAMES}test_n02_search_finds_every_variant_of_the_middle_dot", STORED,
        f"{LOOKED}test_n02_every_form_of_the_dot_is_one_and_what_only_chooses_a_drawing_is_none",
    ),
    "N03": row("a name of fifty characters", f"{RULES}test_n03_n04_n09_names_of_all_kinds", STORED),
    "N04": row(
        "characters beyond the first 65 536", f"{RULES}test_n03_n04_n09_names_of_all_kinds", LITERAL, STORED, EXPORTED,
        SHOWN, f"{NAMES}test_n04_a_list_by_name_goes_on_behind_any_name",
        f"{SMALL}test_text_is_trimmed_and_normal_and_keeps_rare_characters",
        f"{LOOKED}test_n04_n07_the_database_and_the_import_look_at_the_same_characters",
        missing="not yet: certificates as PDF and QR",
    ),
    "N07": row(
        "a character that one machine alone can show", STORED, EXPORTED, SHOWN,
        f"{NAMES}test_n07_a_character_made_for_one_machine_is_kept_and_said",
        f"{SAME}test_n07_names_that_few_can_write_wait_until_somebody_has_looked_and_old_names_still_find",
        f"{LOOKED}test_n04_n07_the_database_and_the_import_look_at_the_same_characters",
        missing="not yet: no certificate while one waits",
    ),
    "N09": row(
        "another width, another alphabet", f"{RULES}test_n03_n04_n09_names_of_all_kinds",
        f"{NAMES}test_n09_another_width_is_the_same_name_and_another_alphabet_for_a_person_to_decide",
    ),
    "N11": row(
        "names that are code somewhere else", LITERAL, STORED, EXPORTED, SHOWN,
        "tests/dashboard/test_contents.py::test_hostile_names_are_text",
        "tests/hostile/test_sweep_pages.py::test_n11_every_page_explains_an_address_that_cannot_be",
    ),
    "N12": row(
        "wildcards in a search", "tests/hostile/test_sweep.py::test_n12_wildcards_stand_for_themselves_in_every_search",
        f"{API}test_n12_a_search_needs_two_characters_and_at_most_fifty",
    ),
}  # fmt: skip
TIMES = {
    "T01": row(
        "more than a day in a day", DAYS_REFUSED, SESSION_REFUSED,
        f"{TRAINING}test_t01_a_whole_day_is_not_too_long", f"{TRAINING}test_t01_nobody_attends_more_than_a_day_a_day",
        CLAIMED, CLAIMED_AWAY,
    ),
    "T03": row(
        "somebody in two places at once", f"{TRAINING}test_t03_nobody_is_in_two_places",
        f"{SESSIONS}test_t03_nobody_attends_two_sessions_at_once",
        f"{HOURS}test_t03_of_two_overlapping_entries_at_once_one_is_refused",
        f"{HOURS}test_t03_the_database_itself_refuses_somebody_in_two_places", CLAIMED, CLAIMED_AWAY,
    ),
    "T05": row("an end before its start", DAYS_REFUSED, SESSION_REFUSED),
    "T06": row(
        "numbers that are none", f"{SESSIONS}test_t06_numbers_that_are_none_are_refused", SESSION_REFUSED, ORDERS
    ),
    "T07": row("tenths that do not add up", f"{TRAINING}test_t07_ten_tenths_of_an_hour_make_one_exactly"),
    "T09": row(
        "midnight in Shanghai", f"{TRAINING}test_t09_either_side_of_midnight_in_shanghai_counts_on_its_own_date",
        f"{SESSIONS}test_a_session_is_split_by_days_in_shanghai", f"{SMALL}test_a_business_date_is_a_date_in_shanghai",
    ),
    "T12": row("the summer time of 1988", f"{SMALL}test_a_business_date_is_a_date_in_shanghai"),
    "T13": row(
        "dates that are none", f"{API}test_t13_days_are_written_out_and_within_reason",
        f"{CELLS}test_t13_other_dates_are_refused", SESSION_REFUSED,
        f"{SERVED}test_hostile_values_are_refused_by_field", QUESTIONS, ORDERS,
    ),
    "T14": row(
        "what is entered late", f"{TRAINING}test_t14_what_lies_more_than_thirty_days_back_needs_a_reason",
        f"{SESSIONS}test_t14_what_is_entered_late_needs_a_reason_which_is_kept",
        f"{SERVED}test_t14_what_is_recorded_late_says_why",
        "tests/coordination/test_rules.py::test_t14_thirty_days_are_in_time_and_thirty_one_need_a_reason",
    ),
    "T15": row("one attendance code for two", missing="not yet: attendance by QR code"),
    "T17": row(
        "the same hours again", f"{TRAINING}test_t17_the_same_again_is_nothing_new",
        f"{SESSIONS}test_t17_entering_the_same_again_changes_nothing",
        f"{HOURS}test_t17_the_same_rows_at_once_are_entered_once",
    ),
    "T18": row("one renewal twice at once", f"{NAMES}test_t18_one_renewal_twice_at_once_is_one_registration"),
    "T19": row(
        "the last day of a registration", f"{API}test_people_are_found_by_place_name_level_registration_and_day",
        f"{SMALL}test_a_business_date_is_a_date_in_shanghai",
    ),
    "T21": row(
        "certificate numbers that collide or can be guessed",
        f"{IMPORTS}test_cert_06_a_management_number_belongs_to_one_person_and_one_level",
        missing="not yet: certificates of our own, and the address that verifies them",
    ),
    "T22": row("a revoked certificate on a cached page", missing="not yet: the address that verifies them"),
}  # fmt: skip
PURCHASES = {
    "M01": row(
        "amounts that are none", f"{MONEY}test_m01_what_is_no_amount_is_refused",
        f"{MONEY}test_m01_what_is_one_keeps_its_cents", f"{MONEY}test_m01_a_payment_is_money_too", ORDERS,
    ),
    "M04": row(
        "sixty payments on the last ten yuan", f"{MONEY}test_m04_sixty_payments_at_once_on_the_last_ten_yuan",
        f"{MONEY}test_m04_a_contract_says_what_is_left", f"{MONEY}test_the_database_itself_refuses_to_overspend",
    ),
    "M06": row(
        "a contract of less than was paid", f"{MONEY}test_m06_a_contract_is_not_lowered_below_its_payments",
        f"{MONEY_BY_DAY}test_m06_a_contract_is_not_lowered_below_what_was_paid_on_any_day",
        missing=NO_BIDS,
    ),
    "M07": row("supplements beyond a tenth", missing="not yet: supplementary contracts"),
    "M08": row("a purchase split below the threshold", missing="not yet: methods and their thresholds"),
    "M09": row("a supplier who may not", missing="not yet: blacklists"),
    "M10": row("bids opened too early", missing=NO_BIDS),
    "M11": row("a bid at the deadline", missing=NO_BIDS),
    "M13": row(
        "who buys and pays", f"{MONEY}test_m13_nobody_pays_what_she_bought",
        f"{MONEY}test_m13_a_role_lost_between_two_clicks_is_lost",
        f"{MONEY_BY_DAY}test_m13_nobody_pays_what_she_changed",
    ),
    "M14": row(
        "two approvers at once", f"{MONEY}test_m14_two_approvers_at_once_make_one_change",
        f"{MONEY}test_m14_approved_and_rejected_at_once_is_one_of_them",
    ),
    "M15": row(
        "a payment replayed", f"{MONEY}test_m15_a_payment_replayed_is_one_payment",
        f"{MONEY}test_m15_a_document_is_paid_once_unless_it_was_rejected",
    ),
    "M17": row("commitments over the year's end", missing="not yet: budgets by year"),
    "M18": row(
        "more back than was paid", f"{MONEY}test_m18_no_more_comes_back_than_was_paid",
        f"{MONEY_BY_DAY}test_m18_nothing_has_come_back_before_it_comes_back",
        f"{MONEY_BY_DAY}test_m18_what_is_left_of_a_payment_comes_back_later",
    ),
    "M19": row("scores and weights that are none", missing=NO_BIDS),
}  # fmt: skip
DIVISIONS = {
    "D02": row("a county split in two", missing="not yet: changes of divisions, a queue of the undecided"),
    "D04": row(
        "a division that moves to another city", f"{FOLD}test_what_happened_stays_where_it_happened",
        "tests/gateway/test_permission.py::test_d04_a_grant_is_suspended_and_not_widened_when_its_division_ends",
        missing="not yet: the officials of the city it left still find what stands under its old code",
    ),
    "D06": row(
        "a circle of parents", "tests/registry/test_seed.py::test_d06_a_circle_of_parents_is_refused_by_the_database",
        f"{FOLD}test_a_word_that_cannot_be_folded_is_refused_whole",
    ),
    "D07": row(
        "a map that changes under a reader",
        "tests/coverage/test_rebuild.py::test_the_switch_fails_no_read_and_loses_no_word",
        missing="not yet: reports, which state the instant that they are of",
    ),
    "D08": row("a change that is taken back", f"{FOLD}test_a_merger_taken_back_leaves_no_trace",
               f"{FOLD}test_a_division_taken_back_follows_its_code_again"),
    "D10": row(
        "a scope that a LIKE would widen",
        "tests/hostile/test_sweep.py::test_d10_a_division_to_look_in_is_a_whole_code",
        "tests/gateway/test_permission.py::test_a_scope_is_made_of_whole_codes", f"{SMALL}test_codes_are_ranges",
    ),
    "D11": row(
        "an organization that goes and takes certificates along",
        f"{NAMES}test_d11_whoever_worked_at_a_closed_point_keeps_certificate_and_registration",
        "tests/hostile/test_sweep.py::test_d11_nothing_of_the_register_can_be_deleted",
        missing="not yet: an organization's own end",
    ),
    "D12": row("organizations merged", missing="not yet: merging organizations"),
    "D14": row(
        "somebody who moves while an approval waits",
        f"{SESSIONS}test_the_organizer_confirms_and_whoever_is_responsible_for_the_person_approves",
        f"{HOURS}test_whoever_moves_takes_the_hours_along",
    ),
}  # fmt: skip
NEIGHBOURS = {
    "W01": row("a webhook replayed", missing=NO_WEBHOOKS),
    "W02": row("a signature of ten minutes ago", missing=NO_WEBHOOKS),
    "W04": row("a sender whose clock is wrong", missing=NO_WEBHOOKS),
    "W05": row(
        "an answer without end", "tests/gateway/test_door.py::test_an_answer_beyond_the_limit_never_looks_whole",
        "tests/gateway/test_slow_askers.py::test_a_body_that_nobody_reads_does_not_drip_for_ever",
        "tests/dashboard/test_slow.py::test_a_page_waits_for_a_slow_gateway_no_longer_than_its_deadline",
        missing=NO_WEBHOOKS,
    ),
    "W06": row(
        "a word that poisons the feed",
        f"{FOLLOWER}test_a_row_that_cannot_be_applied_is_parked_and_the_feed_goes_on",
    ),
    "W07": row(
        "a consumer that was away", f"{FOLLOWER}test_each_change_takes_effect_once",
        f"{FOLLOWER}test_a_failure_after_the_effect_undoes_effect_and_cursor",
        f"{FOLLOWER}test_a_restarted_feed_is_read_from_the_start",
    ),
    "W09": row(
        "a reader among writers", f"{FEED}test_twelve_writers_and_a_long_transaction_elsewhere_lose_nothing",
        f"{FEED}test_the_race_can_fail_without_the_horizon",
    ),
}  # fmt: skip
UPLOADS = {
    "U01": row("a bomb", REFUSED_FILE),
    "U02": row("archives in archives", LYING, IGNORED),
    "U03": row("a size that is not so", LYING),
    "U04": row("one cell at the end of the sheet", REFUSED_FILE),
    "U06": row("a cell of thirty megabytes", NEXT_FILE, f"{BOOK}test_rows_and_cells_have_limits"),
    "U07": row("entities", f"{BOOK}test_u07_entities_are_not_followed", NEXT_FILE),
    "U09": row("another kind of file under this name", REFUSED_FILE, LYING),
    "U12": row("a formula for a name", LITERAL, EXPORTED, f"{EXPORTS}test_row_31_no_text_becomes_a_formula",
               f"{BOOK}test_cells_become_the_text_a_person_would_have_typed"),
    "U13": row("what nobody sees", f"{HARM}test_u13_what_nobody_sees_is_counted_and_said"),
    "U16": row(
        "headers as people write them", f"{HARM}test_u16_titles_above_and_a_second_line_of_headers",
        f"{CELLS}test_headers_are_found_by_synonym_in_any_order_under_a_title",
        f"{CELLS}test_a_missing_column_and_one_twice_are_named",
    ),
    "U17": row("a picture beyond all measure", IGNORED, missing="not yet: uploads that are looked at"),
    "U18": row("a virus", LYING, IGNORED, missing="not yet: a scanner; no file is given to anybody else"),
    "U19": row("an upload that stops", BROKEN_FORM, REFUSED_FILE, f"{BODY}test_a_body_that_stops_coming_is_not_awaited",
               f"{HARM}test_what_can_be_seen_at_once_is_said_at_once"),
    "U21": row(
        "an import that is killed", f"{CRASH}test_u21_killed_while_it_reads_or_checks",
        f"{CRASH}test_u21_killed_while_it_writes", f"{CRASH}test_u21_killed_while_it_undoes",
    ),
    "U22": row(
        "JSON beyond measure", f"{BODY}test_a_bad_body_is_refused_in_chinese_and_nothing_is_written",
        f"{BODY}test_u22_json_is_utf_8_and_nothing_else",
        f"{BODY}test_u22_a_length_of_thousands_of_digits_is_too_large",
        f"{BODY}test_a_body_whose_length_is_not_declared_is_cut_at_the_limit",
        "tests/gateway/test_door.py::test_a_body_beyond_the_limit_is_refused_at_the_door",
    ),
}  # fmt: skip
ACCESS = {
    "A01": row(
        "an id of somebody else's record", f"{MATRIX}test_every_cell_answers_what_the_policy_says",
        f"{MATRIX}test_policies_of_the_database_alone_hide_what_lies_elsewhere",
        f"{ABUSE}test_a01_an_order_that_names_a_neighbours_record_is_refused",
    ),
    "A02": row(
        "a record below another one's", f"{ABUSE}test_a02_a_record_is_found_below_its_own_parent_only",
        f"{ABUSE}test_a02_an_address_that_does_not_look_at_the_parent_is_found",
        f"{ABUSE}test_a02_who_asks_for_two_records_gets_what_belongs_to_both",
    ),
    "A03": row(
        "the id of another's import, guessed", f"{ABUSE}test_a03_nobody_guesses_the_import_of_somebody_else",
    ),
    "A07": row(
        "unmasking by a loop", f"{CLEAR}test_a07_a_loop_of_reveals_ends_at_the_quota_however_many_ask_at_once",
    ),
    "A08": row(
        "an export of personal data that nobody approved", f"{CLEAR}test_a08_an_export_in_clear_needs_a_second_person",
        f"{CLEAR}test_a08_a_file_is_marked_in_every_row_and_fetched_once",
        f"{CLEAR}test_a08_a_file_that_nobody_fetches_in_time_is_gone",
    ),
    "A09": row(
        "personal data learnt from the audit", f"{CLEAR}test_a09_an_auditor_learns_who_saw_whom_and_no_more",
    ),
    "A10": row(
        "a disabled account with live sessions",
        "tests/gateway/test_sessions.py::test_a10_a_disabled_account_is_cut_on_all_its_sessions_within_a_second",
    ),
    "A12": row(
        "a session fixed beforehand, a cookie of another host",
        f"{SIGN_IN}test_a12_a_token_that_one_brings_along_is_not_the_one_that_one_gets",
        f"{SECOND}test_a_session_half_way_opens_nothing_and_the_code_gives_it_a_new_token",
        "tests/dashboard/test_forms.py::test_over_https_the_cookie_is_bound_to_the_host",
    ),
    "A13": row(
        "forged addresses, names and hosts", f"{SIGN_IN}test_an_address_that_nobody_signed_is_not_believed",
        f"{SIGN_IN}test_a13_a_name_in_a_header_is_nobody",
    ),
    "A14": row(
        "a token without a signature, signed with the public key as a secret, or by a key named by a path",
        "tests/kernel/test_requests.py::test_a14_only_both_tokens_together_open_a_business_address",
        "tests/gateway/test_machines.py::test_a14_no_other_token_opens_the_door", ID_TOKEN, LIE,
    ),
    "A15": row(
        "at the identity provider: a code used again, another nonce, another provider, its tokens at our door",
        f"{FEDERATION}test_a15_what_comes_back_counts_once_and_for_its_own_question", ID_TOKEN,
        f"{FEDERATION}test_a15_no_token_of_the_provider_opens_our_door_and_a_disabled_account_stays_out",
        f"{CERTIFIED}test_a15_an_answer_counts_once",
        f"{CERTIFIED}test_a15_a_code_serves_the_question_that_it_answers_and_no_other",
        f"{CERTIFIED}test_a15_a_nonce_changed_on_the_way_there_is_noticed_on_the_way_back",
        f"{CERTIFIED}test_a15_an_answer_that_another_provider_sends_is_refused", LIE,
        f"{CERTIFIED}test_a15_no_token_of_the_provider_opens_our_door",
    ),
    "A19": row(
        "two requests in one", "tests/gateway/test_smuggling.py::test_a19_a_request_with_two_lengths_is_none",
    ),
    "A16": row(
        "a reset poisoned by Host, or used again",
        f"{SIGN_IN}test_a16_no_answer_repeats_the_host_that_was_asked",
        f"{SECOND}test_a_reset_takes_the_factor_and_leaves_the_password",
    ),
}  # fmt: skip
ROWS: dict[str, Row] = {**ACCESS, **PEOPLE, **TIMES, **PURCHASES, **DIVISIONS, **NEIGHBOURS, **UPLOADS}
