"""A company's own domain, on its website and behind its mailboxes."""

from __future__ import annotations

import pytest

from dedupsvc.core.compare.domains import DOMAIN_CODES, domain_level
from dedupsvc.core.fields import Features
from tests.core.compare.build import a_company, an_email

SITE = a_company(website="acme.co.uk")
MAIL = a_company(emails=(an_email("info@acme.co.uk", "role"),))


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (SITE, SITE, "same"),
        (SITE, a_company(website="acme.com"), "different"),
        (SITE, MAIL, "same_as_mail"),
        (SITE, a_company(emails=(an_email("jo@mail.acme.co.uk", "corporate"),)), "same_as_mail"),
        (SITE, a_company(emails=(an_email("jo@notacme.co.uk", "corporate"),)), "missing"),
        (SITE, a_company(emails=(an_email("acme.co.uk@gmail.com"),)), "missing"),
        (SITE, a_company(), "missing"),
        (MAIL, MAIL, "missing"),
    ],
)
def test_a_website_speaks_beside_a_mailbox_of_its_domain(left: Features, right: Features, level: str) -> None:
    assert DOMAIN_CODES[domain_level(left, right)] == level
    assert DOMAIN_CODES[domain_level(right, left)] == level


def test_where_both_have_mailboxes_those_are_compared_instead() -> None:
    assert domain_level(SITE._replace(emails=MAIL.emails), MAIL) == 0
