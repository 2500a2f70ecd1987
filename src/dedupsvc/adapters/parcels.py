"""Prepared rows as they go from one process to another: columns as they will be stored instead of what they are made from.

Those columns are needed anyway, and packing them costs less than packing the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dedupsvc.adapters.codec import (
    decode_envelope,
    decode_features,
    decode_values,
    encode_envelope,
    encode_features,
    encode_values,
)
from dedupsvc.core.blocking import BlockingKey
from dedupsvc.core.record import Record
from dedupsvc.usecases.preparation import Prepped
from dedupsvc.usecases.prepare import Prepared
from dedupsvc.usecases.stored import Encoded
from dedupsvc.usecases.tabular import Fault, Row

_new = tuple.__new__
"""A named tuple's own constructor costs twice as much, and a row has a dozen keys."""


def sent(row: Row, prepared: Prepared | Fault) -> tuple[Any, ...]:
    """What `taken` makes the same of again; of plain values only."""
    if isinstance(prepared, Fault):
        return row.line, dict(row.cells), prepared, row.fault
    record, keys = prepared.record, prepared.keys
    return (
        row.line,
        dict(row.cells),
        encode_features(prepared.features),
        encode_values(record.values),
        encode_envelope(record.envelope),
        tuple(keys),
        tuple([tuple(key) for key in keys.values()]),
        prepared.scenario_said,
        prepared.history,
    )


def taken(line: int, cells: Mapping[str, str], *rest: Any) -> Prepped:
    """With the columns that it came as, so that they are not made again."""
    if isinstance(rest[0], Fault):
        prepared, fault = rest
        return Row(line, cells, fault), prepared
    features, values, envelope, hashes, keys, scenario_said, history = rest
    record = Record(decode_values(values), decode_envelope(envelope))
    by_hash = dict(zip(hashes, [_new(BlockingKey, key) for key in keys], strict=True))
    encoded = Encoded(features, values, envelope)
    return Row(line, cells), Prepared(record, decode_features(features), by_hash, scenario_said, history, encoded)
