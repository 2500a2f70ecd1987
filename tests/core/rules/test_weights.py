"""Weights of a store's own: they are what pairs are scored and explained with, and nobody can name what does not exist."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given

from dedupsvc.core.compare import COMPARISONS, MODELS
from dedupsvc.core.errors import RulesInvalid
from dedupsvc.core.estimate import NEVER_LIFTED
from dedupsvc.core.explain import explanation, matched_fields
from dedupsvc.core.fields import Features
from dedupsvc.core.rules import Ruleset, read_document
from dedupsvc.core.rules.weights import Limit
from dedupsvc.core.score import CONTRADICTIONS, LIMITS, SHIPPED, Same, score_pair
from tests.core.compare.build import (
    HUAXIN,
    MOBILE,
    SWITCHBOARD,
    WANG_JIANGUO,
    ZHANG_WEI,
    a_company,
    a_person,
    an_address,
)
from tests.core.rules.build import rules
from tests.core.test_score import parties

OFFICE = an_address("中关村大街", "1", city="北京")
SHIFTED = {
    party: {
        "prior": -7.25,
        "shared_rest": 0.75,
        "levels": {
            comparison.name: {level.code: round(level.weight / 2 + 0.5, 2) for level in comparison.levels[1:]}
            for comparison in comparisons
        },
    }
    for party, comparisons in COMPARISONS.items()
}


def problems(weights: Any) -> tuple[tuple[str, str], ...]:
    with pytest.raises(RulesInvalid) as refused:
        read_document({"name": "test", "thresholds": {"match": 0.9, "possible": 0.3}, "weights": weights})
    return refused.value.problems


def test_rules_that_say_nothing_of_weights_score_with_the_shipped_models() -> None:
    assert rules().models == MODELS


@given(parties, parties)
def test_the_rows_add_up_to_the_match_weight_with_weights_of_ones_own(left: Features, right: Features) -> None:
    models = rules(weights=SHIFTED).models
    rows = explanation(left, right, models)
    assert sum(row.weight for row in rows) == pytest.approx(score_pair(left, right, SHIPPED, models).match_weight)


def test_a_level_weighs_what_the_ruleset_says_and_the_others_what_they_are_shipped_with() -> None:
    pair = a_person(WANG_JIANGUO, phones=(MOBILE,))
    models = rules(weights={"person": {"prior": -3, "levels": {"phone": {"same_mobile": 1.5}}}}).models
    weights = {row.comparison: row.weight for row in explanation(pair, pair, models)}
    name = next(row.weight for row in explanation(pair, pair) if row.comparison == "name")
    assert weights == {"prior": -3, "name": name, "phone": 1.5}
    assert matched_fields(pair, pair, models) == ("name", "phone")
    assert matched_fields(pair, pair) == ("phone", "name")


def test_weights_of_persons_leave_companies_alone() -> None:
    models = rules(weights={"person": {"prior": -1}}).models
    assert models["company"] == MODELS["company"]


def test_more_of_shared_evidence_counts_where_the_ruleset_says_so() -> None:
    pair = a_company(HUAXIN, addresses=(OFFICE,), website="huaxin.cn")
    counted = [
        score_pair(pair, pair, SHIPPED, rules(weights={"company": {"shared_rest": rest}}).models).match_weight
        for rest in (0.0, 0.5, 1.0)
    ]
    assert counted[0] < counted[1] < counted[2]


def test_a_limit_that_is_off_caps_nothing() -> None:
    pair = a_person(ZHANG_WEI, phones=(SWITCHBOARD,), companies=(HUAXIN,))
    models = rules(weights={"person": {"prior": 0, "limits": {"shared_evidence_only": "off"}}}).models
    capped = rules(weights={"person": {"prior": 0}}).models
    assert score_pair(pair, pair, SHIPPED, capped).limits == ("shared_evidence_only",)
    assert score_pair(pair, pair, SHIPPED, models)[2:] == (Same.MATCH, score_pair(pair, pair).levels, ())


def test_a_limit_that_leaves_possible_no_longer_rules_it_out() -> None:
    branch = HUAXIN._replace(branch="上海分公司")
    left, right = a_company(HUAXIN, addresses=(OFFICE,)), a_company(branch, addresses=(OFFICE,))
    generous: dict[str, Any] = {"prior": 20}
    assert score_pair(left, right, SHIPPED, rules(weights={"company": generous}).models).same is Same.NONE
    lifted = rules(weights={"company": {**generous, "limits": {"branch": "possible"}}}).models
    assert score_pair(left, right, SHIPPED, lifted).same is Same.POSSIBLE
    assert score_pair(left, right, SHIPPED, lifted).limits == ("branch",)


@pytest.mark.parametrize(
    ("weights", "path"),
    [
        ({"robot": {}}, "weights.robot"),
        ({"person": {"levels": {"shoe_size": {"same": 1}}}}, "weights.person.levels.shoe_size"),
        ({"person": {"levels": {"name": {"eqal": 1}}}}, "weights.person.levels.name.eqal"),
        ({"person": {"levels": {"name": {"missing": 1}}}}, "weights.person.levels.name.missing"),
        # Each party type has comparisons of its own.
        ({"company": {"levels": {"birth_date": {"same": 1}}}}, "weights.company.levels.birth_date"),
        ({"company": {"levels": {"company": {"same": "2"}}}}, "weights.company.levels.company.same"),
        ({"company": {"levels": {"company": {"same": 41}}}}, "weights.company.levels.company.same"),
        ({"company": {"levels": {"company": {"same": float("nan")}}}}, "weights.company.levels.company.same"),
        ({"company": {"shared_rest": 1.5}}, "weights.company.shared_rest"),
        ({"company": {"prior": None, "limits": {"sister_company": "on"}}}, "weights.company.limits.sister_company"),
        ({"person": {"limits": {"identifier_conflict": "off"}}}, "weights.person.limits.identifier_conflict"),
        ({"person": {"limits": {"party_type": "off"}}}, "weights.person.limits.party_type"),
        ({"person": {"levels": []}}, "weights.person.levels"),
    ],
)
def test_what_cannot_be_weighed_is_refused_where_it_stands(weights: Any, path: str) -> None:
    found = problems(weights)
    assert [where for where, _ in found] == [path]
    assert found[0][1].endswith(".")


def test_an_unknown_level_is_told_the_ones_there_are() -> None:
    message = problems({"company": {"levels": {"website": {"equal": 1}}}})[0][1]
    assert message == "Must be one of: different, same, same_as_mail."


def test_weights_survive_being_stored_and_read() -> None:
    ruleset = rules(weights={**SHIFTED, "person": {"limits": {"name_doubtful": "off"}}}).ruleset
    assert Ruleset.model_validate_json(ruleset.model_dump_json()) == ruleset


def test_valid_numbers_that_differ_and_party_types_can_not_be_lifted() -> None:
    assert CONTRADICTIONS - set(get_args(Limit)) == {"identifier_conflict", "party_type"}


def test_every_limit_may_be_lifted_or_always_counts() -> None:
    assert set(get_args(Limit)) | NEVER_LIFTED == set(LIMITS)
    assert NEVER_LIFTED.isdisjoint(get_args(Limit))
