"""What is put into columns is what is read back."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.adapters.codec import (
    decode_envelope,
    decode_features,
    decode_values,
    encode_envelope,
    encode_features,
    encode_values,
)
from dedupsvc.core.fields import Features
from dedupsvc.core.record import Envelope, Values
from tests.adapters.build import FEATURES

# Lone surrogates cannot be told in UTF-8; the wire refuses them before they come here.
st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))


@given(st.from_type(Features))
def test_features_come_back_as_they_were(features: Features) -> None:
    read = decode_features(encode_features(features))
    assert read == features
    for before, after in zip(features, read, strict=True):
        assert type(before) is type(after)
        if isinstance(before, tuple):
            assert [type(one) for one in before] == [type(one) for one in after]


@given(st.from_type(Values))
def test_values_come_back_as_they_were(values: Values) -> None:
    assert decode_values(encode_values(values)) == values


@given(st.from_type(Envelope))
def test_an_envelope_comes_back_as_it_was(envelope: Envelope) -> None:
    assert decode_envelope(encode_envelope(envelope)) == envelope


def test_what_a_source_did_not_say_takes_no_room() -> None:
    assert encode_values(Values(name="张伟")) == '{"name":"张伟"}'
    assert encode_envelope(Envelope()) == "{}"
    assert len(encode_features(FEATURES)) < 200


def test_features_of_another_format_are_refused() -> None:
    blob = msgpack.packb((2, *FEATURES))
    with pytest.raises(ValueError, match="format"):
        decode_features(blob)
