"""Provinces, prefectures and counties of China by their full and short names."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from dedupsvc.core import lexicon

_PROVINCE_TAIL = re.compile(r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市)$")
_PEOPLES = (
    "蒙古族|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|"
    "拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|锡伯|普米族|塔吉克|怒族|鄂温克族|"
    "保安族|裕固族|独龙族|鄂伦春|蒙古|各族|裕固|鄂温克"
)
_CITY_TAIL = re.compile(rf"(?:(?:{_PEOPLES})*自治州|地区|盟|市|林区|县)$")
_DISTRICT_TAIL = re.compile(rf"(?:(?:{_PEOPLES})*自治县|(?:{_PEOPLES})*自治旗|新区|矿区|林区|区|县|市|旗)$")
_MUNICIPALITIES = frozenset({"11", "12", "31", "50", "81", "82"})
_SHORTEST = 2
_CITY_CODE = 4
"""Digits of a city's code, of which the first two are its province's."""


class Area(NamedTuple):
    code: str
    level: str
    """province | city | district"""
    name: str
    short: str
    region: str
    """Short names of the province, city and district that it is or lies in; a municipality is its own city."""
    city: str
    district: str


def _shorten(name: str, level: str) -> str:
    tail = {"province": _PROVINCE_TAIL, "city": _CITY_TAIL, "district": _DISTRICT_TAIL}[level]
    short = tail.sub("", name)
    return short if len(short) >= _SHORTEST else name


@cache
def areas() -> tuple[Area, ...]:
    known = {code: (level, name, _shorten(name, level)) for code, level, name in lexicon.rows("areas_cn")}
    found = []
    for code, (level, name, short) in known.items():
        region = known[code[:2]][2] if code[:2] in known else ""
        town = known[code[:4]][2] if len(code) >= _CITY_CODE and code[:4] in known else ""
        city = town or (region if code[:2] in _MUNICIPALITIES else "")
        found.append(Area(code, level, name, short, region, city, short if level == "district" else ""))
    return tuple(found)


@cache
def by_name() -> dict[str, tuple[Area, ...]]:
    """Full, short and former names to the areas so called, provinces first."""
    found: dict[str, list[Area]] = {}
    for area in sorted(areas(), key=lambda area: ("province", "city", "district").index(area.level)):
        for name in dict.fromkeys((area.name, area.name.removesuffix("自治区").removesuffix("自治州"), area.short)):
            found.setdefault(name, []).append(area)
    known = {area.code: area for area in areas()}
    for name, code in lexicon.rows("areas_former"):
        namesakes = [area for area in found.get(name, ()) if "f" not in area.code]
        found[name] = [*namesakes, known[code]]
    return {name: tuple(those) for name, those in found.items()}


@cache
def name_lengths() -> dict[str, tuple[int, ...]]:
    """The first two characters of areas' names to the lengths of names that start so, longest first."""
    found: dict[str, set[int]] = {}
    for name in by_name():
        found.setdefault(name[:_SHORTEST], set()).add(len(name))
    return {head: tuple(sorted(lengths, reverse=True)) for head, lengths in found.items()}


@cache
def _large() -> dict[str, str]:
    """Names of provinces and cities, full and short, to the short one. 阿里 alone is a brand, 阿里地区 is not."""
    return {
        name: area.short
        for area in reversed(areas())
        if area.level == "province" or area.name.endswith("市")
        for name in (area.name, area.short)
    }


def short_name(text: str) -> str:
    """杭州 for 杭州 or 杭州市, "" if ``text`` is no area of China."""
    if text in _large():
        return _large()[text]
    found = by_name().get(text)
    return found[0].short if found and found[0].name == text else ""


def leading_region(text: str) -> tuple[str, str]:
    """The area a company's name starts with, as written and short; counties count with their full name only."""
    for length in name_lengths().get(text[:_SHORTEST], ()):
        short = short_name(text[:length])
        if short:
            return text[:length], short
    return "", ""
