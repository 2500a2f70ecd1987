"""Chinese company names: 行政区划 + 字号 + 行业 + 组织形式, in either order, and the branch behind."""

from __future__ import annotations

import re
from functools import cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import CompanyName
from dedupsvc.core.normalize import regions_cn, trades
from dedupsvc.core.normalize.text import reading_key

_BRACKET = re.compile(r"\(([^()]*)\)?")
_NOT_WORD = re.compile(r"[\W_]+")
_BRANCH = re.compile(
    r"(?:分公司|分店|支行|分行|办事处|门市部|营业部|分部|分厂|代表处|联络处|分理处|分院|分校|分所|分社|分会|事业部|项目部|[^司行]店)$"
)
_PLACE_OF_COMPANY = re.compile(r"(?:厅|店|部|处|行|所|院|厂|社|中心|仓库|基地|公司)$")
"""What a company's or bank's name goes on with when it names one of its places."""
_SHOP = re.compile(
    r"(.{2,}?(?:酒店|宾馆|旅馆|公寓|火锅|烤鸭|烧烤|咖啡|茶饮|奶茶|快餐|餐饮|便利|超市|药房|书店|影城|健身|美发|口腔))(.{2,}店)"
)
"""如家酒店北京国贸店: what a chain does, and which of its shops."""
_FORM_END = re.compile(r"公司|银行|合伙企业|集团|事务所|合作社|研究院|厂")
_REGISTERED = ("有限公司", "责任公司")
_NO_BRANCH = ("有限", "股份", "集团", "控股", "公司", "责任")
_FORMS_IN_BRACKETS = {"有限合伙": "lp", "普通合伙": "lp", "特殊普通合伙": "lp", "株": "kk"}
_SHORTEST_BRAND = 2
_SHORTEST_WHOLE = 4
_LONGEST_INDUSTRY = 8
_MOST_REGIONS = 3
_REGION_LENGTHS = range(8, 1, -1)
_OF_PLACE = ("大学", "师范大学", "理工大学", "银行", "日报", "晚报", "机场", "地铁")
"""北京大学 is no 大学 in 北京."""
_SHORT_NAMES = dict(lexicon.rows("company_short_names"))
_JAPANESE = "株式会社"
_NO_FORM = ("银行", "酒店")
"""End in 行 and 店, but are what the company does."""


def parse(text: str) -> CompanyName:
    """``text`` is canonical and contains Chinese characters."""
    if text.isalnum():
        region, form, remarked, full, body = "", "", "", text, text
    else:
        region, form, remarked, full = _brackets(text)
        body = _NOT_WORD.sub("", _BRACKET.sub("", text)) or full
    body, branch = _split_branch(body)
    body, written_form = _split_form(_SHORT_NAMES.get(body, body))
    leading, body = _split_regions(body)
    brand, industry = _split_industry(body)
    return CompanyName(
        full,
        brand,
        leading or region,
        industry,
        form or written_form,
        branch or remarked,
        reading_key(brand) + trades.key_of_chinese(industry) if industry else reading_key(brand),
        "han",
    )


def is_whole(text: str) -> bool:
    """True if ``text`` has a brand of its own: 华信科技有限公司, not 科技有限公司 or 中国."""
    name = parse(text)
    return len(name.full) >= _SHORTEST_WHOLE and bool(name.brand) and name.brand not in _industries() | {"中国", "集团"}


def _brackets(text: str) -> tuple[str, str, str, str]:
    """Region, legal form and branch in brackets, and the whole name without remarks such as (上市)."""
    region = form = branch = ""
    full = text
    for content in _BRACKET.findall(text):
        remark, content = content, _NOT_WORD.sub("", content)
        if content in _FORMS_IN_BRACKETS:
            form = _FORMS_IN_BRACKETS[content]
            full = full.replace("(株)", "")
        elif short := regions_cn.short_name(content):
            region = short
        elif content not in ("中国", "集团"):
            full = full.replace(f"({remark}", "")
            if _BRANCH.search(content):
                branch = content
    return region, form, branch, _NOT_WORD.sub("", full) or _NOT_WORD.sub("", text)


def _split_branch(text: str) -> tuple[str, str]:
    """华信有限公司 + 北京分公司; 工商银行 + 西湖支行; 华信科技 + 北京分公司."""
    if text.endswith(_REGISTERED) and text.count("公司") == 1:
        return text, ""
    for match in _FORM_END.finditer(text):
        rest = text[match.end() :]
        named = _PLACE_OF_COMPANY if match[0] in ("公司", "银行") else _BRANCH
        if rest and not rest.startswith(_NO_BRANCH) and named.search(rest):
            return text[: match.end()], rest
    if shop := _SHOP.fullmatch(text):
        return shop[1], shop[2]
    branch = _BRANCH.search(text)
    if branch is None or branch[0].endswith("店"):
        return text, ""
    head = text[: branch.start()]
    known = next((short for short in (head[:2], head[:4]) if short in _SHORT_NAMES), "")
    if known:
        return known, text.removeprefix(known)
    region = next((head[-length:] for length in _REGION_LENGTHS if regions_cn.short_name(head[-length:])), "")
    head = head.removesuffix(region)
    return (head, region + branch[0]) if len(head) >= _SHORTEST_BRAND else (text, "")


@cache
def _forms() -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """Legal forms as written to canonical ones, and by their last character how long they can be, the longest first."""
    written = {
        variant: canonical for variant, canonical in lexicon.words("legal_forms_cn").items() if not variant.isascii()
    }
    ends = {variant[-1] for variant in written}
    lengths = {end: {len(variant) for variant in written if variant.endswith(end)} for end in ends}
    return written, {end: tuple(sorted(found, reverse=True)) for end, found in lengths.items()}


def _split_form(text: str) -> tuple[str, str]:
    if text.startswith(_JAPANESE) and len(text) > len(_JAPANESE):
        return text.removeprefix(_JAPANESE), "kk"
    if text.endswith(_NO_FORM):
        return text, ""
    forms, lengths = _forms()
    for length in lengths.get(text[-1:], ()):
        if length + (length == 1) < len(text) and (form := forms.get(text[-length:])):
            rest = text[:-length]
            if form in ("ltd", "jsc", "co") and rest.endswith("集团") and len(rest) > len("集团"):
                return rest.removesuffix("集团"), "group"
            return rest, form
    return text, ""


def _split_regions(text: str) -> tuple[str, str]:
    """The regions in front, unless too little of a name would be left: 浙江省杭州市华信科技 to 杭州, 华信科技."""
    region = ""
    for _ in range(_MOST_REGIONS):
        written, short = regions_cn.leading_region(text)
        rest = text[len(written) :]
        if not written or len(rest) < _SHORTEST_BRAND or rest in _industries() or rest.startswith(_OF_PLACE):
            break
        region, text = short, rest
    return region, text


@cache
def _industries() -> frozenset[str]:
    return frozenset(row[0] for row in lexicon.rows("industries_cn"))


def _split_industry(text: str) -> tuple[str, str]:
    """The longest run of industry words at the end that leaves a brand."""
    start = len(text)
    known = _industries()
    begin = max(_SHORTEST_BRAND, start - _LONGEST_INDUSTRY)
    while begin < start - 1:
        if text[begin:start] in known:
            start, begin = begin, max(_SHORTEST_BRAND, begin - _LONGEST_INDUSTRY)
        else:
            begin += 1
    return text[:start], text[start:]
