"""Chinese addresses: 省市区, 街道 or 镇, 路, 号 with 弄, then building, unit, floor and room."""

from __future__ import annotations

import re
from functools import lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import AddressValue
from dedupsvc.core.normalize import regions_cn
from dedupsvc.core.normalize.address.parts import Given
from dedupsvc.core.normalize.address.romanized import chinese_place
from dedupsvc.core.normalize.regions_cn import Area
from dedupsvc.core.remembered import OWN, SHARED

_COUNTRY = re.compile(r"^(?:中华人民共和国|中国)(?!路|街|大)")
_POSTCODE = re.compile(
    r"(?:邮编|邮政编码)[:]?(\d{6})|^(\d{6})(?=\D)|(?<=\D)(\d{6})$|^(\d{3}|\d{5,6})(?=[台新桃高基嘉苗彰南云屏宜花澎金连])"
)
_NUMERAL = "〇零一二三四五六七八九十百两"
_NUMERAL_BEFORE_UNIT = re.compile(
    rf"([{_NUMERAL}]+)(?=号楼|号院|号|弄|栋|幢|座|单元|层|楼(?!梯)|室|户|门)|(?<=之)([{_NUMERAL}]+)$"
)
_DIGITS = {character: str(digit) for digit, character in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}
_ROAD_BEHIND = re.compile(
    r"(?:[东南西北中]|[一二三四五六七八九十]|内|外|新|大)*(?:路|街|道|巷|弄|镇|乡|开发区|经济|广场|大厦|花园|小区|公寓)"
)
_TOWN = re.compile(
    r"^(?:[^\d弄号,]{1,7}?街道(?:办事处|办)?(?=[^\d,])|[^\d路街巷弄号,]{1,7}?(?:镇镇?|乡|苏木|社区|地区(?:办事处)?)(?!路|街|道|[东西南北中大](?:路|街|道)|政府))"
)
_TOWN_MARK = re.compile(r"街道|[镇乡苏社区]")
_ZONE = re.compile(
    r"^([^\d路街巷弄号,]{0,6}?(?:经济技术开发区|经济开发区|技术开发区|高新技术产业开发区|高新区|开发区|工业园区|工业区|产业园区|保税区|自贸区|园区))(?!路)"
)
_OTHER_CITY = re.compile(r"^([\u4e00-\u9fff]{2,3})市(?!场|民)")
_OTHER_DISTRICT = re.compile(r"^([\u4e00-\u9fff]{2,4}?)(?<![小社园厂校景])(?:区|县)(?!路|街|政府)")
_STREET = re.compile(
    r"^([^\d,#]*?[^\d,#](?:大道|大街|公路|胡同|环路|路|街|道|巷|里弄|里|村|坊|屯|庄|国道|省道)(?:[东南西北中]段|[东南西北]侧|(?<=道)[东南西北中](?=\d)|[一二三四五六七八九十]+段|\d+段)?(?=\d|[a-z]?\d|$|,|甲|乙|丙|[a-z]))"
)
_STREET_LOOSE = re.compile(r"^([^\d,#]*?[^\d,#](?:大道|大街|公路|胡同|路|街|巷))")
_LANE = re.compile(r"^[,]?(\d+)[弄巷](?:(\d+)(?:支弄|弄))?(?:(\d+)(?:(?:号|#)(?!楼)|(?=-\d{2,4}(?!\d))))?")
_NUMBER = re.compile(
    r"^[,#]?(?:门牌)?(甲|乙|丙)?(\d+)([a-z]|甲|乙|丙)?(?:-(\d+))?(?:号院|号(?!楼)|#(?!楼)|(?=$|,|-|[a-z]座|\D))(?:之(\d+)|-?(\d+)号(?!楼|栋|院)|(甲|乙|丙)(?![座栋幢楼]))?"
)
_PLAIN_NUMBER = re.compile(r"(\d+)号(?![楼院之甲乙丙-]|\d+号)")
_ESTATE = re.compile(r"^([^\d,#]{2,12}?)(?=\d|[a-z]\d?[座栋幢]|[a-z]?\d|,|#|$|[东南西北]座|[甲乙丙丁][座栋幢])")
_BUILDING = re.compile(
    r"([a-z]\d*|\d+[a-z]?|[东南西北甲乙丙丁主副]|[a-z]?\d+)(?:号楼|#楼|栋|幢|座|号栋|#(?=\d)|楼(?=\d+单元|\d{3}))"
)
_ENTRANCE = re.compile(r"([a-z\d]+|[甲乙丙丁东西中])(?:单元|门(?=\d))")
_FLOOR_ROOM = re.compile(r"(\d+)楼之(\d+)$")
_FLOOR = re.compile(r"(\d+)(?:层|楼(?!\d*栋)|f(?![a-z]))")
_ROOM = re.compile(r"([a-z]?-?\d+(?:-\d+)?[a-z]?)(?:室|房间|房|户|号房|号)?$")
_PLAIN_UNIT = re.compile(r"(?:([a-z]|\d+)(?:座|号楼|[栋幢]))?(\d+)室?")
_DASHED_UNIT = re.compile(r"^[-,#]?(\d{1,3}|[a-z])[-#](\d{1,2})[-#](\d{2,4})(?:室)?$")
_AREA_ENDS = ("区", "县", "市")
_MOST_AREAS = 4
"""Province, city and district, and one of them said twice."""
_OUTSIDE = {"香港": "HK", "澳门": "MO", "台湾": "TW"}
"""What has an alpha-2 of its own."""
_HAN_HEAD = re.compile(r"[\u3400-\u9fff]+")
_QUARTER = re.compile(rf"(?:九龙|新界|港岛|香港岛)?(?:({'|'.join(lexicon.word_list('quarters_hk'))})区?)?")
_BARE = re.compile(r"[^\w#,-]+")


