"""From levels to a verdict: match weight, probability, and the limits that no sum of evidence may cross."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from math import log2
from typing import NamedTuple

from dedupsvc.core.compare import COMPANY_MODEL, MODELS, PERSON_MODEL, Model, Models
from dedupsvc.core.fields import Features
from dedupsvc.core.remembered import SHARED


class Same(StrEnum):
    """Whether two records are one customer."""

    MATCH = "match"
    POSSIBLE = "possible"
    NONE = "none"


class Thresholds(NamedTuple):
    """Probabilities from which a pair counts as ``match`` or as ``possible``."""

    match: float
    possible: float


# A wrong match merges two customers, a wrong possible costs a steward a minute.
SHIPPED = Thresholds(match=0.9, possible=0.3)


LIMITS: dict[str, tuple[str, str]] = {
    "party_type": ("一方为个人，一方为企业", "one is a person and one a company"),
    "identifier_conflict": ("有效证件号不同", "their valid identifiers differ"),
    "name_conflict": ("名称不同", "the names differ"),
    "generation": ("出生日期相差一代", "they were born a generation apart"),
    "branch": ("属于不同分支机构", "they are different branches"),
    "sister_company": ("地区或行业不同，可能是关联公司", "region or trade differ, as sister companies' do"),
    "shared_evidence_only": ("一致的都是多人可能共用的信息", "only what several people may share agrees"),
    "name_missing": ("缺少名称", "a name is missing"),
    "name_doubtful": ("名称只有一部分相符", "the names agree in part only"),
    "other_site": ("可能是同一机构的另一处", "it may be another site of one organization"),
}
"""What keeps a pair from being a match, as a salesperson is told it: zh, en."""


class PairScore(NamedTuple):
    match_weight: float
    """log2 odds, prior included: exactly what the explanation's rows add up to."""
    score: float
    """The probability, lowered to the limit's bound where a limit holds: it never contradicts ``same``."""
    same: Same
    levels: tuple[int, ...]
    """The level reached in each comparison of the party type; empty if the party types differ."""
    limits: tuple[str, ...]
    """Why the verdict was capped; contradictions (see CONTRADICTIONS) are named even if the evidence was poor anyway."""


CONTRADICTIONS = frozenset(
    {"party_type", "identifier_conflict", "name_conflict", "generation", "branch", "sister_company"}
)
"""The limits that say two records are different customers. The others only say that too little is known."""


PARTY_WEIGHT = -20.0
"""A company and a person are two customers, whatever they share."""


def levels_of(model: Model, left: Features, right: Features) -> tuple[int, ...]:
    return tuple([level(left, right) for level in model.compare])


def score_pair(left: Features, right: Features, thresholds: Thresholds = SHIPPED, models: Models = MODELS) -> PairScore:
    """Symmetric and deterministic."""
    if left.party_type != right.party_type:
        return _OTHER_PARTY
    party_type = "person" if left.party_type == "person" else "company"
    model = models[party_type]
    return score_levels(party_type, levels_of(model, left, right), thresholds, model)


def score_each(
    left: Features, others: Sequence[Features], thresholds: Thresholds = SHIPPED, models: Models = MODELS
) -> list[PairScore]:
    """`score_pair` with each of the others, comparison by comparison: one function for all of them costs less than all for each."""
    party_type = left.party_type
    if {other.party_type for other in others} != {party_type}:
        return [score_pair(left, other, thresholds, models) for other in others]
    model = models[party_type]
    columns = [[level(left, other) for other in others] for level in model.compare]
    return [score_levels(party_type, levels, thresholds, model) for levels in zip(*columns, strict=True)]


@lru_cache(maxsize=SHARED)
def score_levels(party_type: str, levels: tuple[int, ...], thresholds: Thresholds, model: Model) -> PairScore:
    """The verdict on any two records of this party type that compare so; most pairs compare like one that was seen before."""
    weight = model.prior + sum(model.weights(levels))
    score = probability(weight)
    highest, limits = _person_limits(levels) if party_type == "person" else _company_limits(levels)
    if limits and model.lifted:
        highest, limits = _lifted(model, highest, limits)
    same = Same.MATCH if score >= thresholds.match else Same.POSSIBLE if score >= thresholds.possible else Same.NONE
    if not limits:
        return PairScore(weight, score, same, levels, ())
    if _ORDER[same] <= _ORDER[highest]:
        return PairScore(weight, score, same, levels, tuple(code for code in limits if code in CONTRADICTIONS))
    bound = thresholds.possible if highest is Same.NONE else thresholds.match
    return PairScore(weight, bound * _BELOW, highest, levels, limits)


