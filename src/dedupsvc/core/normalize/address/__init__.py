"""Postal addresses in canonical form, taken apart country by country."""

from __future__ import annotations

from functools import cache, lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import AddressValue
from dedupsvc.core.normalize.address import cn, western
from dedupsvc.core.normalize.address.parts import Given
from dedupsvc.core.normalize.address.romanized import chinese_place
from dedupsvc.core.normalize.text import MAX_LENGTH, is_han, meaningful
from dedupsvc.core.record import Address, Values
from dedupsvc.core.remembered import OWN, SHARED

BY_COUNTRY = {"CN": cn.parse, "HK": cn.parse, "MO": cn.parse, "TW": cn.parse}
"""Who reads the addresses of a country; every other country's, and latin letters everywhere, go to western."""


@cache
def _countries() -> dict[str, str]:
    return {name.lower(): code for name, code in lexicon.words("countries").items()}


@lru_cache(maxsize=OWN)
def country_code(text: str) -> str:
    """Alpha-2 of a country's name or code: 中国, Deutschland, uk. "" if unknown."""
    text = meaningful(text)
    if len(text) == 2 and text.isascii() and text.isalpha():
        return {"uk": "GB"}.get(text, text.upper())
    return _countries().get(text, _countries().get(text.replace(".", ""), ""))


def _country(address: Address) -> str:
    return country_code(address.country[:MAX_LENGTH]) if address.country else ""


@lru_cache(maxsize=SHARED)
def _place(text: str) -> str:
    """Cities and regions repeat, so that remembering them pays."""
    return meaningful(text)


def country_of(values: Values) -> str:
    """The first country that an address of the record names, "" if none does."""
    for address in values.addresses:
        if address.country and (code := _country(address)):
            return code
    return ""


def city_of(values: Values) -> str:
    """The first Chinese city that an address of the record names, "" if none does."""
    for address in values.addresses:
        if address.full.isascii() and address.city.isascii():
            city = chinese_place(_place(address.city[:MAX_LENGTH]), _country(address))
        else:
            found = parse(address)
            city = found.city if found else ""
        if city:
            return city
    return ""


def addresses(values: Values) -> tuple[AddressValue, ...]:
    """All addresses of the record, each once, in order."""
    if not values.addresses:
        return ()
    found = (parse(address) for address in values.addresses)
    return tuple(dict.fromkeys(address for address in found if address is not None))


def parse(address: Address) -> AddressValue | None:
    """One address, None if it says nothing at all."""
    given = Given(
        _country(address),
        _place(address.region[:MAX_LENGTH]) if address.region else "",
        _place(address.city[:MAX_LENGTH]) if address.city else "",
        _place(address.district[:MAX_LENGTH]) if address.district else "",
        meaningful(address.street) if address.street else "",
        _place(address.postal_code[:MAX_LENGTH]) if address.postal_code else "",
        meaningful(address.full) if address.full else "",
    )
    if not any(given):
        return None
    if is_han(given.text or given.city or given.region):
        return BY_COUNTRY.get(given.country, cn.parse)(given)
    return western.parse(given)
