"""What the report calls things, for a reader who has never heard of record linkage."""

from __future__ import annotations

from dedupsvc.core import score

LIMITS: dict[str, str] = {code: english for code, (_, english) in score.LIMITS.items()}
"""Why a pair was held back, whatever its match weight."""

FIGURES: dict[str, tuple[str, str]] = {
    "precision": ("Precision", "of the pairs put into one customer, the share that truly is one"),
    "recall": ("Recall", "of the pairs that truly are one customer, the share that was put into one"),
    "f1": ("F1", "precision and recall in one figure, their harmonic mean"),
    "match_or_possible_recall": ("Match or possible", "of the true pairs, the share that was matched or pointed out"),
    "flagged_share": ("Flagged", "of the records, the share a steward has to look at"),
    "pair_completeness": ("Pair completeness", "of the true pairs, the share that was compared at all"),
    "candidates_per_record": ("Candidates per record", "how many others a record is compared with, on average"),
    "bcubed_f1": ("B-cubed F1", "F1 seen from each record, so that one big customer does not outweigh the rest"),
    "largest_customer": ("Largest customer", "records in the largest customer that was formed"),
    "three_same_24h_f1": ("Three-same F1", "repeats of one business within 24 hours that were recognized"),
}
"""The headline figures, in their order: title, and what it says."""

PERCENTAGES = frozenset(FIGURES) - {"candidates_per_record", "largest_customer"}

DECISIONS: dict[str, str] = {
    "accept": "a new customer",
    "link": "a known customer, new business",
    "merge": "the same business again",
    "flag": "a steward decides",
    "reject": "refused",
    "error": "not decided: the row cannot be read as a record",
}


def limit(code: str) -> str:
    return LIMITS.get(code, code.replace("_", " "))


def spoken(code: str) -> str:
    """A reason code as a phrase: NEW_CUSTOMER is "new customer"."""
    return code.replace("_", " ").lower()
