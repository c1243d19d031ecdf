"""Rules on identity, certificates, registrations, organizations and points, by their ids."""

from datetime import date, timedelta

import pytest

from services.contracts.divisions import Tier
from services.contracts.registry import IdType, Level, OrganizationKind, PointTier
from services.kernel.errors import DomainError
from services.registry.organizations import rules as organizations
from services.registry.people import rules as people
from services.registry.personal import id_blinds, masked_id, masked_phone
from services.registry.points import rules as points
from tests.keys import a_vault
from tests.registry.factories import TODAY, a_uscc, an_id_number

CARD = IdType.RESIDENT_ID_CARD


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("360426199101010071", "360426199101010071"),
        pytest.param("11010519491231002x", "11010519491231002X", id="P02 lower case x"),
        pytest.param("  360426199101010071\n", "360426199101010071", id="P10 spaces around"),
        pytest.param("３６０４２６１９９１０１０１００７１", "360426199101010071", id="full-width digits"),
        pytest.param(an_id_number(region="372922"), an_id_number(region="372922"), id="P07 abolished region"),
        pytest.param(an_id_number(7), an_id_number(7), id="region never assigned"),
    ],
)
def test_id_01_accepts(text: str, stored: str):
    assert people.id_number(CARD, text, TODAY) == stored


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("110105194912310021", "id_check_digit", id="P01 wrong check digit"),
        pytest.param("11010519490230002X", "id_birth_date", id="P05 30 February"),
        pytest.param("110105209912310029", "id_birth_date", id="born tomorrow"),
        pytest.param("110105491231002", "id_form", id="P04 fifteen digits"),
        ("1101051949123100", "id_form"),
        ("", "id_form"),
        ("１１０１０５１９４９１２３１００二Ｘ", "id_form"),
        ("11010519491231002Y", "id_form"),
        pytest.param("110105194912310\x0002X", "id_form", id="P10 NUL"),
    ],
)
def test_id_01_refuses(text: str, code: str):
    with pytest.raises(people.BadIdNumber) as refused:
        people.id_number(CARD, text, TODAY)

    assert (refused.value.code, refused.value.rule, refused.value.status) == (code, "ID-01", 422)
    assert refused.value.detail.endswith("。")


@pytest.mark.parametrize(
    ("old", "whole"),
    [
        ("110105491231002", "11010519491231002X"),
        ("999000700101000", an_id_number(0)),
        ("130503670401001", "130503196704010016"),
    ],
)
def test_p04_an_old_number_gains_its_century_and_its_check_digit(old: str, whole: str):
    assert people.is_old(old)
    assert people.upgraded(old) == whole == people.id_number(CARD, whole, TODAY)


@pytest.mark.parametrize("text", ["11010549123100X", "11010519491231002X", "1101054912310", ""])
def test_p04_what_has_not_fifteen_digits_is_no_old_number(text: str):
    assert not people.is_old(text)


def test_id_01_somebody_born_today_is_born():
    born_today = an_id_number((TODAY - date(1970, 1, 1)).days % 12000)
    assert people.id_number(CARD, born_today, TODAY)
    assert people.birth_date(an_id_number(0)) == date(1970, 1, 1)


def test_id_02_other_documents_have_no_check_digit():
    assert people.id_number(IdType.PASSPORT, "e1234567", TODAY) == "E1234567"
    assert people.id_number(IdType.RESIDENCE_PERMIT, "810000199001010011", TODAY)
    with pytest.raises(people.BadIdNumber):
        people.id_number(IdType.PASSPORT, "E12 34", TODAY)


def test_p16_a_passport_number_like_an_identity_number_is_another_one():
    vault, number = a_vault(), an_id_number()
    assert id_blinds(vault, CARD, number) != id_blinds(vault, IdType.PASSPORT, number)


def test_id_03_accepts_and_refuses():
    assert organizations.uscc("91110000600037341L") == "91110000600037341L"
    assert organizations.uscc(" 91110000600037341l ") == "91110000600037341L"
    assert organizations.uscc(a_uscc(3)) == a_uscc(3)
    for text, code in [
        ("91110000600037341M", "uscc_check_digit"),
        ("9111000060003734IL", "uscc_form"),
        ("9", "uscc_form"),
    ]:
        with pytest.raises(organizations.BadUscc) as refused:
            organizations.uscc(text)
        assert refused.value.code == code


def test_id_03_letters_may_stand_in_the_first_eight():
    body = "N1370112MF0000000"
    total = sum(organizations.VALUES[c] * w for c, w in zip(body, organizations.WEIGHTS, strict=True))
    assert organizations.uscc(body + organizations.ALPHABET[-total % 31])


