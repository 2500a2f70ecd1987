"""Names of persons: the level at which two names agree, across scripts, orders, initials and slips."""

from __future__ import annotations

from dedupsvc.core.compare.nicknames import is_nickname
from dedupsvc.core.compare.spelling import is_counterpart, is_typo, resembles
from dedupsvc.core.fields import EmailValue, Features, PersonName
from dedupsvc.core.normalize.romanized_name import spells

NAME_CODES = (
    "missing",
    "equal",
    "equal_common",
    "transliterated",
    "swapped",
    "homophone",
    "similar",
    "mailbox",
    "initials",
    "mailbox_initial",
    "nickname",
    "part",
    "family_only",
    "family_common",
    "resembling",
    "other_family",
    "other_script",
    "other_given",
    "different",
)
(
    _MISSING,
    _EQUAL,
    _EQUAL_COMMON,
    _TRANSLITERATED,
    _SWAPPED,
    _HOMOPHONE,
    _SIMILAR,
    _MAILBOX,
    _INITIALS,
    _MAILBOX_INITIAL,
    _NICKNAME,
    _PART,
    _FAMILY_ONLY,
    _FAMILY_COMMON,
    _RESEMBLING,
    _OTHER_FAMILY,
    _OTHER_SCRIPT,
    _OTHER_GIVEN,
    _DIFFERENT,
) = range(len(NAME_CODES))

