"""Chinese company names: 行政区划 + 字号 + 行业 + 组织形式, in either order, and the branch behind."""

from __future__ import annotations

import re
from functools import cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import CompanyName
from dedupsvc.core.normalize import regions_cn
from dedupsvc.core.normalize.text import reading_key

_BRACKET = re.compile(r"\(([^()]*)\)?")
_NOT_WORD = re.compile(r"[\W_]+")
_BRANCH = re.compile(
    r"(?:分公司|分店|支行|分行|办事处|门市部|营业部|分部|分厂|代表处|联络处|分理处|分院|分校|分所|分社|分会|事业部|项目部|[^司行]店)$"
)
_PLACE_OF_COMPANY = re.compile(r"(?:厅|店|部|处|行|所|院|厂|社|中心|仓库|基地|公司)$")
"""What a company's or bank's name goes on with when it names one of its places."""
_FORM_END = re.compile(r"公司|银行|合伙企业|集团|事务所|合作社|研究院|厂")
_NO_BRANCH = ("有限", "股份", "集团", "控股", "公司", "责任")
_PARTNERSHIP = frozenset({"有限合伙", "普通合伙", "特殊普通合伙"})
_SHORTEST_BRAND = 2
_MOST_REGIONS = 3
_REGION_LENGTHS = range(8, 1, -1)
_JAPANESE = "株式会社"
_NO_FORM = ("银行",)
"""Ends in 行, but is what the company does."""


def parse(text: str) -> CompanyName:
    """``text`` is canonical and contains Chinese characters."""
    region, form, full = _brackets(text)
    body = _NOT_WORD.sub("", _BRACKET.sub("", text)) or full
    body, branch = _split_branch(body)
    body, written_form = _split_form(body)
    leading, body = _split_regions(body)
    brand, industry = _split_industry(body)
    return CompanyName(
        full,
        brand,
        leading or region,
        industry,
        form or written_form,
        branch,
        reading_key(brand + industry),
        "han",
    )


def _brackets(text: str) -> tuple[str, str, str]:
    """Region and legal form in brackets, and the whole name without remarks such as (上市)."""
    region = form = ""
    full = text
    for content in _BRACKET.findall(text):
        remark, content = content, _NOT_WORD.sub("", content)
        if content in _PARTNERSHIP:
            form = "lp"
        elif short := regions_cn.short_name(content):
            region = short
        elif content not in ("中国", "集团"):
            full = full.replace(f"({remark}", "")
    return region, form, _NOT_WORD.sub("", full) or _NOT_WORD.sub("", text)


def _split_branch(text: str) -> tuple[str, str]:
    """华信有限公司 + 北京分公司; 工商银行 + 西湖支行; 华信科技 + 北京分公司."""
    for match in _FORM_END.finditer(text):
        rest = text[match.end() :]
        named = _PLACE_OF_COMPANY if match[0] in ("公司", "银行") else _BRANCH
        if rest and not rest.startswith(_NO_BRANCH) and named.search(rest):
            return text[: match.end()], rest
    branch = _BRANCH.search(text)
    if branch is None or branch[0].endswith("店"):
        return text, ""
    head = text[: branch.start()]
    region = next((head[-length:] for length in _REGION_LENGTHS if regions_cn.short_name(head[-length:])), "")
    head = head.removesuffix(region)
    return (head, region + branch[0]) if len(head) >= _SHORTEST_BRAND else (text, "")


@cache
def _forms() -> tuple[tuple[str, str], ...]:
    """Legal forms as written and canonical, the longest first."""
    written = [
        (variant, canonical) for variant, canonical in lexicon.words("legal_forms_cn").items() if not variant.isascii()
    ]
    return tuple(sorted(written, key=lambda pair: (-len(pair[0]), pair[0])))


def _split_form(text: str) -> tuple[str, str]:
    if text.startswith(_JAPANESE) and len(text) > len(_JAPANESE):
        return text.removeprefix(_JAPANESE), "kk"
    for written, form in _forms():
        if text.endswith(written) and len(text) > len(written) and not text.endswith(_NO_FORM):
            rest = text.removesuffix(written)
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
        if not written or len(rest) < _SHORTEST_BRAND or rest in _industries():
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
    while True:
        found = next((begin for begin in range(_SHORTEST_BRAND, start - 1) if text[begin:start] in known), None)
        if found is None:
            return text[:start], text[start:]
        start = found
