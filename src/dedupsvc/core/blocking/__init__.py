"""Which stored records are worth comparing: KEY_FUNCTIONS, and the keys of a record."""

from __future__ import annotations

from collections.abc import Collection

from dedupsvc.core.blocking import functions as f
from dedupsvc.core.blocking.key import BlockingKey, KeyFunction, hash_key
from dedupsvc.core.blocking.parts import parts
from dedupsvc.core.fields import Features

MAX_KEYS = 64
"""More would only be needed by a record with dozens of phones and names; the strongest kinds come first."""

_PERSON = ("person",)
_COMPANY = ("company",)
_OWN = (
    "phone",
    "phone_name",
    "email",
    "email_name",
    "identifier",
    "name_birth_year",
    "phone_tail_name",
    "address_name",
)
"""Kinds that hold a fact of the customer's own: what only shares a name and a city with it is no match."""
_RARE = 14
"""A word of a name or a date by itself: in a small store it finds whoever else is written beyond recognition."""
_FEW = 7
"""The same within a city: where it is not rarer than the word alone, it finds namesakes."""
_BY_CHANCE = 5
"""What strangers share by chance, letters of a name or a birthday and an initial: in a large store most whom it finds have nothing
else in common with the record."""
_OF_A_CHAIN = 7
"""Companies of one brand in a town, or behind one door: sites of one carrier, of which more are worth comparing."""
_NAMESAKES = 15
"""Companies of one whole name, wherever they are: mostly the shops of a chain."""
_BESIDE_NAME = (*_OWN, "name_employer", "name_postcode", "name_city", "birth_date_initial")
"""A namesake who shares none of these is a stranger."""

NAME_KIND = "name_letters"
"""The kind that finds who has the same name, whatever else he has."""

KEY_FUNCTIONS: tuple[KeyFunction, ...] = (
    KeyFunction("identifier", f.identifier),
    KeyFunction("phone", f.phone, covered_by=("phone_name",)),
    KeyFunction("email", f.email, covered_by=("email_name",)),
    KeyFunction("interaction", f.interaction),
    KeyFunction("phone_name", f.phone_name, covered_by=("phone_tail_name",), within="phone"),
    KeyFunction("email_name", f.email_name, covered_by=("domain_name", "name_city", "company"), within="email"),
    KeyFunction("email_local_name", f.email_local_name, covered_by=("email", "email_name")),
    KeyFunction("phone_tail_name", f.phone_tail_name, covered_by=("phone", "phone_name")),
    KeyFunction("phone_head_name", f.phone_head_name, covered_by=("phone", "phone_name"), parties=_PERSON),
    KeyFunction(NAME_KIND, f.name_letters, covered_by=_BESIDE_NAME, parties=_PERSON, alone=_BY_CHANCE),
    KeyFunction(
        "name_birth_year", f.name_birth_year, covered_by=("birth_date_initial",), parties=_PERSON, within=NAME_KIND
    ),
    KeyFunction("address_name", f.address_name, covered_by=("name_city", "name_postcode", "company", "company_city")),
    KeyFunction("name_employer", f.name_employer, covered_by=_OWN, parties=_PERSON, within=NAME_KIND),
    KeyFunction("name_postcode", f.name_postcode, covered_by=_OWN, parties=_PERSON, within=NAME_KIND),
    KeyFunction("name_city", f.name_city, covered_by=_OWN, parties=_PERSON, within=NAME_KIND),
    KeyFunction(
        "birth_date_initial", f.birth_date_initial, covered_by=("name_birth_year",), parties=_PERSON, alone=_BY_CHANCE
    ),
    KeyFunction(
        "birth_year_city", f.birth_year_city, covered_by=("birth_date_initial",), parties=_PERSON, alone=_BY_CHANCE
    ),
    KeyFunction(
        "company", f.company, covered_by=("company_city", "company_postcode"), parties=_COMPANY, alone=_NAMESAKES
    ),
    KeyFunction(
        "company_city", f.company_city, covered_by=("company", "address_name"), parties=_COMPANY, alone=_OF_A_CHAIN
    ),
    KeyFunction("company_postcode", f.company_postcode, covered_by=("company", "company_city"), parties=_COMPANY),
    KeyFunction("address", f.address, covered_by=("address_name",), parties=_COMPANY, alone=_OF_A_CHAIN),
    KeyFunction("number_name", f.number_name, covered_by=("address", "address_name"), parties=_COMPANY),
    KeyFunction("number_postcode", f.number_postcode, covered_by=("address", "address_name"), parties=_COMPANY),
    KeyFunction("domain_name", f.domain_name, covered_by=("email", "email_name", "company", "company_city")),
    KeyFunction("name_word_city", f.name_word_city, parties=_PERSON, at_most=_FEW),
    KeyFunction("birth_date", f.birth_date, parties=_PERSON, at_most=_RARE, beside_number=False),
    KeyFunction("birth_year_town", f.birth_year_town, parties=_PERSON, at_most=_RARE, beside_number=False),
    KeyFunction("mail_domain", f.mail_domain, parties=_PERSON, at_most=_RARE, beside_number=False),
    KeyFunction("mailbox_letters", f.mailbox_letters, parties=_PERSON, at_most=_RARE, beside_number=False),
    KeyFunction("name_word", f.name_word, parties=_PERSON, at_most=_RARE, beside_number=False),
)

