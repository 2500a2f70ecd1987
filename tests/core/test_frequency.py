"""What the store itself says about a value: how many customers share it."""

from __future__ import annotations

import pytest

from dedupsvc.core.compare import MODELS
from dedupsvc.core.fields import Features, PersonName
from dedupsvc.core.frequency import reweighed
from dedupsvc.core.score import SHIPPED, PairScore, Same, score_pair
from tests.core.compare.build import (
    MOBILE,
    SWITCHBOARD,
    WANG_HAO,
    WANG_JIANGUO,
    a_company,
    a_company_name,
    a_name,
    a_person,
    an_email,
)

LI_NA = a_name("李", "娜", "li", "na")
COMPARISONS = {
    party_type: [comparison.name for comparison in model.comparisons] for party_type, model in MODELS.items()
}


def level(score: PairScore, party_type: str, comparison: str) -> str:
    at = COMPARISONS[party_type].index(comparison)
    return MODELS[party_type].comparisons[at].levels[score.levels[at]].code


def judged(subject: Features, *others: Features, hot: tuple[str, ...] = (), alike: int = 0) -> tuple[PairScore, ...]:
    """Each other record is a customer of its own, by position."""
    scored = [(customer, score_pair(subject, other)) for customer, other in enumerate(others, 100)]
    return reweighed(subject, scored, SHIPPED, MODELS[subject.party_type], hot, alike)


def with_mobile(name: PersonName) -> Features:
    return a_person(name, phones=(MOBILE,))


def test_a_mobile_that_two_others_use_too_is_a_shared_one() -> None:
    subject = with_mobile(a_name("王", "建国", "wang", "jian guo")._replace(given="剑国"))
    alone = judged(subject, with_mobile(WANG_JIANGUO))
    shared = judged(subject, with_mobile(WANG_JIANGUO), with_mobile(LI_NA), with_mobile(WANG_HAO))
    assert level(alone[0], "person", "phone") == "same_mobile"
    assert alone[0].same is Same.MATCH
    assert {level(score, "person", "phone") for score in shared} == {"same_shared"}
    assert shared[0].match_weight < alone[0].match_weight


def test_one_other_person_at_the_mobile_changes_nothing() -> None:
    subject = with_mobile(WANG_JIANGUO)
    assert judged(subject, with_mobile(WANG_JIANGUO), with_mobile(LI_NA)) == tuple(
        score_pair(subject, other) for other in (with_mobile(WANG_JIANGUO), with_mobile(LI_NA))
    )


def test_two_records_of_one_other_customer_are_one_other_customer() -> None:
    subject, other = with_mobile(WANG_JIANGUO), score_pair(with_mobile(WANG_JIANGUO), with_mobile(LI_NA))
    scores = reweighed(subject, [(100, other), (100, other)], SHIPPED, MODELS["person"])
    assert scores == (other, other)


def test_a_mailbox_is_shared_when_its_key_is_hot_whoever_was_found() -> None:
    mailbox = (an_email("hello@gmail.com"),)
    subject = a_person(WANG_JIANGUO, emails=mailbox)
    (cold,) = judged(subject, a_person(WANG_JIANGUO, emails=mailbox))
    (hot,) = judged(subject, a_person(WANG_JIANGUO, emails=mailbox), hot=("email",))
    assert (level(cold, "person", "email"), level(hot, "person", "email")) == ("same_personal", "same_shared")
    assert hot.same is not Same.MATCH


def test_of_several_numbers_none_is_called_shared_because_another_is() -> None:
    subject = a_person(WANG_JIANGUO, phones=(SWITCHBOARD, MOBILE))
    (score,) = judged(subject, with_mobile(WANG_JIANGUO), hot=("phone",))
    assert level(score, "person", "phone") == "same_mobile"


def test_a_name_of_four_customers_is_a_common_one() -> None:
    subject = a_person(WANG_JIANGUO)
    three, four = judged(subject, *[subject] * 3), judged(subject, *[subject] * 4)
    assert {level(score, "person", "name") for score in three} == {"equal"}
    assert {level(score, "person", "name") for score in four} == {"equal_common"}
    assert four[0].match_weight < three[0].match_weight


def test_an_agencys_line_tells_its_sites_no_longer_apart() -> None:
    names = ("linden school", "harbor clinic", "maple library", "quarry museum")
    sites = [a_company(a_company_name(name, name), phones=(SWITCHBOARD,)) for name in names]
    scores = judged(sites[0], *sites)
    assert {level(score, "company", "phone") for score in scores} == {"same_shared"}
    few = judged(sites[0], *sites[:3])
    assert {level(score, "company", "phone") for score in few} == {"same_landline"}


@pytest.mark.parametrize(("alike", "expected"), [(0, "equal"), (3, "equal"), (4, "equal_common"), (9, "equal_common")])
def test_a_name_of_several_who_were_not_found_is_a_common_one(alike: int, expected: str) -> None:
    """Of these one was found; the others have nothing but the name in common with the subject."""
    name = a_name("prescott", "jonathan")
    (score,) = judged(a_person(name, phones=(MOBILE,)), a_person(name), alike=alike)
    assert level(score, "person", "name") == expected
