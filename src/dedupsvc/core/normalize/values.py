"""A record's values to its features: the table of normalizers and the one function that runs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from dedupsvc.core.fields import CompanyName, Features, PersonName, PhoneValue
from dedupsvc.core.normalize import address, company, contact, dates, identifier, person
from dedupsvc.core.normalize.phone import area_code_of, is_local, mailbox_number, phones, with_area_code
from dedupsvc.core.normalize.text import MAX_LENGTH, clean
from dedupsvc.core.record import PartyType, Values

_NUMBERED = re.compile(r"\d{11}\s*[@＠]")
"""A mailbox that may be a phone number, in digits of any width."""


class Defaults(NamedTuple):
    """What a tenant takes for granted."""

    phone_country: str = "CN"
    """ISO 3166 alpha-2: the country of a phone that neither names one nor stands beside an address that does."""


class Context(NamedTuple):
    """What one field's normalizer needs to know of the rest of the record."""

    is_company: bool
    phone_country: str


def normalize(values: Values, defaults: Defaults) -> Features:
    """The canonical form of ``values``. Total: whatever cannot be read is missing, nothing is raised."""
    is_company = _is_company(values)
    context = Context(is_company, address.country_of(values) or defaults.phone_country.upper())
    return Features("company" if is_company else "person", *[make(values, context) for make in NORMALIZERS.values()])


def _is_company(values: Values) -> bool:
    """unknown is a company if it has no person's name, or if its name ends in a legal form."""
    if values.party_type is not PartyType.UNKNOWN:
        return values.party_type is PartyType.COMPANY
    if values.family_name or values.given_name:
        return False
    if not values.name or not values.company_name:
        return company.has_legal_form(values.name) if values.name else bool(values.company_name)
    return clean(values.name) == clean(values.company_name) or company.has_legal_form(values.name)


def _names(values: Values, context: Context) -> tuple[PersonName, ...]:
    return () if context.is_company else person.names(values)


def _companies(values: Values, context: Context) -> tuple[CompanyName, ...]:
    return company.own_names(values) if context.is_company else company.employer(values)


def _contacts(values: Values, context: Context) -> tuple[PersonName, ...]:
    return person.contacts(values) if context.is_company else ()


def _phones(values: Values, context: Context) -> tuple[PhoneValue, ...]:
    """The numbers that were given, and those that mailboxes are named by: 13812345678@163.com."""
    if not values.phones and not values.emails:
        return ()
    found: dict[PhoneValue, None] = {}
    for given in values.phones:
        own = address.country_code(given.country[:MAX_LENGTH]) if given.country else ""
        country = own or context.phone_country
        for phone in phones(given.value, country, given.extension):
            if country == "CN" and is_local(phone):
                phone = with_area_code(phone, area_code_of(address.city_of(values)))
            found[phone] = None
    if any(_NUMBERED.search(email.value) for email in values.emails):
        given_numbers = {phone.number for phone in found}
        told = [phone for mail in contact.emails(values) for phone in mailbox_number(mail.local)]
        found.update(dict.fromkeys([phone for phone in told if phone.number not in given_numbers]))
    return tuple(found)


def _interactions(values: Values, _: Context) -> tuple[str, ...]:
    if not values.interactions:
        return ()
    found = (f"{clean(one.kind)}:{number}" for one in values.interactions if (number := clean(one.id).replace(" ", "")))
    return tuple(dict.fromkeys(found))


NORMALIZERS: dict[str, Callable[[Values, Context], Any]] = {
    "names": _names,
    "companies": _companies,
    "contacts": _contacts,
    "emails": lambda values, _: contact.emails(values),
    "phones": _phones,
    "addresses": lambda values, _: address.addresses(values),
    "identifiers": lambda values, _: identifier.identifiers(values),
    "birth_dates": lambda values, _: dates.birth_dates(values),
    "website": lambda values, _: contact.website(values),
    "interactions": _interactions,
}
"""One normalizer per field of Features after party_type, in its order."""