def _lifted(model: Model, highest: Same, limits: tuple[str, ...]) -> tuple[Same, tuple[str, ...]]:
    """What the limits still forbid where the ruleset lifts some of them."""
    kept = tuple(code for code in limits if model.lifted.get(code) != "off")
    if not kept:
        return Same.MATCH, ()
    if highest is Same.NONE and all(code in model.lifted for code in kept):
        return Same.POSSIBLE, kept
    return highest, kept


_ORDER = {Same.NONE: 0, Same.POSSIBLE: 1, Same.MATCH: 2}
_BELOW = 0.999
"""A limited score is shown just under the threshold that it may not reach."""


def probability(weight: float) -> float:
    """From log2 odds; never 0 or 1."""
    if weight > 40.0:
        weight = 40.0
    elif weight < -40.0:
        weight = -40.0
    odds = 2.0**weight
    return float(odds / (1.0 + odds))


def match_weight(score: float) -> float:
    """The inverse of ``probability``."""
    return log2(score / (1.0 - score))


_OTHER_PARTY = PairScore(PARTY_WEIGHT, probability(PARTY_WEIGHT), Same.NONE, (), ("party_type",))


_NAME = PERSON_MODEL.position("name")
_ADDRESS = PERSON_MODEL.position("address")
_BIRTH = PERSON_MODEL.position("birth_date")
_PERSON_IDENTIFIER = PERSON_MODEL.position("identifier")
_EMAIL = PERSON_MODEL.position("email")
_PHONE = PERSON_MODEL.position("phone")
_INTERACTION = PERSON_MODEL.position("interaction")
_EMPLOYER = PERSON_MODEL.position("company")

_FULL_NAMES = PERSON_MODEL.indices(
    "name", "equal", "equal_common", "transliterated", "swapped", "homophone", "similar", "mailbox"
)
_UNCOMMON_NAMES = PERSON_MODEL.indices("name", "equal", "swapped", "mailbox")
_COMPATIBLE_NAMES = _FULL_NAMES | PERSON_MODEL.indices(
    "name", "mailbox", "initials", "mailbox_initial", "nickname", "part", "family_only", "family_common"
)
# Marriage, a badly mistyped name, an English given name beside the Chinese one.
_DOUBTFUL_NAMES = PERSON_MODEL.indices("name", "resembling", "other_family", "other_script")
_MISSPELT = PERSON_MODEL.indices("name", "resembling")
_STRANGERS_NAME = PERSON_MODEL.indices("name", "different")
_SAME_PLACE = PERSON_MODEL.indices("address", "same_unit", "same_building", "similar")
_SAME_STREET = _SAME_PLACE | PERSON_MODEL.indices("address", "same_street")
_SAME_LINE = PERSON_MODEL.indices("phone", "same_landline", "same_shared")
# Father and son of one name share a home, and often a phone or a mailbox.
_OTHER_GENERATION = PERSON_MODEL.indices("birth_date", "other_generation")
_SAME_BIRTH = PERSON_MODEL.indices("birth_date", "same", "swapped")
_INDIVIDUAL_BIRTH = _SAME_BIRTH | PERSON_MODEL.indices("birth_date", "similar")
_BORN_ABOUT = _INDIVIDUAL_BIRTH | PERSON_MODEL.indices("birth_date", "near", "shifted")
_SAME_IDENTIFIER = PERSON_MODEL.indices("identifier", "same_strong", "same")
_ABOUT_ONE_IDENTIFIER = _SAME_IDENTIFIER | PERSON_MODEL.indices("identifier", "similar")
_STRONG = PERSON_MODEL.indices("identifier", "same_strong")
_CONFLICT = PERSON_MODEL.indices("identifier", "conflict")

