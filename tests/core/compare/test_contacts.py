"""Phones, e-mail addresses and websites, pair by pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare.contacts import (
    EMAIL_CODES,
    PHONE_CODES,
    WEBSITE_CODES,
    email_level,
    phone_level,
    website_level,
)
from dedupsvc.core.fields import EmailValue, PhoneValue
from tests.core.compare.build import MOBILE, SWITCHBOARD, a_masked_phone, a_person, a_phone, an_email


@pytest.mark.parametrize(
    ("phone", "other", "level"),
    [
        (MOBILE, MOBILE, "same_mobile"),
        (MOBILE, MOBILE._replace(kind="unknown"), "same_mobile"),
        (a_phone("4955512345", "unknown"), a_phone("4955512345", "unknown"), "same_number"),
        (a_phone("39370280541"), a_phone("1370280541", "landline"), "same_number"),
        (SWITCHBOARD, SWITCHBOARD, "same_landline"),
        (SWITCHBOARD, SWITCHBOARD._replace(extension="801"), "same_landline"),
        (SWITCHBOARD._replace(extension="802"), SWITCHBOARD._replace(extension="801"), "other_extension"),
        (SWITCHBOARD, a_phone("88886666", "landline"), "same_tail"),
        (a_phone("864001502222", "tollfree"), a_phone("864001502222", "tollfree"), "same_tollfree"),
        # Who writes from a number has it; and may call from another.
        (MOBILE, MOBILE._replace(kind="mailbox"), "same_mobile"),
        (MOBILE, a_phone("8613812345678", "mailbox"), "missing"),
        (a_phone("8613500009998", "mailbox"), a_phone("8613812345678", "mailbox"), "missing"),
        (MOBILE, a_phone("8613500009998"), "similar"),
        (MOBILE, a_phone("8613500009898"), "different"),
        (MOBILE, a_phone("8613500090999"), "similar"),
        (MOBILE, a_masked_phone("135????9999"), "masked"),
        (MOBILE, a_masked_phone("135????9990"), "different"),
        (MOBILE, SWITCHBOARD, "missing"),
        # Read as a Chinese number, because nothing said that it was British.
        (a_phone("442081501604", "landline"), a_phone("862081501604", "landline"), "same_landline"),
        (a_phone("442081501604", "landline"), a_phone("862181501604", "landline"), "different"),
        (a_phone("12025551234", "unknown"), a_phone("13025551234", "unknown"), "similar"),
        (MOBILE, a_phone("8613812345678"), "different"),
    ],
)
def test_two_phones_reach_their_level_from_both_sides(phone: PhoneValue, other: PhoneValue, level: str) -> None:
    left, right = a_person(phones=(phone,)), a_person(phones=(other,))
    assert PHONE_CODES[phone_level(left, right)] == level
    assert PHONE_CODES[phone_level(right, left)] == level


def test_of_several_phones_the_strongest_agreement_counts() -> None:
    left, right = a_person(phones=(SWITCHBOARD, MOBILE)), a_person(phones=(a_phone("8613812345678"), MOBILE))
    assert PHONE_CODES[phone_level(left, right)] == "same_mobile"


@pytest.mark.parametrize(
    ("email", "other", "level"),
    [
        (an_email("shanli88@163.com"), an_email("shanli88@163.com"), "same_personal"),
        (an_email("li.na@acme.cn", "corporate"), an_email("li.na@acme.cn", "corporate"), "same_corporate"),
        (an_email("info@acme.cn", "role"), an_email("info@acme.cn", "role"), "same_role"),
        (an_email("shanli88@163.com"), an_email("shanli88@163.con", "corporate"), "mistyped_domain"),
        (an_email("shanli88@163.com"), an_email("shanli88@gmail.com"), "same_local"),
        (an_email("robert255@gmail.com"), an_email("roberta255@gmail.com"), "similar"),
        (an_email("449071622@qq.com"), an_email("449071632@qq.com"), "similar"),
        (
            an_email("mcurts53@simpson.com", "corporate"),
            an_email("mcurtis53@spmnison.com", "corporate"),
            "similar",
        ),
        (an_email("robert25@gmail.com"), an_email("robert26@hotmail.com"), "different"),
        (an_email("r.cole1@ramirez.com", "corporate"), an_email("r.cole1@raimerz.com", "corporate"), "mistyped_domain"),
        (
            an_email("buyer.0010@huaxin0010.cn", "corporate"),
            an_email("buyer.0011@huaxin0011.cn", "corporate"),
            "different",
        ),
        (an_email("sales@hesscampbell.com", "role"), an_email("sales@hescampell1.com", "role"), "different"),
        (an_email("449071622@qq.com"), an_email("449071633@qq.com"), "different"),
        (an_email("li.na@acme.cn", "corporate"), an_email("zhou@acme.cn", "corporate"), "same_domain"),
        (an_email("shanli88@163.com"), an_email("zhou@163.com"), "different"),
        (an_email("info@acme.cn", "role"), an_email("info@other.cn", "role"), "different"),
    ],
)
def test_two_mailboxes_reach_their_level_from_both_sides(email: EmailValue, other: EmailValue, level: str) -> None:
    left, right = a_person(emails=(email,)), a_person(emails=(other,))
    assert EMAIL_CODES[email_level(left, right)] == level
    assert EMAIL_CODES[email_level(right, left)] == level


digits = st.text("0123", min_size=1, max_size=13)
numbers = st.builds(
    lambda number, kind, extension: a_phone(number, kind, extension),
    digits,
    st.sampled_from(["mobile", "landline", "tollfree", "unknown", "mailbox"]),
    st.sampled_from(["", "801", "802"]),
) | st.builds(a_masked_phone, st.text("01?", min_size=7, max_size=11))
mailboxes = st.builds(
    lambda local, domain, kind: an_email(f"{local}@{domain}", kind),
    st.text("ab1.", min_size=1, max_size=10),
    st.sampled_from(["163.com", "163.con", "acme.cn", "gmail.com", "gmial.com"]),
    st.sampled_from(["personal", "corporate", "role"]),
)


@given(numbers, numbers)
def test_whatever_the_phones_the_level_is_symmetric(phone: PhoneValue, other: PhoneValue) -> None:
    left, right = a_person(phones=(phone,)), a_person(phones=(other,))
    assert phone_level(left, right) == phone_level(right, left)


@given(mailboxes, mailboxes)
def test_whatever_the_mailboxes_the_level_is_symmetric(email: EmailValue, other: EmailValue) -> None:
    left, right = a_person(emails=(email,)), a_person(emails=(other,))
    assert email_level(left, right) == email_level(right, left)


def test_no_mailbox_is_no_evidence() -> None:
    assert EMAIL_CODES[email_level(a_person(), a_person(emails=(an_email("a@b.cn"),)))] == "missing"


def test_websites_are_the_same_or_not() -> None:
    one, other = a_person(website="acme.cn"), a_person(website="other.cn")
    assert WEBSITE_CODES[website_level(one, one)] == "same"
    assert WEBSITE_CODES[website_level(one, other)] == "different"
    assert WEBSITE_CODES[website_level(one, a_person())] == "missing"
