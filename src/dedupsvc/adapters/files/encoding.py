"""Which encoding a text file is in: told by its mark, by strict decoding, and by how common the characters are that come out."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from dedupsvc.usecases.tabular import FileRefused

SAMPLE_LINES = 400
"""Lines with more than ASCII; they are looked for through the whole file, as names may come late."""
LONGEST_LINE = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = ("gb18030", "big5hkscs")

# The characters that customer lists are full of, simplified and traditional: surnames, places, and words of companies.
_COMMON = frozenset(
    "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学之都好看起发当没成只如事把还用第样道想作种开"
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
    "姓名客户称公司手机电话邮箱址省市区县路街号楼室层单位有限责任股份科技信息网络贸易实业集团工程建设投资管理服务咨询广告文化传媒医药电子机械设备材料"
    "北京上海天津重庆广州深圳南杭成都武汉西安苏河湖山东川浙江福建安徽辽宁吉黑龙云贵陕甘青新疆内蒙古藏桂琼港澳台湾日期编备注来源部门负责创建时间场景销售"
    "的一是了我不人在他有這上們來到時大地為子中你說生國年著就那和要她出也得裡後自以會家可下而過天去能對小多然於心學之都好看起發當沒成只如事把還用第樣道想作種開"
    "張劉陳楊黃趙吳孫馬鄭謝羅許韓馮鄧蕭蔣餘葉蘇魏呂盧鐘譚陸範賈韋鄒電話郵箱縣樓層單責務資訊網絡貿實業團工設投資管諮詢廣傳媒醫藥機備材料"
    "姓名客戶稱手機號部門創建時間場景銷售編註來源聯絡負責區臺灣灣龍雲貴陝遼寧蒙義仁愛信忠孝復興民權段巷弄偉芳娜敏靜秀娟英華慧巧美雅麗強軍洋勇艷傑濤明超霞平剛"
    "伟静丽强军艳杰涛刚桂玉兰红斌宇浩晨轩子涵梓欣怡佳琪志建文博思雨嘉俊凯雪梅春燕辉鹏飞波亮永健世海国立德"
)


def recognized(path: Path, packed: bool) -> str:
    """A name for Python's codecs: utf-8-sig (with or without mark), utf-16, gb18030, big5hkscs or cp1252."""
    with opened_bytes(path, packed) as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    sample = list(_lines_beyond_ascii(path, packed))
    if not sample or _share_decoded(sample, "utf-8") >= 0.9:
        return "utf-8-sig"
    likeness = {name: _share_decoded(sample, name) * _share_common(sample, name) for name in _CHINESE}
    best = max(_CHINESE, key=lambda name: likeness[name])
    return best if likeness[best] >= 0.35 else "cp1252"


def opened_bytes(path: Path, packed: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")


def opened_text(path: Path, packed: bool, encoding: str) -> TextIO:
    """What cannot be decoded comes out as half surrogates, so that its row can be told from the others."""
    if packed:
        return gzip.open(path, "rt", encoding=encoding, errors="surrogateescape")
    return path.open(encoding=encoding, errors="surrogateescape")


def lines(file: TextIO) -> Iterator[str]:
    """Lines with their ends; of one that is absurdly long only the beginning, without an end, as memory is bounded."""
    try:
        while line := file.readline(LONGEST_LINE):
            yield line
            while len(line) == LONGEST_LINE and not line.endswith("\n"):
                line = file.readline(LONGEST_LINE)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused("The file is damaged from some place on.") from error


def _lines_beyond_ascii(path: Path, packed: bool) -> Iterator[bytes]:
    found = 0
    with opened_bytes(path, packed) as file:
        while found < SAMPLE_LINES and (line := file.readline(LONGEST_LINE)):
            if not line.isascii():
                found += 1
                yield line.rstrip(b"\r\n")


def _share_decoded(sample: list[bytes], encoding: str) -> float:
    decoded = 0
    for line in sample:
        with suppress(UnicodeDecodeError):
            line.decode(encoding)
            decoded += 1
    return decoded / len(sample)


def _share_common(sample: list[bytes], encoding: str) -> float:
    """Of the characters beyond ASCII, how many are everyday ones: what is decoded wrongly gives rare ones."""
    text = "".join(line.decode(encoding, "ignore") for line in sample)
    foreign = [character for character in text if character > "\x7f" and character not in "，。；：（）、　“”？！－—"]
    return sum(character in _COMMON for character in foreign) / len(foreign) if foreign else 0.0
