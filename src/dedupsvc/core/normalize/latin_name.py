"""Names in latin letters: titles, suffixes, notes, order, initials, double names, and Chinese names among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import PersonName
from dedupsvc.core.normalize import romanized_name
from dedupsvc.core.normalize.romanized_name import key, surname_readings, syllables

_SURNAME_TITLES = lexicon.word_set("latin_titles") - {"sir", "dr", "dipl", "ing"}
"""mr smith has a surname; sir ian has a given name."""
_ADDITIONS = lexicon.word_set("latin_titles") | lexicon.word_set("latin_suffixes")
_SUFFIXES = lexicon.word_set("latin_suffixes")
_PARTICLES = lexicon.word_set("name_particles")
_SPANISH = lexicon.word_set("spanish_surnames")
_VIETNAMESE = lexicon.word_set("vietnamese_surnames")
_IRISH = lexicon.word_set("irish_surnames")
_NOBODY = lexicon.word_set("stand_in_names")

_PLAIN = re.compile("[a-z]{2,} [a-z]{2,}")
_NOTE = re.compile(r"\([^)]*\)?|\[[^\]]*\]?|\{[^}]*\}?|\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)")
_ENGLISH_NOTE = re.compile(r"\(([a-z]{2,})\)$")
_AFTER_DASH = re.compile(r"\s+[-/|].*$")
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_DEGREE = re.compile(r"[\s,]+(?:ph\.? ?d|m\.d|d\.d\.s|m\.b\.a|[bm]\.(?:a|sc)|ll\.?[bm])\.?$")
_DOCTOR = re.compile(r"\bdr\.?(?:[\s-]*(?:med|phil|jur|rer|nat|oec|dent|vet|ing|h\.\s?c|dr)\b\.?)+")
_BORN = re.compile(r"^([^(,]+?\s[^(,]+?)[\s,(]+(?:née|né|nee|geb|geborene)\b\.?:?\s+([^),]+)")
_AND = re.compile(r"\s+(?:and|und)\s+|\s*[&+]\s*")
_FAMILY_FIRST = ("family", "surname", "last", "eastern")
_LONGEST_INITIALS = 3
_MOST_PEOPLE = 2
_SHORTEST_HALF = 3
_VOWELS = frozenset("aeiouy")


@cache
def given_names() -> frozenset[str]:
    """Western given names that are no pinyin."""
    return frozenset(name for _, listed in lexicon.rows("given_names") for name in listed.split(","))


def from_fields(family: str, given: str, middle: str) -> tuple[PersonName, ...]:
    """Both fields filled, in canonical text. Pinyin in the wrong fields is put right: a surname, and what is none."""
    family_words, given_words = _words(family), _words(given)
    if not family_words or not given_words:
        return half(" ".join(family_words), " ".join(given_words), middle)
    if len(given_words) > len(family_words) and given_words[-len(family_words) :] == family_words:
        given_words = given_words[: -len(family_words)]
    readings = surname_readings()
    family_key, given_key = ("".join(map(key, words)) for words in (family_words, given_words))
    both = family_key in readings and given_key in readings
    if not both and given_key in readings and syllables(family_key):
        family_words, given_words = given_words, family_words
    return _readings(family_words, given_words, _words(middle), ordered=not both)


def half(family: str, given: str, middle: str) -> tuple[PersonName, ...]:
    """Only one of the fields filled; a full name in it is taken apart."""
    words = _words(family or given)
    if len(words) > 1 and not middle and (family or len(words) > 2) and words[0] not in _PARTICLES:
        return from_text(family or given, "", "")
    if not words:
        return ()
    return (_name(words, [], _words(middle), True) if family else _name([], words, _words(middle), True),)


def from_text(text: str, raw: str, order: str) -> tuple[PersonName, ...]:
    """One field. ``raw`` is the text as it was typed: a word all in capitals beside others is the surname."""
    if _PLAIN.fullmatch(text):
        return _from_words(_without_additions(text.split(" ")), text, raw, order)
    if ("né" in text or "nee" in text or "geb" in text) and (born := _BORN.match(text)):
        return _married(born[1], born[2], order)
    english = _ENGLISH_NOTE.search(text)
    text = _AFTER_DASH.sub("", _NOTE.sub(" ", text)) or text
    if english and english[1] in given_names():
        text = f"{text} {english[1]}"
    if "." in text or "dr" in text:
        text = _DEGREE.sub("", _DOCTOR.sub("", text)).strip() or text
    people = [part for part in _AND.split(text) if part][:_MOST_PEOPLE]
    if len(people) > 1:
        return _couple(people)
    before, comma, after = text.partition(",")
    if comma and _TOKEN.search(before) and _SUFFIXES.issuperset(_TOKEN.findall(after)):
        before, comma, text = "", "", before
    if comma and (given := _words(after)) and (family := _words(before)):
        return _comma(family, given)
    return _from_words(_words(text), text, raw, order)


def _married(name: str, born: str, order: str) -> tuple[PersonName, ...]:
    """Jane Doe née Smith was Jane Smith."""
    found = from_text(name, "", order)
    family = _words(born)
    if not found or not found[0].given or not family:
        return found
    return (*found, _name(family, found[0].given.split(), [], ordered=True))


def _comma(family: list[str], given: list[str]) -> tuple[PersonName, ...]:
    """Smith, John; and zhang wei, david."""
    if len(family) > 1 and given_names().issuperset(given) and (parsed := romanized_name.parse(family)):
        return _readings(parsed.family, [*parsed.given, *given], [], ordered=True)
    return _readings(family, given, [], ordered=True)


def _couple(people: list[str]) -> tuple[PersonName, ...]:
    """John & Mary Smith, John Smith and Mary Doe: everyone by a name of their own."""
    last = from_text(people[-1], "", "")
    found: list[PersonName] = []
    for person in people[:-1]:
        words = [word for word in _words(person) if word not in _ADDITIONS]
        if len(words) == 1 and last and last[0].family:
            found.append(_name([last[0].family], words, [], False))
        elif words:
            found.extend(from_text(person, "", ""))
    return (*found, *last)


def _from_words(words: list[str], text: str, raw: str, order: str) -> tuple[PersonName, ...]:
    if len(words) < 2:
        return _one_word(words[0], text) if words and words[0] not in _NOBODY else ()
    if order and order.lower().startswith(_FAMILY_FIRST):
        return _readings(words[:1], words[1:], [], ordered=True)
    if raw and not raw.islower() and (shouted := _shouted(raw, words)):
        return _readings([shouted], [word for word in words if word != shouted], [], ordered=True)
    words = _with_initials(words)
    english = [word for word in words if word in given_names() and word not in surname_readings()]
    if len(english) == 1:
        return _beside_english(words, english[0])
    if len(words) > 2 and key(words[0]) in _VIETNAMESE and not {"van", "thi"}.isdisjoint(map(key, words[1:-1])):
        return (_name(words[:1], words[1:], [], ordered=True),)
    if parsed := romanized_name.parse(words):
        return (_name(parsed.family, parsed.given, [], parsed.ordered),)
    return () if _NOBODY.issuperset(words) else _western(words)


def _beside_english(words: list[str], english: str) -> tuple[PersonName, ...]:
    """David Zhang; Zhang Wei David, which is Zhang Wei and David Zhang; else a western name."""
    rest = [word for word in words if word != english]
    if len(words) > 2:
        parsed = romanized_name.parse(rest)
        return _readings(parsed.family, [*parsed.given, english], [], ordered=True) if parsed else _western(words)
    known = romanized_name.is_common if words[1] == english else romanized_name.is_surname
    return (_name(rest, [english], [], ordered=True),) if known(key(rest[0])) else _western(words)


def _words(text: str) -> list[str]:
    """The words of a name without titles and suffixes, unless nothing would be left."""
    tokens = _TOKEN.findall(text)
    return _irish(_without_additions(tokens)) if "o" in tokens else _without_additions(tokens)


def _without_additions(tokens: list[str]) -> list[str]:
    if _ADDITIONS.isdisjoint(tokens):
        return tokens
    return [token for token in tokens if token not in _ADDITIONS] or tokens


def _irish(tokens: list[str]) -> list[str]:
    """conor o brien to conor o'brien."""
    place = tokens.index("o") if "o" in tokens else len(tokens)
    if tokens[place + 1 : place + 2] and tokens[place + 1] in _IRISH:
        return [*tokens[:place], f"o'{tokens[place + 1]}", *tokens[place + 2 :]]
    return tokens