# What only one person has: position in the table, levels that show it.
_INDIVIDUAL: tuple[tuple[int, frozenset[int]], ...] = (
    (
        _EMAIL,
        PERSON_MODEL.indices("email", "same_personal", "same_corporate", "mistyped_domain", "same_local", "similar"),
    ),
    (_PHONE, PERSON_MODEL.indices("phone", "same_mobile", "same_number", "masked", "similar")),
    (_PERSON_IDENTIFIER, PERSON_MODEL.indices("identifier", "same_strong", "same", "similar")),
    (_BIRTH, _INDIVIDUAL_BIRTH),
    (_INTERACTION, PERSON_MODEL.indices("interaction", "same")),
)


def _person_limits(levels: tuple[int, ...]) -> tuple[Same, tuple[str, ...]]:
    """The highest verdict persons can reach, and why. Reads as the policy it is."""
    name = levels[_NAME]
    individual = 0
    for position, agreeing in _INDIVIDUAL:
        if levels[position] in agreeing:
            individual += 1
    if levels[_PERSON_IDENTIFIER] in _CONFLICT:
        return Same.POSSIBLE if name in _COMPATIBLE_NAMES else Same.NONE, ("identifier_conflict",)
    if name in _COMPATIBLE_NAMES:
        own_number = levels[_PERSON_IDENTIFIER] in _ABOUT_ONE_IDENTIFIER
        if levels[_BIRTH] in _OTHER_GENERATION and individual < 2 and not own_number:
            return Same.POSSIBLE, ("generation",)
        born_about = name in _FULL_NAMES and levels[_BIRTH] in _BORN_ABOUT
        if individual or born_about or _lives_there(levels):
            return Same.MATCH, ()
        return Same.POSSIBLE, ("shared_evidence_only",)
    born_alike = levels[_BIRTH] in _SAME_BIRTH
    if name == 0:
        # Without a name, a mailbox or a number may be a relative's: a second fact of one's own is needed.
        if levels[_PERSON_IDENTIFIER] in _STRONG or _born_about(levels, individual):
            return Same.MATCH, ()
        return Same.POSSIBLE, ("name_missing",)
    code = "name_doubtful" if name in _DOUBTFUL_NAMES else "name_conflict"
    return _despite_the_name(levels, individual, born_alike), (code,)


def _despite_the_name(levels: tuple[int, ...], individual: int, born_alike: bool) -> Same:
    """How far facts of one's own outweigh another name: people marry and are renamed, relatives share nearly all."""
    doubtful = levels[_NAME] in _DOUBTFUL_NAMES
    own_number = levels[_PERSON_IDENTIFIER] in _SAME_IDENTIFIER
    at_home = levels[_ADDRESS] in _SAME_PLACE
    if born_alike and individual >= 2 and (doubtful or own_number):
        return Same.MATCH
    if at_home and own_number:
        # A number of one's own, and where its owner lives: renamed, or two names given in one form.
        return Same.MATCH
    if at_home and born_alike and levels[_PERSON_IDENTIFIER] in _ABOUT_ONE_IDENTIFIER:
        # Twins' numbers follow one another: one that is mistyped further in front is another form's of one person.
        return Same.MATCH
    if at_home and born_alike and levels[_NAME] in _STRANGERS_NAME:
        # Twins share the surname; two strangers born on one day do not share a home.
        return Same.MATCH
    if doubtful and own_number and levels[_ADDRESS] in _SAME_STREET:
        # Half of the name, a number of one's own and the street.
        return Same.MATCH
    if at_home and doubtful and born_alike:
        # Of one name half, born on one day, in one home: twins differ in the given name, and more than by slips.
        return Same.MATCH
    if levels[_NAME] in _MISSPELT and (born_alike or _born_about(levels, individual)):
        return Same.MATCH
    if levels[_PERSON_IDENTIFIER] in _STRONG or individual >= 2 or (at_home and (born_alike or own_number)):
        return Same.POSSIBLE
    return Same.POSSIBLE if doubtful and individual else Same.NONE


def _born_about(levels: tuple[int, ...], individual: int) -> bool:
    """A fact of one's own, and a date of birth that is the same or so near that relatives would hardly have it."""
    birth = levels[_BIRTH]
    return birth in _BORN_ABOUT and individual > (birth in _INDIVIDUAL_BIRTH)


