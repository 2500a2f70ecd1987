"""Phones, e-mail addresses and websites: the level at which two records' contact data agree."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from dedupsvc.core.compare.spelling import digits, is_slip, resembles
from dedupsvc.core.fields import EmailValue, Features, PhoneValue

_slips = OSA.distance

PHONE_CODES = (
    "missing",
    "same_mobile",
    "same_number",
    "same_landline",
    "masked",
    "same_tail",
    "similar",
    "same_tollfree",
    "other_extension",
    "different",
    "same_shared",
)
_SAME_BY_KIND = {"mobile": 1, "mailbox": 1, "unknown": 2, "landline": 3, "tollfree": 7}
_SAME_NUMBER, _MASKED, _SAME_TAIL, _SIMILAR, _OTHER_EXTENSION, _PHONE_DIFFERENT = 2, 4, 5, 6, 8, 9

_NATIONAL_LENGTH = 9
"""Two numbers of unlike length that share so many last digits differ in the country's code only."""
_WITH_CALLING_CODE = 12
"""Shorter numbers may be national ones, whose first digits tell two subscribers apart."""
_TAIL_LENGTH = 7
"""Subscriber numbers have 7 or 8 digits; fewer are no evidence that two numbers are one without its area code."""


def phone_level(left: Features, right: Features) -> int:
    """The strongest level over all pairs of numbers; numbers of different kinds say nothing about each other."""
    if not left.phones or not right.phones:
        return 0
    best = 0
    for phone in left.phones:
        for other in right.phones:
            level = _phone_pair(phone, other)
            if level and (level < best or not best):
                if level == 1:
                    return 1
                best = level
    return best


def _phone_pair(phone: PhoneValue, other: PhoneValue) -> int:
    number, kind, extension, _, _ = phone
    second, kind2, extension2, _, _ = other
    if number and number == second:
        if extension and extension2 and extension != extension2:
            return _OTHER_EXTENSION
        return _same_number(kind, kind2)
    if not number or not second:
        return _masked_pair(phone, other)
    as_long = len(number) == len(second)
    if not as_long or _other_country(number, second):
        shorter, longer = (number, second) if len(number) < len(second) else (second, number)
        # Without its country, a number may have been given another country's code, and the kind it would have there.
        if number[-_NATIONAL_LENGTH:] == second[-_NATIONAL_LENGTH:] and len(shorter) >= _NATIONAL_LENGTH:
            return _same_number(kind, kind2) if kind == kind2 else _SAME_NUMBER
        if len(shorter) >= _TAIL_LENGTH and longer.endswith(shorter):
            return _SAME_TAIL
    # Who writes from a number may call from another.
    if (kind != kind2 and kind != "unknown" != kind2) or "mailbox" in (kind, kind2):
        return 0
    if as_long and _slips(number, second, score_cutoff=1) <= 1:
        return _SIMILAR
    return _PHONE_DIFFERENT


def _other_country(number: str, other: str) -> bool:
    """Equally long, yet of two calling codes: 862081501604 is what 020 8150 1604 becomes where China is the default."""
    return number[:2] != other[:2] and len(number) >= _WITH_CALLING_CODE and number[2] == other[2]


def _same_number(kind: str, other: str) -> int:
    """The side that knows more about the line decides what it is; if they disagree, the more widely shared kind."""
    if kind == "unknown" or other == "unknown":
        return _SAME_BY_KIND.get(other if kind == "unknown" else kind, 2)
    return max(_SAME_BY_KIND.get(kind, 2), _SAME_BY_KIND.get(other, 2))


def _masked_pair(phone: PhoneValue, other: PhoneValue) -> int:
    """138****5678 is compatible with every number whose visible digits agree."""
    pattern, digits = (phone.masked, other.masked or other.number) if phone.masked else (other.masked, phone.number)
    if not pattern or not digits:
        return 0
    length = min(len(digits), len(pattern))
    if length < _TAIL_LENGTH:
        return 0
    for shown, digit in zip(pattern[-length:], digits[-length:], strict=True):
        if shown != digit and shown != "?" and digit != "?":
            return _PHONE_DIFFERENT
    return _MASKED


EMAIL_CODES = (
    "missing",
    "same_personal",
    "same_corporate",
    "same_role",
    "mistyped_domain",
    "same_local",
    "similar",
    "same_domain",
    "different",
    "same_shared",
)
_WRITTEN_OUT = 8
"""Characters of a domain, from which its shape is its own."""
_SAME_BY_EMAIL_KIND = {"personal": 1, "corporate": 2, "role": 3}
_MISTYPED_DOMAIN, _SAME_LOCAL, _SIMILAR_EMAIL, _SAME_DOMAIN, _EMAIL_DIFFERENT = 4, 5, 6, 7, 8


def email_level(left: Features, right: Features) -> int:
    if not left.emails or not right.emails:
        return 0
    best = _EMAIL_DIFFERENT
    for email in left.emails:
        for other in right.emails:
            level = _email_pair(email, other)
            if level < best:
                best = level
    return best


def _email_pair(email: EmailValue, other: EmailValue) -> int:
    if email.address == other.address:
        return max(_SAME_BY_EMAIL_KIND.get(email.kind, 2), _SAME_BY_EMAIL_KIND.get(other.kind, 2))
    local, second = email.local, other.local
    longest = len(local) if len(local) > len(second) else len(second)
    same_domain = email.domain == other.domain
    if local == second and (is_slip(email.domain, other.domain) or (longest >= 5 and _one_house(email, other))):
        return _MISTYPED_DOMAIN
    if email.kind != "role" and other.kind != "role":
        if local == second and longest >= 5:
            return _SAME_LOCAL
        # Numbers as local parts (QQ, phone numbers) are all one digit from a stranger's: one slip only.
        slips = 2 if longest >= 9 and not local.isdigit() else 1
        if longest >= 5 and _at_most(slips, local, second) and (same_domain or _one_house(email, other)):
            return _SIMILAR_EMAIL
    if same_domain and email.kind != "personal" and other.kind != "personal":
        return _SAME_DOMAIN
    return _EMAIL_DIFFERENT


def _at_most(slips: int, local: str, other: str) -> bool:
    return abs(len(local) - len(other)) <= slips and _slips(local, other, score_cutoff=slips) <= slips


def _one_house(email: EmailValue, other: EmailValue) -> bool:
    """One domain, badly written. Two free-mail providers are two, and sales@ is at every firm, however alike their names."""
    if "role" in (email.kind, other.kind) or email.kind == other.kind == "personal":
        return False
    if digits(email.address) != digits(other.address):
        return False  # shop12.com and shop13.com are two, and so are their buyers' mailboxes
    return min(len(email.domain), len(other.domain)) >= _WRITTEN_OUT and resembles(email.domain, other.domain)


WEBSITE_CODES = ("missing", "same", "different")


def website_level(left: Features, right: Features) -> int:
    if not left.website or not right.website:
        return 0
    return 1 if left.website == right.website else 2
