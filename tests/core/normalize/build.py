"""Builders for records of which only one or two fields matter."""

from __future__ import annotations

from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.record import Address, Email, Identifier, PartyType, Phone, Values


def person(**fields: str) -> Features:
    return normalize(Values(party_type=PartyType.PERSON, **fields), Defaults())  # type: ignore[arg-type]


def company(**fields: str) -> Features:
    return normalize(Values(party_type=PartyType.COMPANY, **fields), Defaults())  # type: ignore[arg-type]


def unknown(**fields: str) -> Features:
    return normalize(Values(**fields), Defaults())  # type: ignore[arg-type]


def with_phones(*texts: str, address_country: str = "", default: str = "CN") -> Features:
    addresses = (Address(country=address_country),) if address_country else ()
    return normalize(Values(phones=tuple(map(Phone, texts)), addresses=addresses), Defaults(phone_country=default))


def with_emails(*texts: str) -> Features:
    return normalize(Values(emails=tuple(map(Email, texts))), Defaults())


def with_identifiers(*pairs: tuple[str, str]) -> Features:
    return normalize(Values(identifiers=tuple(Identifier(*pair) for pair in pairs)), Defaults())


def with_address(full: str = "", **fields: str) -> Features:
    return normalize(Values(addresses=(Address(full=full, **fields),)), Defaults())