def parse(given: Given) -> AddressValue:
    """Every part that can be told; ``text`` is the whole without the words that say nothing."""
    region, city, district = _places(given)
    text = _NUMERAL_BEFORE_UNIT.sub(_number, _BARE.sub("", given.text))
    if text.startswith("中"):
        text = _COUNTRY.sub("", text)
    postcode, text = _postcode(given.postcode, text)
    (region, city, district), text = _take_areas(text, region, city, district)
    rest = _skip_town(text)
    street, rest = _street(rest)
    if street:
        number, rest = _house_number(rest)
    else:
        number, (street, rest) = "", _estate(rest)
        if match := _PLAIN_NUMBER.match(rest):
            number, rest = match[1], rest[match.end() :]
    unit = _unit(rest)
    whole = "".join(dict.fromkeys((region, city, district))) + text.replace(",", "").replace("-", "")
    return AddressValue(
        _OUTSIDE.get(region) or given.country or "CN", region, city, district, street, number, unit, postcode, whole
    )


def _number(match: re.Match[str]) -> str:
    """二十三 to 23, 五〇一 to 501, 一百零二 to 102."""
    written = match[1] or match[2]
    if not any(unit in written for unit in "十百"):
        return "".join(_DIGITS[character] for character in written)
    total, digit = 0, -1
    for character in written:
        if character == "百":
            total, digit = total + (digit if digit > 0 else 1) * 100, -1
        elif character == "十":
            total, digit = total + (digit if digit > 0 else 1) * 10, -1
        else:
            digit = int(_DIGITS[character])
    return str(total + max(digit, 0))


def _places(given: Given) -> tuple[str, str, str]:
    """Region, city and district from the fields, short; a city's field may hold its province too."""
    if not (given.region or given.city or given.district):
        return "", "", ""
    return _places_of(given.region, given.city, given.district)


@lru_cache(maxsize=SHARED)
def _places_of(region: str, city: str, district: str) -> tuple[str, str, str]:
    region, city = chinese_place(region, "CN") or region, chinese_place(city, "CN") or city
    found, rest = _take_areas(f"{region}{city}{district}".replace(" ", ""), "", "", "")
    if not rest:
        return found
    known_region, known_city, _ = found
    return known_region or region, known_city or city, found[2] or district


def _postcode(postcode: str, text: str) -> tuple[str, str]:
    if postcode:
        return postcode.replace(" ", ""), text
    match = _POSTCODE.search(text) if text[:1].isdigit() or text[-1:].isdigit() or "邮" in text else None
    if match is None:
        return "", text
    return match[1] or match[2] or match[3] or match[4], text[: match.start()] + text[match.end() :]


def _take_areas(text: str, region: str, city: str, district: str) -> tuple[tuple[str, str, str], str]:
    """Reads areas off the front. What stands in the text wins over the fields."""
    head = _HAN_HEAD.match(text)
    if head is None:
        return (region, city, district), text
    found, length = _areas_of(head[0], region, city, district)
    return found, text[length:]


@lru_cache(maxsize=OWN)
def _areas_of(text: str, region: str, city: str, district: str) -> tuple[tuple[str, str, str], int]:
    """The areas in front, and how many characters they take. Streets repeat with the areas before them."""
    area: Area | None = None
    start = 0
    for _ in range(_MOST_AREAS):
        length, next_area = _leading_area(text, start, area, region, city)
        if next_area is None:
            break
        area, start = next_area, start + length
        region, city, district = area.region or region, area.city or city, area.district or district
    if region in _OUTSIDE and (quarter := _quarter(text[start:])):
        start, district = start + quarter[1], district or quarter[0]
    if area is None or area.level != "district":
        city, district, length = _take_unlisted(text[start:], city, district)
        start += length
    return (region, city, district), start


