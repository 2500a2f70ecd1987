"""What a country's reader is given of an address."""

from __future__ import annotations

from typing import NamedTuple


class Given(NamedTuple):
    """An address as its source split it up, each part in canonical text; country is alpha-2."""

    country: str
    region: str
    city: str
    district: str
    street: str
    postcode: str
    full: str

    @property
    def text(self) -> str:
        """The one-line address, or the street if there is only that."""
        return self.full or self.street
