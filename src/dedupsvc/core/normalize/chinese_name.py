"""Chinese names in characters: surname, given name and their readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import PersonName
from dedupsvc.core.normalize.text import is_han

_LONGEST_FIRST = lexicon.word_list("chinese_titles")
_TITLES = frozenset(_LONGEST_FIRST)
_TITLE_ENDS = frozenset(title[-1] for title in _TITLES)
_HONORIFICS = ("尊敬的", "联系人", "姓名")
_ORGANIZATION_TAIL = re.compile(r"(?:部|室|科|组|处|区|公司|中心|集团|店|厂|局|学校|医院|银行)$")
_NOT_HAN = re.compile(r"[^\u3400-\u9fff\U00020000-\U0003ffff]+")
_PLAIN = re.compile("[\u4e00-\u9fff]{1,4}")
_LONGEST = 4
_SHORTEST_WITH_OFFICE = 3


@cache
def surnames() -> Mapping[str, str]:
    """Surname to its toneless reading; compound surnames included."""
    return dict(lexicon.rows("surnames"))


def is_plain(text: str) -> bool:
    """True for one to four characters and nothing else: most names are so, and need no taking apart."""
    return len(text) <= _LONGEST and _PLAIN.fullmatch(text) is not None


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
    return from_word("".join(parts))


def from_word(whole: str) -> tuple[PersonName, ...]:
    """A name without spaces or marks inside."""
    if whole in _TITLES:
        return ()
    bare = _strip_title(whole)
    if len(bare) == 2 and bare[0] in "老小阿" and bare[1] in surnames():
        return (_name(bare[1], ""),)
    if len(bare) > _SHORTEST_WITH_OFFICE:
        bare = _strip_office(bare)
    surname = _surname_of(bare)
    if not surname and len(bare) <= _LONGEST:
        surname = bare[0]
    return (_name(surname, bare[len(surname) :]),)


def _strip_title(text: str) -> str:
    """张伟采购经理 to 张伟, 刘总 to 刘; 张建工 keeps its 工."""
    while text[-1:] in _TITLE_ENDS:
        for title in _LONGEST_FIRST:
            rest = text.removesuffix(title)
            if rest != text and rest and (len(title) > 1 or rest in surnames() or (title == "总" and len(rest) > 1)):
                break
        else:
            return text
        text = rest
    return text


def _strip_office(text: str) -> str:
    """财务李明 and 采购部李明 to 李明: an office or a title in front of what looks like a name."""
    for length in (3, 2):
        office, name = text[:-length], text[-length:]
        if len(office) > 1 and (office in _TITLES or _ORGANIZATION_TAIL.search(office)) and looks_like_name(name):
            return name
    return text


def _surname_of(text: str) -> str:
    """The compound surname if something is left after it or nothing else fits, else the single one.

    Longer names are not Han: 艾合买提吐尔逊 has no surname, however 艾 is one."""
    known = surnames()
    if len(text) > _LONGEST and text[:_LONGEST] in known:
        return text[:_LONGEST]
    if len(text) > 1 and text[:2] in known:
        return text[:2]
    return text[:1] if len(text) <= _LONGEST and text[:1] in known else ""


def _name(family: str, given: str, ordered: bool = True) -> PersonName:
    readings = lexicon.readings()
    family_key = surnames().get(family) or "".join([readings.get(character, character) for character in family])
    given_key = " ".join([readings.get(character, character) for character in given])
    return PersonName(family, given, "", family_key, given_key, "han", ordered)