def _with_initials(words: list[str]) -> list[str]:
    """zhang xm to zhang x m, jrr tolkien to j r r tolkien: what cannot be spoken is initials."""
    if min(map(len, words)) > _LONGEST_INITIALS:
        return words
    found: list[str] = []
    for word in words:
        spoken = len(word) > _LONGEST_INITIALS or not _VOWELS.isdisjoint(word)
        kept = spoken or word in _PARTICLES or romanized_name.is_surname(word) or not word.isascii()
        found.extend([word] if kept else word)
    return found


def _shouted(raw: str, words: list[str]) -> str:
    """The one word in capitals among words that are not; two or three letters only if they are a surname: WU, not AJ."""
    if raw.isupper() or raw.istitle():
        return ""
    capitals = [token for token in _TOKEN.findall(raw[:256]) if token.isupper() and len(token) > 1]
    capitals = [token for token in map(str.lower, capitals) if token in words]
    if len(capitals) != 1:
        return ""
    shouted = capitals[0]
    spoken = len(shouted) > 2 and not _VOWELS.isdisjoint(shouted)
    return shouted if spoken or romanized_name.is_surname(shouted) else ""


def _western(words: list[str]) -> tuple[PersonName, ...]:
    start = len(words) - 1
    if len(words[start]) == 1 < len(words[0]):
        return (_name(words[:1], words[1:], [], ordered=True),)
    if start > 1 and words[0] != words[start] and _are_spanish(words[start - 1 :]):
        start -= 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    ordered = any(len(word) == 1 for word in words[1:start]) or start < len(words) - 1
    return _readings(words[start:], words[:start], [], ordered)