# The surnames that more than one Chinese in a hundred bears (2020 census): with a one-character given name they make
# the names that thousands share.
_COMMON_FAMILIES = frozenset("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗")
_COMMON_FAMILY_KEYS = frozenset(
    {"wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "xu", "sun", "ma", "zhu", "hu", "guo"}
    | {"he", "lin", "gao", "luo"}
)
# The head of the US census' surname list (2010) and of the given names of the same generations.
_COMMON_LATIN_FAMILIES = frozenset(
    {"smith", "johnson", "williams", "brown", "jones", "garcia", "miller", "davis", "rodriguez", "martinez", "wilson"}
    | {"anderson", "taylor", "thomas", "moore", "martin", "jackson", "lee", "white", "harris", "clark", "lewis"}
    | {"hernandez", "lopez", "gonzalez", "perez", "thompson", "robinson", "walker", "young", "king", "wright"}
)
_COMMON_LATIN_GIVEN = frozenset(
    {"james", "john", "robert", "michael", "william", "david", "richard", "joseph", "thomas", "charles", "mary"}
    | {"patricia", "jennifer", "linda", "elizabeth", "barbara", "susan", "jessica", "sarah", "karen", "paul", "mark"}
    | {"daniel", "peter", "andrew", "christopher", "matthew", "anthony", "maria", "anna", "nancy", "lisa"}
)


_SPELT = 7
"""Letters of both names together from which a mailbox that has them is no chance; fewer with an initial for one of them."""
_SIGNED = 3
"""Letters of a given name that a mailbox may tell."""

# Characters that are mistaken for one another on paper, on cards and in lists of candidates; those that sound alike are
# homophones anyway.
_LOOK_ALIKE = """
己已巳 未末 士土 日曰 戊戌戍 晴睛 侯候 崔催 大太 天夫 千干 王玉 田由甲申 今令 午牛 住佳 准淮 冶治 泠冷 昊吴 贝见 兔免 鸟乌 孟盂
荀苟 炀扬 析折 杰点 宇字 阎闫 璟憬 烨桦 淼森 焱炎 茜西 芮丙 丹舟 汩汨 祁祈 侍待 戴载 爱受 亨享
"""
_LOOKALIKES = {character: group for group in _LOOK_ALIKE.split() for character in group}


def name_level(left: Features, right: Features) -> int:
    if left.names and right.names:
        level = best_name(left.names, right.names)
        return _MAILBOX if level == _INITIALS and (_signed(left, right) or _signed(right, left)) else level
    return _in_mailbox(left.names or right.names, (*left.emails, *right.emails) if left.names or right.names else ())


def _in_mailbox(names: tuple[PersonName, ...], emails: tuple[EmailValue, ...]) -> int:
    """Who gives no name may still write from oliver.jones82@ or ojones@."""
    best = _MISSING
    for name in names:
        family, given = _joined(name.family_key, name.given_key)
        if not family or not given or len(family) + len(given) < _SPELT:
            continue
        for email in emails:
            letters = _letters(email)
            if letters in (given + family, family + given):
                return _MAILBOX
            if letters in (given[0] + family, family + given[0], given + family[0]):
                best = _MAILBOX_INITIAL
    return best


def _letters(email: EmailValue) -> str:
    return "".join(filter(str.isalpha, email.local))


def _signed(short: Features, full: Features) -> bool:
    """J. Smith writes from johnsmith@ or johns@: the name that the initial stands for."""
    if any(len(name.given_key.partition(" ")[0]) > 1 for name in short.names):
        return False
    for email in short.emails:
        letters = _letters(email)
        for name in full.names:
            family, given = _joined(name.family_key, name.given_key.partition(" ")[0])
            if len(given) >= _SIGNED and letters in (
                given + family,
                family + given,
                given + family[:1],
                family[:1] + given,
            ):
                return True
    return False


def contact_level(left: Features, right: Features) -> int:
    return best_name(left.contacts, right.contacts)


def best_name(names: tuple[PersonName, ...], others: tuple[PersonName, ...]) -> int:
    """The strongest level over all pairs (aliases are names too)."""
    if not names or not others:
        return _MISSING
    best = _DIFFERENT
    for name in names:
        for other in others:
            level = _name_pair(name, other)
            if level < best:
                best = level
    return best


def _name_pair(name: PersonName, other: PersonName) -> int:
    _, _, _, family, given, script, _ = name
    _, _, _, family2, given2, script2, _ = other
    if family == family2 and given == given2:
        return _same_keys(name, other)
    latin = script == "latin" == script2
    if not family or not given or not family2 or not given2:
        return _incomplete(family, given, family2, given2, latin)
    if script != script2:
        if _joined(family, given) in (_joined(family2, given2), _joined(given2, family2)) or _spells(name, other):
            return _TRANSLITERATED
    elif family == given2 and given == family2:
        return _SWAPPED
    level = _full_pair(family, given, family2, given2, latin)
    if level >= _RESEMBLING and script == script2 == "han" and _looks_alike(name, other):
        return _SIMILAR
    if level >= _RESEMBLING and (latin or family == given2 or given == family2):
        # Fields are mixed up as often as mistyped, and both happens: read one the other way round.
        level = min(
            level,
            _full_pair(family, given, given2, family2, latin),
            _full_pair(family2, given2, given, family, latin),
        )
    if level == _OTHER_GIVEN and script != script2:
        return _OTHER_SCRIPT
    return level


def _looks_alike(name: PersonName, other: PersonName) -> bool:
    """王晴 read off a card as 王睛: one character, and one that is taken for the other."""
    written, second = name.family + name.given, other.family + other.given
    if len(written) != len(second):
        return False
    found = False
    for one, two in zip(written, second, strict=True):
        if one != two:
            if found or _LOOKALIKES.get(one, "") != _LOOKALIKES.get(two):
                return False
            found = True
    return found


def _spells(name: PersonName, other: PersonName) -> bool:
    """Chan Tai Man is 陈大文 in Hong Kong, Hsu Chih-ming 许志明 in Taiwan."""
    if (name.script, other.script) == ("latin", "han"):
        return spells(name, other)
    return (name.script, other.script) == ("han", "latin") and spells(other, name)


def _joined(family: str, given: str) -> tuple[str, str]:
    """The same with or without spaces between the syllables."""
    return family.replace(" ", ""), given.replace(" ", "")


def _same_keys(name: PersonName, other: PersonName) -> int:
    if not name.given_key:
        return _family_only(name.family_key)
    if not name.family_key:
        return _PART
    if name.script != other.script:
        return _TRANSLITERATED
    if name.script == "han":
        if name.family != other.family or name.given != other.given:
            return _HOMOPHONE
        return _EQUAL_COMMON if len(name.given) == 1 and name.family in _COMMON_FAMILIES else _EQUAL
    if name.family_key in _COMMON_LATIN_FAMILIES and name.given_key in _COMMON_LATIN_GIVEN:
        return _EQUAL_COMMON
    return _EQUAL


def _incomplete(family: str, given: str, family2: str, given2: str, latin: bool) -> int:
    """One side has a surname only (刘总, Mr Smith) or one word only, which may stand in the wrong field."""
    if family and family == family2:
        return _family_only(family)
    if given and given == given2:
        return _PART
    words, words2 = [part for part in (family, given) if part], [part for part in (family2, given2) if part]
    if not words or not words2:
        return _MISSING
    if latin:
        level = min(_single_word(word, other) for word in words for other in words2)
        if level < _DIFFERENT:
            return level
    # A given name here and a surname there contradict nothing.
    return _DIFFERENT if (family and family2) or (given and given2) else _MISSING


def _family_only(family: str) -> int:
    return _FAMILY_COMMON if family in _COMMON_FAMILY_KEYS or family in _COMMON_LATIN_FAMILIES else _FAMILY_ONLY


def _single_word(word: str, other: str) -> int:
    if word == other or is_typo(word, other) or _shortened(word, other):
        return _PART
    return _RESEMBLING if resembles(word, other) else _DIFFERENT


def _full_pair(family: str, given: str, family2: str, given2: str, latin: bool) -> int:
    """Both names have both parts, and they are not all equal."""
    if family == family2:
        return _given_pair(given, given2, latin)
    if given == given2 and len(given) > 1:
        # Relatives share the surname and not the given name: here a surname may differ more and still be a slip.
        return _SIMILAR if latin and resembles(family, family2) else _OTHER_FAMILY
    if not latin or not resembles(family, family2):
        return _DIFFERENT
    if not is_typo(family, family2):
        return _RESEMBLING if resembles(given, given2) else _DIFFERENT
    level = _given_pair(given, given2, latin)
    # Two slips in one name: no longer the same spelling of anything.
    return _PART if level == _SIMILAR else _DIFFERENT if level == _OTHER_GIVEN else level


def _given_pair(given: str, given2: str, latin: bool) -> int:
    """The surnames agree."""
    if _initials(given, given2):
        return _INITIALS
    if latin and is_counterpart(given, given2):
        return _RESEMBLING
    if latin and _shortened(given, given2):
        return _PART
    if given.replace(" ", "") == given2.replace(" ", ""):
        return _SIMILAR
    if " " in given and sorted(given.split()) == sorted(given2.split()):
        return _SIMILAR
    if not latin:
        return _OTHER_GIVEN
    if is_nickname(given, given2):
        return _NICKNAME
    if is_typo(given, given2):
        return _SIMILAR
    return _RESEMBLING if resembles(given, given2) else _OTHER_GIVEN


_NO_LETTER = ("", " ")


def _initials(given: str, given2: str) -> bool:
    """x m = xiao ming, j = john, j r = john robert; a sole first initial will do."""
    if given[1:2] not in _NO_LETTER and given2[1:2] not in _NO_LETTER:
        return False
    words, words2 = given.split(), given2.split()
    return all(a[0] == b[0] and (a == b or len(a) == 1 or len(b) == 1) for a, b in zip(words, words2, strict=False))


def _shortened(given: str, given2: str) -> bool:
    """rob = robert, mary = mary ann. Not for Chinese names: 张晓 is not 张晓明."""
    shorter, longer = (given, given2) if len(given) < len(given2) else (given2, given)
    return len(shorter) >= 3 and longer.startswith(shorter)
