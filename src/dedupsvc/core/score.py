"""From levels to a verdict: match weight, probability, and the limits that no sum of evidence may cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log2
from typing import NamedTuple

from dedupsvc.core.compare import COMPARISONS, Comparison
from dedupsvc.core.fields import Features


class Same(StrEnum):
    """Whether two records are one customer."""

    MATCH = "match"
    POSSIBLE = "possible"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a pair counts as ``match`` or as ``possible``."""

    match: float
    possible: float


# A wrong match merges two customers, a wrong possible costs a steward a minute.
SHIPPED = Thresholds(match=0.9, possible=0.3)


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


@dataclass(frozen=True, slots=True)
class Model:
    """A party type's comparisons, and what the scorer assumes of them."""

    comparisons: tuple[Comparison, ...]
    prior: float
    """log2 odds that two candidates chosen blindly are one customer."""
    shared_rest: float
    """How much of every further piece of shared evidence counts: switchboard, office and employer come together."""

    def weights(self, levels: Sequence[int]) -> list[float]:
        """Each comparison's weight here. Evidence that several customers share counts once, its rest in part."""
        weights: list[float] = []
        strongest = -1
        for position, (comparison, level) in enumerate(zip(self.comparisons, levels, strict=True)):
            if not level:
                weights.append(0.0)
                continue
            chosen = comparison.levels[level]
            weight = chosen.weight
            if chosen.shared and weight > 0.0:
                if strongest < 0:
                    strongest = position
                elif weight > weights[strongest]:
                    weights[strongest] *= self.shared_rest
                    strongest = position
                else:
                    weight *= self.shared_rest
            weights.append(weight)
        return weights


# A candidate shares a blocking key already, but most keys are shared by relatives, colleagues and namesakes.
PERSON_PRIOR = -10.5
# Company names are built to be told apart, and branches are sorted out by rule.
COMPANY_PRIOR = -10.0

PERSON_MODEL = Model(COMPARISONS["person"], prior=PERSON_PRIOR, shared_rest=0.25)
COMPANY_MODEL = Model(COMPARISONS["company"], prior=COMPANY_PRIOR, shared_rest=0.5)
MODELS = {"person": PERSON_MODEL, "company": COMPANY_MODEL}

PARTY_WEIGHT = -20.0
"""A company and a person are two customers, whatever they share."""


def levels_of(model: Model, left: Features, right: Features) -> tuple[int, ...]:
    return tuple([comparison.level(left, right) for comparison in model.comparisons])


def score_pair(left: Features, right: Features, thresholds: Thresholds = SHIPPED) -> PairScore:
    """Symmetric and deterministic."""
    if left.party_type != right.party_type:
        return _OTHER_PARTY
    person = left.party_type == "person"
    model = PERSON_MODEL if person else COMPANY_MODEL
    levels = levels_of(model, left, right)
    weight = model.prior + sum(model.weights(levels))
    score = probability(weight)
    highest, limits = (_person_limits if person else _company_limits)(levels)
    same = Same.MATCH if score >= thresholds.match else Same.POSSIBLE if score >= thresholds.possible else Same.NONE
    if not limits:
        return PairScore(weight, score, same, levels, ())
    if _ORDER[same] <= _ORDER[highest]:
        return PairScore(weight, score, same, levels, tuple(code for code in limits if code in CONTRADICTIONS))
    bound = thresholds.possible if highest is Same.NONE else thresholds.match
    return PairScore(weight, bound * _BELOW, highest, levels, limits)


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


def _position(model: Model, name: str) -> int:
    return [comparison.name for comparison in model.comparisons].index(name)


def _indices(model: Model, name: str, *codes: str) -> frozenset[int]:
    levels = [level.code for level in model.comparisons[_position(model, name)].levels]
    return frozenset(levels.index(code) for code in codes)


