"""The shipped rulesets agree with the scorer they are shipped with."""

from dedupsvc.core.rules import BALANCED
from dedupsvc.core.score import SHIPPED


def test_the_balanced_ruleset_uses_the_thresholds_the_weights_were_made_for() -> None:
    assert (BALANCED.thresholds.match, BALANCED.thresholds.possible) == (SHIPPED.match, SHIPPED.possible)