def _leading_area(text: str, start: int, inside: Area | None, region: str, city: str) -> tuple[int, Area | None]:
    """The longest area name from ``start`` on that lies inside what was read before."""
    names = regions_cn.by_name()
    for length in regions_cn.name_lengths().get(text[start : start + 2], ()):
        name = text[start : start + length]
        candidates = names.get(name, ())
        if inside is not None:
            candidates = tuple([one for one in candidates if one.code.startswith(inside.code)])
        elif region or city or len(candidates) > 1:
            candidates = _best(candidates, region, city)
        if not candidates:
            continue
        area = candidates[0]
        if area.name == name or area.short != name or any(one.name == name for one in candidates):
            return length, area
        # A short name is one only if no road or district is called so, and a district's only beside its city.
        too_vague = inside is None and not city and area.level == "district"
        if (
            not too_vague
            and text[start + length : start + length + 1] not in _AREA_ENDS
            and not _ROAD_BEHIND.match(text, start + length)
        ):
            return length, area
    return 0, None


def _best(candidates: tuple[Area, ...], region: str, city: str) -> tuple[Area, ...]:
    """Of several areas of one name the one that the fields mean; a name that stays ambiguous is no area."""
    if not candidates or candidates[0].level != "district":
        return candidates
    fitting = tuple(
        [one for one in candidates if (not city or one.city == city) and (not region or one.region == region)]
    )
    return fitting if len(fitting) == 1 else ()


def _take_unlisted(text: str, city: str, district: str) -> tuple[str, str, int]:
    """Cities and districts that no table knows, such as 高新区 or a misspelt one, and how many characters they take."""
    length = 0
    if not city and (match := _OTHER_CITY.match(text)):
        city, length = match[1], match.end()
    if match := _OTHER_DISTRICT.match(text[length:]):
        district, length = district or match[1], length + match.end()
    return city, district, length


def _quarter(text: str) -> tuple[str, int] | None:
    """Hong Kong's part and quarter in front of the street, 九龙尖沙咀, and how many characters they take."""
    match = _QUARTER.match(text)
    if match is None or not match[0] or _ROAD_BEHIND.match(text, match.end()):
        return None
    return match[1] or "", match.end()


def _skip_town(text: str) -> str:
    """Without subdistrict and development zone, which people leave out, unless they are all there is."""
    if _TOWN_MARK.search(text) is None:
        return text
    for pattern in (_ZONE, _TOWN, _TOWN, _ZONE):
        if (match := pattern.match(text)) and len(text) > match.end():
            text = text[match.end() :]
    return text


def _street(text: str) -> tuple[str, str]:
    match = _STREET.match(text) or _STREET_LOOSE.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _house_number(text: str) -> tuple[str, str]:
    if match := _PLAIN_NUMBER.match(text):
        return match[1].lstrip("0") or "0", text[match.end() :]
    if match := _LANE.match(text):
        lane = f"{match[1]}l{match[2]}l" if match[2] else f"{match[1]}l"
        return lane + (match[3] or ""), text[match.end() :]
    if match := _NUMBER.match(text):
        number = (match[2] + (match[1] or match[3] or match[7] or "")) + "".join(
            f"-{part}" for part in match.groups()[4:6] if part
        )
        rest = text[match.end() :]
        if match[4]:
            written_inside = text[match.start(4) - 1 : match.end()]
            if written_inside.endswith(("号", "#")):
                number += f"-{match[4]}"
            else:
                rest = f"-{match[4]}{rest}"
        return number, rest
    return "", text


def _estate(text: str) -> tuple[str, str]:
    """Without a road, the housing estate or building is what the place is called."""
    match = _ESTATE.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _unit(text: str) -> str:
    if not text:
        return ""
    if match := _PLAIN_UNIT.fullmatch(text):
        return f"{match[1]}-{match[2]}" if match[1] else match[2]
    if match := _FLOOR_ROOM.search(text):
        return f"{match[1]}f-{match[2]}"
    if match := _DASHED_UNIT.match(text):
        return "-".join(match.groups())
    parts: list[str] = []
    for pattern in (_BUILDING, _ENTRANCE):
        if match := pattern.search(text):
            parts.append(match[1])
            text = text[: match.start()] + "," + text[match.end() :]
    floor = _FLOOR.search(text)
    if floor:
        text = text[: floor.start()] + "," + text[floor.end() :]
    room = _ROOM.search(text)
    if room:
        parts.append(room[1].strip("-"))
    elif floor:
        parts.append(f"{floor[1]}f")
    return "-".join(parts)