_NAME = _position(PERSON_MODEL, "name")
_ADDRESS = _position(PERSON_MODEL, "address")
_BIRTH = _position(PERSON_MODEL, "birth_date")
_PERSON_IDENTIFIER = _position(PERSON_MODEL, "identifier")
_EMAIL = _position(PERSON_MODEL, "email")
_PHONE = _position(PERSON_MODEL, "phone")
_INTERACTION = _position(PERSON_MODEL, "interaction")
_EMPLOYER = _position(PERSON_MODEL, "company")

_FULL_NAMES = _indices(
    PERSON_MODEL, "name", "equal", "equal_common", "transliterated", "swapped", "homophone", "similar"
)
_UNCOMMON_NAMES = _indices(PERSON_MODEL, "name", "equal", "swapped")
_COMPATIBLE_NAMES = _FULL_NAMES | _indices(PERSON_MODEL, "name", "initials", "nickname", "part", "family_only")
# Marriage, a badly mistyped name, an English given name beside the Chinese one.
_DOUBTFUL_NAMES = _indices(PERSON_MODEL, "name", "resembling", "other_family", "other_script")
_MISSPELT = _indices(PERSON_MODEL, "name", "resembling")
_SAME_PLACE = _indices(PERSON_MODEL, "address", "same_unit", "same_building", "similar")
_SAME_LINE = _indices(PERSON_MODEL, "phone", "same_landline")
# Father and son of one name share a home, and often a phone or a mailbox.
_OTHER_GENERATION = _indices(PERSON_MODEL, "birth_date", "other_generation")
_SAME_BIRTH = _indices(PERSON_MODEL, "birth_date", "same", "swapped")
_INDIVIDUAL_BIRTH = _SAME_BIRTH | _indices(PERSON_MODEL, "birth_date", "similar")
_BORN_ABOUT = _INDIVIDUAL_BIRTH | _indices(PERSON_MODEL, "birth_date", "near", "shifted")
_SAME_IDENTIFIER = _indices(PERSON_MODEL, "identifier", "same_strong", "same")
_STRONG = _indices(PERSON_MODEL, "identifier", "same_strong")
_CONFLICT = _indices(PERSON_MODEL, "identifier", "conflict")

# What only one person has: position in the table, levels that show it.
_INDIVIDUAL: tuple[tuple[int, frozenset[int]], ...] = (
    (
        _EMAIL,
        _indices(PERSON_MODEL, "email", "same_personal", "same_corporate", "mistyped_domain", "same_local", "similar"),
    ),
    (_PHONE, _indices(PERSON_MODEL, "phone", "same_mobile", "same_number", "masked", "similar")),
    (_PERSON_IDENTIFIER, _indices(PERSON_MODEL, "identifier", "same_strong", "same", "similar")),
    (_BIRTH, _INDIVIDUAL_BIRTH),
    (_INTERACTION, _indices(PERSON_MODEL, "interaction", "same")),
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
        own_number = levels[_PERSON_IDENTIFIER] in _SAME_IDENTIFIER
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
    if at_home and doubtful and (born_alike or own_number):
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


_COMPANY = _position(COMPANY_MODEL, "company")
_COMPANY_IDENTIFIER = _position(COMPANY_MODEL, "identifier")
_BRANCH = _indices(COMPANY_MODEL, "company", "other_branch")
_SISTER = _indices(COMPANY_MODEL, "company", "other_region", "other_industry")
_OTHER_COMPANY = _indices(COMPANY_MODEL, "company", "different")
_LOOSE_NAME = _indices(COMPANY_MODEL, "company", "part_long", "part", "related")
_COMPANY_ADDRESS = _position(COMPANY_MODEL, "address")
_ELSEWHERE = _indices(COMPANY_MODEL, "address", "other_number", "other_place")


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
    if name in _LOOSE_NAME and levels[_COMPANY_ADDRESS] in _ELSEWHERE:
        # Sites of one carrier have its name in part, its number, and an address of their own.
        return Same.POSSIBLE, ("other_site",)
    return (Same.MATCH, ()) if name else (Same.POSSIBLE, ("name_missing",))
