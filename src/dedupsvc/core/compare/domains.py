"""A company's own domain: its website, or the other side's mail domain where only one side has a mailbox."""

from __future__ import annotations

from dedupsvc.core.fields import Features

DOMAIN_CODES = ("missing", "same", "same_as_mail", "different")
_SAME, _SAME_AS_MAIL, _DIFFERENT = 1, 2, 3


def domain_level(left: Features, right: Features) -> int:
    """What the mailboxes of both say is theirs to say; this hears a mailbox only beside a website without one."""
    if left.website and right.website:
        return _SAME if left.website == right.website else _DIFFERENT
    if left.website and right.emails and not left.emails:
        return _mail_level(left.website, right)
    if right.website and left.emails and not right.emails:
        return _mail_level(right.website, left)
    return 0


def _mail_level(website: str, other: Features) -> int:
    for email in other.emails:
        if email.kind != "personal" and (email.domain == website or email.domain.endswith("." + website)):
            return _SAME_AS_MAIL
    return 0
