"""What a ruleset says of match weights: by party type the prior, each level's weight, and the limits it lifts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from dedupsvc.core.compare import COMPARISONS, MODELS, Model, Models

Weight: TypeAlias = Annotated[float, Field(ge=-40, le=40, strict=True, allow_inf_nan=False)]
Limit: TypeAlias = Literal[
    "shared_evidence_only", "name_missing", "name_doubtful", "name_conflict", "generation", "other_site",
    "sister_company", "branch",
]  # fmt: skip
"""What may be lifted. That two records have different valid numbers, or different party types, always counts."""


class PartyWeights(BaseModel):
    """How much each comparison of one party type says; what is left out is as shipped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prior: Weight | None = Field(
        default=None, description="log2 of the odds that two candidates are one customer, before any evidence."
    )
    shared_rest: float | None = Field(
        default=None,
        ge=0,
        le=1,
        strict=True,
        description="How much of every further piece of shared evidence (switchboard, office, employer) counts.",
    )
    levels: dict[str, dict[str, Weight]] = Field(
        default={},
        description="Match weights (log2 of the odds) by comparison and level, called as an explanation's rows call them: "
        '{"email": {"same_domain": 0.4}}.',
    )
    limits: dict[Limit, Literal["possible", "off"]] = Field(
        default={},
        description="Limits that do not hold here: off, or possible for one that would rule out even a possible match.",
    )


class Weights(BaseModel):
    """Match weights of this store's own, such as learned ones, by party type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: PartyWeights = Field(default=PartyWeights(), description="For pairs of persons.")
    company: PartyWeights = Field(default=PartyWeights(), description="For pairs of companies.")

    @field_validator("person", "company")
    @classmethod
    def _known(cls, said: PartyWeights, info: ValidationInfo) -> PartyWeights:
        """Each comparison and level exists; one that does not is refused with its path."""
        known = {each.name: {level.code for level in each.levels[1:]} for each in COMPARISONS[str(info.field_name)]}
        wrong = [
            _problem(*path, expected=sorted(expected))
            for comparison, levels in said.levels.items()
            for path, expected in _unknown(comparison, levels, known)
        ]
        if wrong:
            raise ValidationError.from_exception_data("levels", wrong)
        return said


def _unknown(
    comparison: str, levels: Mapping[str, float], known: Mapping[str, set[str]]
) -> list[tuple[tuple[str, ...], set[str]]]:
    if comparison not in known:
        return [((comparison,), set(known))]
    return [((comparison, level), known[comparison]) for level in levels if level not in known[comparison]]


def _problem(*path: str, expected: list[str]) -> InitErrorDetails:
    context: dict[str, Any] = {"expected": ", ".join(expected)}
    return InitErrorDetails(
        type=PydanticCustomError("not_compared", "must be one of: {expected}", context),
        loc=("levels", *path),
        input=path[-1],
    )


def weighed(weights: Weights) -> Models:
    """The models to score with: the shipped ones with what the ruleset says of them."""
    return {party: _weighed(MODELS[party], getattr(weights, party)) for party in MODELS}


def _weighed(model: Model, said: PartyWeights) -> Model:
    if said == PartyWeights():
        return model
    return Model(
        model.comparisons,
        prior=model.prior if said.prior is None else said.prior,
        shared_rest=model.shared_rest if said.shared_rest is None else said.shared_rest,
        lifted={str(code): str(left) for code, left in said.limits.items()},
        learned=said.levels,
    )


def weights_of(models: Models) -> Weights:
    """What a ruleset has to say for its pairs to be scored with these models."""
    return Weights.model_validate({party: _said(MODELS[party], model) for party, model in models.items()})


def _said(shipped: Model, model: Model) -> dict[str, Any]:
    return {
        "prior": None if model.prior == shipped.prior else model.prior,
        "shared_rest": None if model.shared_rest == shipped.shared_rest else model.shared_rest,
        "levels": {name: dict(levels) for name, levels in model.learned.items()},
        "limits": dict(model.lifted),
    }
