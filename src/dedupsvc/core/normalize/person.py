"""Person names taken apart: field by field or from one field, Chinese and western, titles and notes removed."""

from __future__ import annotations

import re
from functools import lru_cache

from dedupsvc.core.fields import PersonName
from dedupsvc.core.normalize import chinese_name, latin_name
from dedupsvc.core.normalize.romanized_name import surname_spellings
from dedupsvc.core.normalize.text import MAX_LENGTH, clean, fold_accents, is_han, meaningful, script_of
from dedupsvc.core.record import Values
from dedupsvc.core.remembered import OWN

_NOTE = re.compile(r"\s*[(\[{][^)\]}]*[)\]}]?\s*")
_DASHED = re.compile(r"\s*[-_/|@#:]+\s*")
_LATIN_PART = re.compile(r"[a-z\u00c0-\u024f][a-z\u00c0-\u024f .'-]*")
_HAN_RUN = re.compile("[\u3400-\u9fff·]+")
_WORD = re.compile(r"[^\W\d_]+")


def names(values: Values) -> tuple[PersonName, ...]:
    """All names of a person, each once: the split fields first, then the one field, then aliases."""
    found: list[PersonName] = []
    if values.family_name or values.given_name:
        found.extend(_split(values))
    whole = values.name or ("" if found else values.contact_name)
    if found and whole in (f"{values.given_name} {values.family_name}", values.family_name + values.given_name):
        whole = ""
    for text in (whole, *values.aliases):
        if text:
            found.extend(one_field(text[:MAX_LENGTH], values.name_order[:16]))
    return _distinct(found)


def contacts(values: Values) -> tuple[PersonName, ...]:
    """A company's contact person, given as contact_name or in the fields of a person."""
    found: list[PersonName] = []
    if values.contact_name:
        found.extend(one_field(values.contact_name[:MAX_LENGTH], values.name_order[:16]))
    if values.family_name or values.given_name:
        found.extend(_split(values))
    return _distinct(found)


def _split(values: Values) -> tuple[PersonName, ...]:
    """Cut before they are remembered, so that long input cannot fill the memory."""
    return split_name(values.family_name[:MAX_LENGTH], values.given_name[:MAX_LENGTH], values.middle_name[:MAX_LENGTH])


def _distinct(found: list[PersonName]) -> tuple[PersonName, ...]:
    if len(found) < 2:
        return tuple(found)
    kept: list[PersonName] = []
    for name in found:
        keys = {name.family_key, name.given_key}
        if not any(keys == {other.family_key, other.given_key} and name.script == other.script for other in kept):
            kept.append(name)
    return tuple(kept)


@lru_cache(maxsize=OWN)
def split_name(family: str, given: str, middle: str = "") -> tuple[PersonName, ...]:
    """A name from fields of its own, put right when it was typed into the wrong ones."""
    family, given, middle = meaningful(family), meaningful(given), meaningful(middle)
    if not family or not given:
        return one_field(family or given, "") if is_han(family or given) else _half(family, given, middle)
    if chinese_name.is_plain(family) and chinese_name.is_plain(given):
        return chinese_name.from_fields(family, given)
    if is_han(family) or is_han(given):
        if chinese_name.is_plain(family) and given in latin_name.given_names():
            return one_field(f"{family} {given}", "")
        return chinese_name.from_fields(without_notes(family), without_notes(given))
    if script_of(family) == "latin" == script_of(given):
        return latin_name.from_fields(family, given, middle)
    return (_other(family, given),)


@lru_cache(maxsize=OWN)
def one_field(text: str, order: str = "") -> tuple[PersonName, ...]:
    """A name from one field; 张伟 David Zhang gives both."""
    raw = text
    text = meaningful(text)
    if not text:
        return ()
    if chinese_name.is_plain(text):
        return chinese_name.from_word(text)
    script = script_of(text)
    if script == "latin":
        return latin_name.from_text(text, raw, order)
    if script == "han":
        found = chinese_name.from_text(without_notes(text))
        latin = _LATIN_PART.search(text)
        return _bilingual(found, latin[0].strip(), order) if latin else found
    words = _WORD.findall(without_notes(text))
    return (_other(" ".join(words[1:]), words[0], ordered=False),) if words else ()


def _bilingual(han: tuple[PersonName, ...], latin: str, order: str) -> tuple[PersonName, ...]:
    """张伟 Zhang Wei is both; 张伟(David) is David Zhang, too; 张David is that only. VIP and sales manager are notes."""
    family = han[0].family if han else ""
    given_names = latin_name.given_names()
    if " " in latin:
        found = latin_name.from_text(latin, "", order)
        known = surname_spellings(family)
        telling = not family or any(
            known & {name.family_key, name.given_key} or name.given_key in given_names for name in found
        )
        return han + found if telling else han
    if not family or latin not in given_names:
        return han
    english = PersonName(han[0].family_key, latin, "", han[0].family_key, latin, "latin", True)
    return (*han, english) if han[0].given else (english,)


def without_notes(text: str) -> str:
    """张伟(采购) to 张伟, 李强-技术部 to 李强, 技术部-李强 to 李强."""
    bare = _NOTE.sub(" ", text).strip() or text
    if not is_han(bare):
        # David Zhang (张伟): the note is the name.
        bare = "".join(_HAN_RUN.findall(text)) or bare
    parts = [part for part in _DASHED.split(bare) if is_han(part)]
    return next((part for part in parts if chinese_name.looks_like_name(part)), parts[0] if parts else bare)


def _half(family: str, given: str, middle: str) -> tuple[PersonName, ...]:
    """Only one of the two fields says something."""
    if not family and not given:
        return ()
    if script_of(family or given) == "latin":
        return latin_name.half(family, given, middle)
    return (_other(family, given),)


def _other(family: str, given: str, ordered: bool = True) -> PersonName:
    """Cyrillic, Arabic, Hangul …: compared as written."""
    family, given = clean(fold_accents(family)), clean(fold_accents(given))
    return PersonName(family, given, "", family, given, "other", ordered)
