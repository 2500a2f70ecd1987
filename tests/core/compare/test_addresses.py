"""Addresses, pair by pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare.addresses import ADDRESS_CODES, address_level
from dedupsvc.core.fields import AddressValue
from tests.core.compare.build import HOME, a_person, an_address


@pytest.mark.parametrize(
    ("address", "other", "level"),
    [
        (HOME, HOME, "same_unit"),
        (HOME, HOME._replace(city=""), "same_unit"),
        (HOME, HOME._replace(unit="3-501"), "same_unit"),
        (HOME, HOME._replace(unit=""), "same_building"),
        (HOME, HOME._replace(unit="", number=""), "same_street"),
        (HOME, HOME._replace(unit="502"), "other_unit"),
        (HOME, HOME._replace(number="125"), "other_number"),
        (HOME, HOME._replace(street="人民路"), "other_place"),
        (HOME, HOME._replace(city="苏州"), "other_place"),
        (an_address("giblin st", "69", city="bittern"), an_address("gilbin st", "69", city="bittern"), "similar"),
        (an_address("main st", "69", country="US"), an_address("main st", "69", country="GB"), "other_place"),
        (
            an_address("main st", "6", postcode="60302", city="oak park"),
            an_address("main st", "6", postcode="60302"),
            "same_unit",
        ),
        (
            an_address("main st", "169", city="springfield", region="il"),
            an_address("main st", "169", city="springfield", region="ii"),
            "similar",
        ),
        (
            an_address("main st", "16", city="springfield", region="il"),
            an_address("main st", "16", city="springfield", region="mo"),
            "same_street",
        ),
        (
            an_address("main st", "169", city="springfield", region="il"),
            an_address("main st", "169", city="columbia", region="mo"),
            "other_place",
        ),
        (an_address("argyle st", "1333-45"), an_address("argyle st", "1333"), "same_unit"),
        (an_address("argyle st", "1333-45"), an_address("argyle st", "1335"), "other_number"),
        (an_address(postcode="60302"), an_address(postcode="60302"), "same_area"),
        (an_address(city="上海", district="浦东新区"), an_address(city="上海", district="浦东新区"), "same_area"),
        (an_address(city="成都"), an_address(city="成都"), "same_city"),
        (an_address(city="成都"), an_address(city="广州"), "other_place"),
        (an_address(city="成都"), an_address(), "missing"),
    ],
)
def test_two_addresses_reach_their_level_from_both_sides(
    address: AddressValue, other: AddressValue, level: str
) -> None:
    left, right = a_person(addresses=(address,)), a_person(addresses=(other,))
    assert ADDRESS_CODES[address_level(left, right)] == level
    assert ADDRESS_CODES[address_level(right, left)] == level


addresses = st.builds(
    AddressValue,
    st.sampled_from(["", "CN", "US"]),
    st.sampled_from(["", "il", "ny"]),
    st.sampled_from(["", "上海", "new york", "new york city", "chicago"]),
    st.sampled_from(["", "浦东新区"]),
    st.text("abn st", max_size=8).map(str.strip) | st.sampled_from(["", "张江路", "张姜路"]),
    st.sampled_from(["", "12", "12a", "1898l32", "1898l", "125"]),
    st.sampled_from(["", "502", "3-502", "32-1109", "1109"]),
    st.sampled_from(["", "60302", "200000"]),
    st.text("abc12 ", max_size=12),
)


@given(addresses, addresses)
def test_whatever_the_addresses_the_level_is_symmetric(address: AddressValue, other: AddressValue) -> None:
    left, right = a_person(addresses=(address,)), a_person(addresses=(other,))
    assert address_level(left, right) == address_level(right, left)


def test_of_several_addresses_the_strongest_agreement_counts() -> None:
    moved = a_person(addresses=(an_address("人民路", "88", city="苏州"), HOME))
    assert ADDRESS_CODES[address_level(moved, a_person(addresses=(HOME,)))] == "same_unit"