def test_id_03_the_first_two_characters_say_the_kind():
    assert organizations.kind_by_uscc(a_uscc()) is OrganizationKind.PRIVATE_NONPROFIT
    assert organizations.kind_by_uscc("91110000600037341L") is OrganizationKind.ENTERPRISE
    assert organizations.kind_by_uscc("54370112MF00000000") is OrganizationKind.COMMITTEE
    assert organizations.kind_by_uscc(None) is OrganizationKind.OTHER


def test_cert_06_the_management_number_is_opaque():
    assert people.management_number(" 20230370112ab ") == "20230370112AB"
    assert people.is_usual_management_number("2023037011")
    assert not people.is_usual_management_number("2023-1")
    with pytest.raises(people.BadManagementNumber):
        people.management_number("9" * 65)


def test_cert_08_the_highest_level_decides():
    assert people.highest([Level.SENIOR, Level.ASSISTANT]) is Level.SENIOR
    assert people.highest([Level.ASSISTANT, Level.SOCIAL_WORKER]) is Level.SOCIAL_WORKER
    assert people.highest([]) is None


@pytest.mark.parametrize(
    ("first", "last", "passes"),
    [
        ("2024-05-01", "2027-04-30", True),
        ("2024-05-01", "2027-05-01", False),
        ("2024-02-29", "2027-02-28", True),
        ("2024-02-29", "2027-03-01", False),
        ("2025-03-01", "2028-02-29", True),
        ("2025-02-28", "2028-02-28", False),
        ("2024-05-01", "2024-05-01", True),
        ("2024-05-01", "2024-04-30", False),
    ],
)
def test_reg_04_three_years_at_most(first: str, last: str, passes: bool):
    days = date.fromisoformat(first), date.fromisoformat(last)
    if passes:
        assert people.registration_period(*days) == (days[0], days[1] + timedelta(days=1))
    else:
        with pytest.raises(people.BadRegistration) as refused:
            people.registration_period(*days)
        assert refused.value.rule == "REG-04"


@pytest.mark.parametrize("dot", ["\u00b7", "\u2022", "\u30fb", "\uff0e", "\u2027"])
def test_n01_n02_every_middle_dot_is_read_alike(dot: str):
    assert people.canonical(f"古丽{dot}买买提") == "古丽·买买提"
    assert people.person_name(f"古丽{dot}买买提") == f"古丽{dot}买买提"


def test_n03_n04_n09_names_of_all_kinds():
    assert people.person_name("长" * 50)
    assert people.person_name("\U00020bb7㐂𬭚")
    assert people.canonical("Ｗang Ｗei") == people.canonical("wang wei")
    for name in ("长" * 51, "", "  "):
        with pytest.raises(people.BadName):
            people.person_name(name)


def test_qual_02_related_majors():
    assert people.is_related("社会工作")
    assert not people.is_related("会计")
    assert not people.is_related(None)


@pytest.mark.parametrize(
    ("masked", "shown"),
    [
        (masked_id("37010119900101002X"), "3701**********002X"),
        (masked_id("E12345678"), "E1*****78"),
        (masked_id("E1234"), "E***4"),
        (masked_phone("13812341234"), "138****1234"),
        (masked_phone("0531-00000000"), "053******0000"),
        (masked_phone("12345"), "***45"),
    ],
)
def test_pi_12_masking(masked: str, shown: str):
    assert masked == shown


FITTING = {
    (PointTier.CITY_GUIDANCE_CENTRE, Tier.CITY),
    (PointTier.DISTRICT_MAIN_STATION, Tier.DISTRICT),
    (PointTier.DISTRICT_MAIN_STATION, Tier.ZONE),
    (PointTier.STREET_STATION, Tier.STREET),
    (PointTier.VILLAGE_SERVICE_ROOM, Tier.VILLAGE),
}


@pytest.mark.parametrize("tier", PointTier)
@pytest.mark.parametrize("of", Tier)
def test_cov_01_to_04_tiers_of_points_and_divisions(tier: PointTier, of: Tier):
    if (tier, of) in FITTING:
        points.check_tier(tier, of)
    else:
        with pytest.raises(points.TierMismatch):
            points.check_tier(tier, of)


def test_a_point_is_open_from_its_opening_up_to_its_closing():
    opened, closed = date(2024, 1, 1), date(2025, 1, 1)
    days = [date(2023, 12, 31), opened, date(2024, 12, 31), closed]
    assert [points.is_open(d, opened_on=opened, closed_on=closed) for d in days] == [False, True, True, False]
    assert points.is_open(date(2099, 1, 1), opened_on=opened, closed_on=None)


def test_closing_and_leaving_happen_once_and_after_the_start():
    start = date(2024, 1, 1)
    for already, day in [(start, date(2025, 1, 1)), (None, start)]:
        with pytest.raises(DomainError):
            points.check_closing(day, opened_on=start, already=already)
        with pytest.raises(DomainError):
            points.check_ending(day, started_on=start, already=already)
    points.check_closing(start + timedelta(1), opened_on=start, already=None)
    points.check_ending(start + timedelta(1), started_on=start, already=None)
