"""Chinese addresses: 省市区, 街道 or 镇, 路, 号 with 弄, then building, unit, floor and room."""

from __future__ import annotations

import re
from functools import lru_cache

from dedupsvc.core.fields import AddressValue
from dedupsvc.core.normalize import regions_cn
from dedupsvc.core.normalize.address.parts import Given
from dedupsvc.core.normalize.regions_cn import Area

_COUNTRY = re.compile(r"^(?:中华人民共和国|中国)(?!路|街|大)")
_POSTCODE = re.compile(r"(?:邮编|邮政编码)[:]?(\d{6})|^(\d{6})(?=\D)|(?<=\D)(\d{6})$")
_NUMERAL = "〇零一二三四五六七八九十百两"
_NUMERAL_BEFORE_UNIT = re.compile(rf"([{_NUMERAL}]+)(?=号楼|号院|号|弄|栋|幢|座|单元|层|楼(?!梯)|室|户|门)")
_DIGITS = {character: str(digit) for digit, character in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}
_ROAD_BEHIND = re.compile(
    r"^(?:[东南西北中]|[一二三四五六七八九十]|内|外|新|大)*(?:路|街|道|巷|弄|镇|乡|开发区|经济|广场|大厦|花园|小区|公寓)"
)
_TOWN = re.compile(
    r"^(?:[^\d弄号,]{1,7}?街道(?:办事处|办)?(?=[^\d,])|[^\d路街巷弄号,]{1,7}?(?:镇镇?|乡|苏木|社区|地区(?:办事处)?)(?!路|街|道|[东西南北中大](?:路|街|道)|政府))"
)
_ZONE = re.compile(
    r"^([^\d路街巷弄号,]{0,6}?(?:经济技术开发区|经济开发区|技术开发区|高新技术产业开发区|高新区|开发区|工业园区|工业区|产业园区|保税区|自贸区|园区))(?!路)"
)
_OTHER_CITY = re.compile(r"^([\u4e00-\u9fff]{2,3})市(?!场|民)")
_OTHER_DISTRICT = re.compile(r"^([\u4e00-\u9fff]{2,4}?)(?:区|县)(?!路|街|政府)")
_STREET = re.compile(
    r"^([^\d,#]*?[^\d,#](?:大道|大街|公路|胡同|环路|路|街|道|巷|里弄|里|村|坊|屯|庄|国道|省道)(?:[东南西北中]段|[东南西北]侧|[一二三四五六七八九十]+段|\d+段)?(?=\d|[a-z]?\d|$|,|甲|乙|丙|[a-z]))"
)
_STREET_LOOSE = re.compile(r"^([^\d,#]*?[^\d,#](?:大道|大街|公路|胡同|路|街|巷))")
_LANE = re.compile(r"^[,]?(\d+)弄(?:(\d+)(?:支弄|弄))?(?:(\d+)(?:(?:号|#)(?!楼)|(?=-\d{2,4}(?!\d))))?")
_NUMBER = re.compile(
    r"^[,#]?(?:门牌)?(甲|乙|丙)?(\d+)([a-z]|甲|乙|丙)?(?:-(\d+))?(?:号院|号(?!楼)|#(?!楼)|(?=$|,|-|[a-z]座|\D))(?:之(\d+)|-?(\d+)号(?!楼|栋|院)|(甲|乙|丙)(?![座栋幢楼]))?"
)
_ESTATE = re.compile(r"^([^\d,#]{2,12}?)(?=\d|[a-z]\d?[座栋幢]|[a-z]?\d|,|#|$|[东南西北]座|[甲乙丙丁][座栋幢])")
_BUILDING = re.compile(
    r"([a-z]\d*|\d+[a-z]?|[东南西北甲乙丙丁主副]|[a-z]?\d+)(?:号楼|#楼|栋|幢|座|号栋|#(?=\d)|楼(?=\d+单元|\d{3}))"
)
_ENTRANCE = re.compile(r"([a-z\d]+|[甲乙丙丁东西中])(?:单元|门(?=\d))")
_FLOOR = re.compile(r"(\d+)(?:层|楼(?!\d*栋)|f(?![a-z]))")
_ROOM = re.compile(r"([a-z]?-?\d+(?:-\d+)?[a-z]?)(?:室|房间|房|户|号房|号)?$")
_DASHED_UNIT = re.compile(r"^[-,#]?(\d{1,3}|[a-z])[-#](\d{1,2})[-#](\d{2,4})(?:室)?$")
_OUTSIDE = {"香港": "HK", "澳门": "MO", "台湾": "TW"}
"""What has an alpha-2 of its own."""
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
    number, rest = _house_number(rest) if street else ("", rest)
    if not street:
        street, rest = _estate(rest)
    unit = _unit(rest)
    whole = "".join(dict.fromkeys((region, city, district))) + text.replace(",", "").replace("-", "")
    return AddressValue(
        _OUTSIDE.get(region) or given.country or "CN", region, city, district, street, number, unit, postcode, whole
    )


