"""How common a value is in this store: what many customers share identifies none of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from dedupsvc.core.compare import MODELS, Model
from dedupsvc.core.entity import Id
from dedupsvc.core.fields import Features
from dedupsvc.core.score import PairScore, Thresholds, score_levels

_NAMESAKES = 4
"""Customers of one name from which on it is a common one, whatever the census says."""
_OTHERS = {"person": 2, "company": 3}
"""Customers of other names at one number or mailbox from which on it is shared: a couple's is still mostly one person's."""


class _Sharing(NamedTuple):
    """In one comparison, the levels that a shared value would make too strong, and the one that stands for them then."""

    comparison: int
    same: frozenset[int]
    shared: int
    kind: str
    """Of blocking key: if it is hot, more customers than the cap have the value."""


class _Commonness(NamedTuple):
    name: int
    other_names: frozenset[int]
    equal: frozenset[int]
    common: int | None
    """The level of an equal name that many bear."""
    sharings: tuple[_Sharing, ...]


def _sharing(model: Model, comparison: str, *same: str) -> _Sharing:
    (shared,) = model.indices(comparison, "same_shared")
    return _Sharing(model.position(comparison), model.indices(comparison, *same), shared, comparison)


def _of_persons(model: Model) -> _Commonness:
    (common,) = model.indices("name", "equal_common")
    return _Commonness(
        model.position("name"),
        model.indices("name", "other_given", "different"),
        model.indices("name", "equal", "swapped"),
        common,
        (
            _sharing(model, "phone", "same_mobile", "same_number"),
            _sharing(model, "email", "same_personal", "same_corporate"),
        ),
    )


def _of_companies(model: Model) -> _Commonness:
    return _Commonness(
        model.position("company"),
        model.indices("company", "other_region", "other_industry", "other_branch", "different"),
        frozenset(),
        None,
        (
            _sharing(model, "phone", "same_mobile", "same_number", "same_landline", "same_tail"),
            _sharing(model, "email", "same_personal", "same_corporate", "same_role"),
        ),
    )


_COMMONNESS = {"person": _of_persons(MODELS["person"]), "company": _of_companies(MODELS["company"])}


def reweighed(
    subject: Features,
    scored: Sequence[tuple[Id, PairScore]],
    thresholds: Thresholds,
    model: Model,
    hot: Collection[str] = (),
    alike: int = 0,
) -> tuple[PairScore, ...]:
    """The scores, in order, of the subject against its candidates (by customer), when it is known what they share.

    A number or mailbox of several customers who are called otherwise counts as a shared one, as it does when its blocking key
    is hot (``hot``: kinds of keys); a name of several customers as a common one. Nothing else changes. Of a subject with
    several numbers a level does not tell which one agreed: they are left as they are.

    ``alike``: so many records have the subject's name, found or not; those not found are others' with nothing else in common.
    """
    party_type = subject.party_type
    common = _COMMONNESS[party_type]
    values = {"phone": len(subject.phones), "email": len(subject.emails)}
    levels = [(customer, score.levels) for customer, score in scored if score.levels]
    demoted = {
        sharing.comparison: (sharing.same, sharing.shared)
        for sharing in common.sharings
        if values[sharing.kind] == 1 and _is_shared(common, sharing, levels, _OTHERS[party_type], hot)
    }
    if common.common is not None and _is_common(common, levels, alike):
        demoted[common.name] = (common.equal, common.common)
    if not demoted:
        return tuple(score for _, score in scored)
    return tuple(_again(party_type, score, demoted, thresholds, model) for _, score in scored)


def _is_shared(
    common: _Commonness,
    sharing: _Sharing,
    levels: Sequence[tuple[Id, tuple[int, ...]]],
    enough: int,
    hot: Collection[str],
) -> bool:
    if sharing.kind in hot:
        return True
    at = sharing.comparison
    others = {
        customer for customer, found in levels if found[at] in sharing.same and found[common.name] in common.other_names
    }
    return len(others) >= enough


def _is_common(common: _Commonness, levels: Sequence[tuple[Id, tuple[int, ...]]], alike: int) -> bool:
    equal = [customer for customer, found in levels if found[common.name] in common.equal]
    return len(set(equal)) + max(0, alike - len(equal)) >= _NAMESAKES


def _again(
    party_type: str,
    score: PairScore,
    demoted: dict[int, tuple[frozenset[int], int]],
    thresholds: Thresholds,
    model: Model,
) -> PairScore:
    levels = list(score.levels)
    for at, (same, shared) in demoted.items():
        if levels and levels[at] in same:
            levels[at] = shared
    if tuple(levels) == score.levels:
        return score
    return score_levels(party_type, tuple(levels), thresholds, model)