def _lives_there(levels: tuple[int, ...]) -> bool:
    """A whole name and a home or its line; at an employer's only a name that colleagues hardly share."""
    if levels[_ADDRESS] not in _SAME_PLACE and levels[_PHONE] not in _SAME_LINE:
        return False
    return levels[_NAME] in (_UNCOMMON_NAMES if levels[_EMPLOYER] else _FULL_NAMES)


_COMPANY = COMPANY_MODEL.position("company")
_COMPANY_IDENTIFIER = COMPANY_MODEL.position("identifier")
_BRANCH = COMPANY_MODEL.indices("company", "other_branch")
_SISTER = COMPANY_MODEL.indices("company", "other_region", "other_industry", "other_site")
_OTHER_COMPANY = COMPANY_MODEL.indices("company", "different")
_EQUAL_NAME = COMPANY_MODEL.indices(
    "company", "same_long", "same_full", "same", "same_sound_long", "same_sound", "other_form"
)
_PART_NAME = COMPANY_MODEL.indices("company", "part_long", "part", "related", "other_kind")
_LOOSE_NAME = _PART_NAME | COMPANY_MODEL.indices("company", "short", "similar_long", "similar")
_COMPANY_ADDRESS = COMPANY_MODEL.position("address")
_OTHER_DOOR = COMPANY_MODEL.indices("address", "other_number")
_ELSEWHERE = _OTHER_DOOR | COMPANY_MODEL.indices("address", "other_place")
_COMPANY_PHONE = COMPANY_MODEL.position("phone")
_OTHER_NUMBER = COMPANY_MODEL.indices("phone", "different")
# What tells that it moved: a carrier's sites share its switchboard, not these.
_MOVED_WITH: tuple[tuple[int, frozenset[int]], ...] = (
    (_COMPANY_PHONE, COMPANY_MODEL.indices("phone", "same_mobile")),
    (
        COMPANY_MODEL.position("email"),
        COMPANY_MODEL.indices("email", "same_personal", "same_corporate", "same_role", "mistyped_domain", "same_local"),
    ),
    (COMPANY_MODEL.position("contact"), COMPANY_MODEL.indices("contact", "equal", "transliterated", "swapped")),
    (COMPANY_MODEL.position("identifier"), COMPANY_MODEL.indices("identifier", "same")),
)


def _company_limits(levels: tuple[int, ...]) -> tuple[Same, tuple[str, ...]]:
    """The highest verdict companies can reach, and why."""
    name = levels[_COMPANY]
    strong = levels[_COMPANY_IDENTIFIER] in _STRONG
    if name in _BRANCH:
        return Same.POSSIBLE if strong else Same.NONE, ("branch",)
    if levels[_COMPANY_IDENTIFIER] in _CONFLICT:
        return Same.POSSIBLE, ("identifier_conflict",)
    if strong:
        return Same.MATCH, ()
    if name in _SISTER:
        return Same.POSSIBLE, ("sister_company",)
    if name in _OTHER_COMPANY:
        return Same.POSSIBLE, ("name_conflict",)
    if not name:
        return Same.POSSIBLE, ("name_missing",)
    if levels[_COMPANY_ADDRESS] in _ELSEWHERE:
        if not _moved(levels):
            return _elsewhere(levels)
        if name in _PART_NAME:
            # One owner's two firms share his mobile.
            return Same.POSSIBLE, ("other_site",)
    return Same.MATCH, ()


def _elsewhere(levels: tuple[int, ...]) -> tuple[Same, tuple[str, ...]]:
    """Sites of one carrier have its name, all or in part, its number, and an address of their own."""
    name = levels[_COMPANY]
    next_door = levels[_COMPANY_ADDRESS] in _OTHER_DOOR
    if name in _LOOSE_NAME:
        return Same.POSSIBLE if next_door else Same.NONE, ("other_site",)
    if name in _EQUAL_NAME and not next_door:
        # With a number of its own, too, it is the next shop of a chain.
        return Same.NONE if levels[_COMPANY_PHONE] in _OTHER_NUMBER else Same.POSSIBLE, ("other_site",)
    return Same.MATCH, ()


def _moved(levels: tuple[int, ...]) -> bool:
    return any(levels[position] in agreeing for position, agreeing in _MOVED_WITH)
