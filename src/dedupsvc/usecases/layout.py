"""How a file of customers is read: which column fills which field, what holds for all of its rows, and what no row may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.record import Custom, Envelope, Phase, Record, Values
from dedupsvc.usecases import mapping
from dedupsvc.usecases.tabular import Row

_LONGEST_CELL = 256
_LONGEST_ADDRESS = 512
_LONGEST_URL = 2048
_MOST_CUSTOM = 50
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read. What its rows do not say of their envelope is said here, once for all of them."""

    columns: Mapping[str, str]
    source_system: str = "default"
    object_type: str = "customer"
    scenario: str = ""
    timezone: str = "UTC"
    """Of times without a zone."""

    def checked(self) -> Layout:
        """Raises InvalidField for a column that is mapped to nothing we know, or a zone that there is none of."""
        mapping.check(self.columns)
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidField("timezone", "is no time zone of the IANA database") from error
        return self

    def json(self) -> str:
        said = {name: getattr(self, name) for name in ("source_system", "object_type", "scenario", "timezone")}
        return json.dumps({**said, "columns": dict(self.columns)}, ensure_ascii=False)

    def record(self, row: Row, own_id: str) -> Record:
        """The row as a record that exists already in the source; ``own_id`` is its id if the row has none.

        Raises:
            InvalidField: a value that no record may have, or nothing to know the customer by.
        """
        surroundings = Envelope(
            source_system=self.source_system,
            object_type=self.object_type,
            external_id=own_id,
            scenario=self.scenario,
            phase=Phase.AFTER,
        )
        found = mapping.record_of(row.cells, self.columns, surroundings, ZoneInfo(self.timezone))
        _check_cells(row, self.columns)
        _check_values(found.values)
        if not found.values.custom:
            return found
        custom = tuple(Custom(each.key[:_LONGEST_CELL], each.value[:_LONGEST_CELL]) for each in found.values.custom)
        return replace(found, values=replace(found.values, custom=custom[:_MOST_CUSTOM]))


def _check_cells(row: Row, columns: Mapping[str, str]) -> None:
    for column, text in row.cells.items():
        target = columns.get(column, "custom")
        head = target.partition(".")[0]
        limit = _LONGEST_URL if target in ("url", "website") else _LONGEST_CELL
        if "\0" in text or not (text.isascii() or _is_unicode(text)):
            raise InvalidField(target, "holds a character that no text has")
        if target not in ("custom", "ignore") and len(text) > (
            _LONGEST_ADDRESS if head.startswith("address") else limit
        ):
            raise InvalidField(target, "is too long")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_values(values: Values) -> None:
    if max(len(values.emails), len(values.phones), len(values.aliases), len(values.identifiers)) > _MOST_LISTED:
        raise InvalidField("phone" if len(values.phones) > _MOST_LISTED else "email", "holds too many values")
    said = (values.name, values.given_name, values.family_name, values.company_name, values.contact_name)
    lists = (values.aliases, values.emails, values.phones, values.addresses, values.identifiers)
    if not any(said) and not any(lists) and not values.website:
        raise InvalidField("name", "and everything else that a customer is known by is missing")