def _one_word(word: str, text: str) -> tuple[PersonName, ...]:
    """zhangwei is Zhang Wei, mr smith a surname; any other single word may be either name."""
    if not _SURNAME_TITLES.isdisjoint(_TOKEN.findall(text)) and word not in _SURNAME_TITLES:
        return (_name([word], [], [], ordered=True),)
    if "-" in word:
        parsed = romanized_name.parse(word.split("-"))
        return (_name(parsed.family, parsed.given, [], parsed.ordered) if parsed else _name([], [word], [], False),)
    if word in given_names():
        return (_name([], [word], [], ordered=False),)
    readings = surname_readings()
    if key(word) in readings:
        return (_name([word], [], [], ordered=False),)
    for length in range(min(len(word) - 1, 9), 1, -1):
        if word[:length] in readings and 0 < len(given := syllables(word[length:])) <= 2:
            return (_name([word[:length]], list(given), [], ordered=True),)
    return (_name([], [word], [], ordered=False),)


def _readings(family: list[str], given: list[str], middle: list[str], ordered: bool) -> tuple[PersonName, ...]:
    """One name, and what its bearer is also called: by the English given name, by either half of a double surname."""
    while len(given) > 1 and given[-1] in _PARTICLES:
        family, given = [given[-1], *family], given[:-1]
    if len(given) > 1 and romanized_name.is_surname("".join(map(key, family))):
        english = [word for word in given if word in given_names() and word not in surname_readings()]
        chinese = [word for word in given if word not in english]
        if len(english) == 1 and max(map(len, chinese)) > 1:
            return _name(family, chinese, middle, ordered), _name(family, english, [], ordered)
    name = _name(family, given, middle, ordered)
    if len(family) == 1 and "-" in family[0]:
        halves = family[0].split("-")
        if min(map(len, halves)) >= _SHORTEST_HALF and given:
            return (name, *(_name([half], given, middle, ordered) for half in halves[:2]))
    if len(family) == 2 and _are_spanish(family):
        return name, _name(family[:1], given, middle, ordered)
    return (name,)


def _are_spanish(surnames: list[str]) -> bool:
    """Father's and mother's: many give the first alone."""
    return _SPANISH.issuperset(map(key, surnames))


def _name(family: Sequence[str], given: list[str], middle: list[str], ordered: bool) -> PersonName:
    """Initials behind the given name go to the middle name, where one source has them and another has not."""
    if len(given) > 1 and len(given[0]) > 1 and any(len(word) == 1 for word in given):
        middle = [word for word in given if len(word) == 1] + middle
        given = [word for word in given if len(word) > 1]
    family_key = key(family[0]) if len(family) == 1 else "".join(map(key, family))
    given_key = _given_key(given, family_key)
    return PersonName(
        _written(family), _written(given), _written(middle) if middle else "", family_key, given_key, "latin", ordered
    )


def _written(words: Sequence[str]) -> str:
    return " ".join(words).replace("-", " ")


def _given_key(given: list[str], family_key: str) -> str:
    """Syllable by syllable if the whole name may be Chinese, so that it equals the key of the characters."""
    if family_key not in surname_readings():
        return key(given[0]) if len(given) == 1 and "-" not in given[0] else _joined_keys(given)
    # Xi'an is xi and an; O'Neil is one word.
    keys = [key(part) for word in given for part in word.replace("'", "-").split("-")]
    if all(len(part) == 1 or syllables(part) for part in keys):
        return " ".join([syllable for part in keys for syllable in _syllables_of(part)])
    return " ".join(keys)


def _syllables_of(word: str) -> tuple[str, ...]:
    return (word,) if word in given_names() else syllables(word) or (word,)


def _joined_keys(given: list[str]) -> str:
    return " ".join([key(part) for word in given for part in word.split("-")])