# A refining key covers the very value it refines, not another phone of the same record.
_REFINES = {"phone_name": "phone", "email_name": "email", "address_name": "address"}
AT_MOST = {entry.kind: entry.at_most for entry in KEY_FUNCTIONS if entry.at_most is not None}
"""The kinds that only find while rare."""
ALONE = {entry.kind: entry.alone for entry in KEY_FUNCTIONS if entry.alone is not None}
"""The kinds of which a value that many share finds only those that another key finds, too."""
WITHIN = {entry.kind: entry.within for entry in KEY_FUNCTIONS if entry.within is not None}
_COVERED_BY = {entry.kind: entry.covered_by for entry in KEY_FUNCTIONS}
_MADE_FOR = {
    (party, has_number): tuple(
        (entry.kind, entry.function)
        for entry in KEY_FUNCTIONS
        if party in entry.parties and (entry.beside_number or not has_number)
    )
    for party in ("person", "company")
    for has_number in (False, True)
}

_new = tuple.__new__
"""A named tuple's own constructor costs twice as much."""


def blocking_keys(features: Features) -> tuple[BlockingKey, ...]:
    """Deterministic, without repeats, strongest kinds first, at most MAX_KEYS."""
    side = features.party_type[0] + "|"
    prepared = parts(features)
    keys = {
        _new(BlockingKey, (kind, side + value)): None
        for kind, function in _MADE_FOR[features.party_type, bool(prepared.numbers)]
        for value in function(features, prepared)
    }
    return tuple(keys) if len(keys) <= MAX_KEYS else tuple(keys)[:MAX_KEYS]


def covered(hot: Collection[BlockingKey], keys: Collection[BlockingKey]) -> bool:
    """Whether every hot key has a key beside it, not hot, that still finds what it would have found.

    A key that finds only what another one finds, too, counts as hot.
    """
    cold = [key for key in keys if key not in hot]
    return all(hot_key.kind in AT_MOST or any(_covers(key, hot_key) for key in cold) for hot_key in hot)


def _covers(key: BlockingKey, hot_key: BlockingKey) -> bool:
    if key.kind not in _COVERED_BY.get(hot_key.kind, ()):
        return False
    return _REFINES.get(key.kind) != hot_key.kind or key.value.startswith(hot_key.value + "|")


__all__ = [
    "ALONE",
    "AT_MOST",
    "KEY_FUNCTIONS",
    "MAX_KEYS",
    "NAME_KIND",
    "WITHIN",
    "BlockingKey",
    "KeyFunction",
    "blocking_keys",
    "covered",
    "hash_key",
]