def _number(match: re.Match[str]) -> str:
    """二十三 to 23, 五〇一 to 501, 一百零二 to 102."""
    written = match[1]
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


@lru_cache(maxsize=4096)
def _places_of(region: str, city: str, district: str) -> tuple[str, str, str]:
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
    return match[1] or match[2] or match[3], text[: match.start()] + text[match.end() :]


def _take_areas(text: str, region: str, city: str, district: str) -> tuple[tuple[str, str, str], str]:
    """Reads areas off the front. What stands in the text wins over the fields."""
    area: Area | None = None
    for _ in range(4):
        written, next_area = _leading_area(text, area, region, city)
        if next_area is None:
            break
        area, text = next_area, text[len(written) :]
        own_region, own_city, own_district = regions_cn.parents(area.code)
        region, city, district = own_region or region, own_city or city, own_district or district
    if area is None or area.level != "district":
        city, district, text = _take_unlisted(text, city, district)
    return (region, city, district), text


def _leading_area(text: str, inside: Area | None, region: str, city: str) -> tuple[str, Area | None]:
    """The longest area name at the front that lies inside what was read before."""
    for length in regions_cn.name_lengths().get(text[:2], ()):
        candidates = regions_cn.by_name().get(text[:length])
        if not candidates:
            continue
        if inside is not None:
            candidates = tuple(one for one in candidates if one.code.startswith(inside.code))
        else:
            candidates = _best(candidates, region, city)
        written_in_full = any(one.name == text[:length] for one in candidates)
        followed_by_road = not written_in_full and _ROAD_BEHIND.match(text[length:])
        too_vague = (
            not written_in_full and inside is None and all(one.level == "district" for one in candidates) and not city
        )
        if candidates and not followed_by_road and not too_vague:
            return text[:length], candidates[0]
    return "", None


def _best(candidates: tuple[Area, ...], region: str, city: str) -> tuple[Area, ...]:
    """Of several areas of one name the one that the fields mean; a name that stays ambiguous is no area."""
    if candidates[0].level != "district" or not (len(candidates) > 1 or city or region):
        return candidates
    fitting = tuple(
        one
        for one in candidates
        if (not city or regions_cn.parents(one.code)[1] == city)
        and (not region or regions_cn.parents(one.code)[0] == region)
    )
    return fitting if len(fitting) == 1 else ()


def _take_unlisted(text: str, city: str, district: str) -> tuple[str, str, str]:
    """Cities and districts that no table knows, such as 高新区 or a misspelt one."""
    if not city and (match := _OTHER_CITY.match(text)):
        city, text = match[1], text[match.end() :]
    if match := _OTHER_DISTRICT.match(text):
        district, text = district or match[1], text[match.end() :]
    return city, district, text


def _skip_town(text: str) -> str:
    """Without subdistrict and development zone, which people leave out, unless they are all there is."""
    for pattern, mark in ((_ZONE, "区"), (_TOWN, ""), (_ZONE, "区")):
        match = pattern.match(text) if mark in text else None
        if match and len(text) > match.end():
            text = text[match.end() :]
    return text


def _street(text: str) -> tuple[str, str]:
    match = _STREET.match(text) or _STREET_LOOSE.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _house_number(text: str) -> tuple[str, str]:
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
