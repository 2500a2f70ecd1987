"""Chinese names in characters: surname, given name and their readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import PersonName
from dedupsvc.core.normalize.text import is_han

_TITLES = lexicon.word_list("chinese_titles")
_TITLE_ENDS = frozenset(title[-1] for title in _TITLES)
_HONORIFICS = ("尊敬的", "联系人", "姓名")
_ORGANIZATION_TAIL = re.compile(r"(?:部|室|科|组|处|公司|中心|集团|店|厂|局|学校|医院|银行)$")
_NOT_HAN = re.compile(r"[^\u3400-\u9fff\U00020000-\U0003ffff]+")
_LONGEST = 4


@cache
def surnames() -> Mapping[str, str]:
    """Surname to its toneless reading; compound surnames included."""
    return dict(lexicon.rows("surnames"))


def looks_like_name(text: str) -> bool:
    """True for 2 to 4 characters that start with a surname and are no department."""
    bare = _NOT_HAN.sub("", text)
    return 1 < len(bare) <= _LONGEST and _surname_of(bare) != "" and not _ORGANIZATION_TAIL.search(bare)


def from_fields(family: str, given: str) -> tuple[PersonName, ...]:
    """Both fields filled: swapped ones are swapped back, and a full name in one of them wins."""
    family, given = (_strip_title(_NOT_HAN.sub("", part)) or part for part in (family, given))
    if family == given:
        return from_text(family)
    if not is_han(family) or not is_han(given):
        return from_text(family if is_han(family) else given)
    known = surnames()
    if given.startswith(family) and len(given) > len(family) and family in known:
        given = given.removeprefix(family)
    elif family.endswith(given) and family.removesuffix(given) in known:
        family = family.removesuffix(given)
    if family not in known and given in known:
        family, given = given, family
    return (_name(family, given, ordered=not (given in known and len(given) == len(family))),)


def from_text(text: str) -> tuple[PersonName, ...]:
    """One field: 王 敏敏, 欧阳晓明, 刘总, 小李, 买买提·吐尔逊."""
    for honorific in _HONORIFICS:
        text = text.removeprefix(honorific)
    parts = [part for part in _NOT_HAN.split(text) if part]
    if not parts:
        return ()
    if "·" in text:
        return (_name("", "".join(parts)),)
    if len(parts) > 1:
        parts = [part for part in parts if not _ORGANIZATION_TAIL.search(part)] or parts[:1]
    if len(parts) == 2 and len(parts[0]) <= 2 and parts[0] not in surnames() and parts[1] in surnames():
        return (_name(parts[1], parts[0]),)
    whole = "".join(parts)
    if whole in _TITLES:
        return ()
    bare = _strip_title(whole)
    if len(bare) == 2 and bare[0] in "老小阿" and bare[1] in surnames():
        return (_name(bare[1], ""),)
    surname = _surname_of(bare) or (bare[0] if len(bare) <= _LONGEST else "")
    return (_name(surname, bare.removeprefix(surname)),)


def _strip_title(text: str) -> str:
    if text[-1:] not in _TITLE_ENDS:
        return text
    for title in _TITLES:
        rest = text.removesuffix(title)
        if rest != text and rest and (len(title) > 1 or rest in surnames()):
            return rest
    return text


def _surname_of(text: str) -> str:
    """The compound surname if something is left after it or nothing else fits, else the single one."""
    known = surnames()
    for length in (4, 2):
        if len(text) >= length and text[:length] in known and (len(text) > length or length == 2):
            return text[:length]
    return text[:1] if text[:1] in known else ""


def _name(family: str, given: str, ordered: bool = True) -> PersonName:
    readings = lexicon.readings()
    family_key = surnames().get(family) or "".join(readings.get(character, character) for character in family)
    given_key = " ".join([readings.get(character, character) for character in given])
    return PersonName(family, given, "", family_key, given_key, "han", ordered)
