"""Customers that nobody else resembles, each in many ways to write it down, and the times and scenarios they are entered with."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from typing import Any

from tests.concurrency.history import Tag

SURNAMES = (
    "刘劉Liu 陈陳Chen 杨楊Yang 赵趙Zhao 黄黃Huang 吴吳Wu 孙孫Sun 马馬Ma 罗羅Luo 郑鄭Zheng 谢謝Xie 韩韓Han 冯馮Feng 邓鄧Deng 许許Xu "
    "苏蘇Su 吕呂Lü 叶葉Ye 陆陸Lu 钱錢Qian"
)
GIVEN = (
    "伟偉Wei 静靜Jing 丽麗Li 刚剛Gang 娜娜Na 俊俊Jun 帆帆Fan 磊磊Lei 峰峰Feng 国國Guo 华華Hua 兰蘭Lan 龙龍Long 凤鳳Feng 宾賓Bin "
    "岚嵐Lan 岭嶺Ling 鹏鵬Peng 颖穎Ying 涛濤Tao"
)
CITIES = ("上海", "北京", "广州", "深圳", "成都", "武汉", "南京", "杭州")
NOON = datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=8)))
TIMES = (
    timedelta(),
    timedelta(minutes=20),
    timedelta(hours=-5),
    timedelta(days=1, microseconds=-1),
    timedelta(days=1),
    timedelta(days=-1),
    timedelta(days=2, hours=3),
)
"""Around noon; windows last a day, and exactly a day apart is out."""
SCENARIOS = ("sales", "sales", "sales/newbiz", "service", "")
VARIANTS = 96
NAMES = 8_000
"""After so many people names begin again."""
STEP, PRIME = 61_803_399, 99_999_989
"""A mobile ends with a multiple of STEP modulo PRIME. So nobody shares one, and namesakes' differ in three digits or more. With
digits by chance, two of 200,000 people were one digit from a namesake, and the service is right to flag those."""


def a_person(number: int, variant: int) -> dict[str, Any]:
    """Mobile, mailbox and name are this person's own; the variant is how they are written."""
    forms = _name(number)
    digest = blake2b(f"person {number}".encode(), digest_size=8).digest()
    digits = f"13{5 + digest[0] % 5}{(number + 1) * STEP % PRIME:08d}"
    phones = (
        digits,
        f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}",
        f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
        f"0086{digits}",
        digits.translate(_FULL_WIDTH),
    )
    mailbox = f"{_letters(digest[1:])}@{_letters(digest[4:])}.cn"
    mailboxes = (mailbox, mailbox.upper(), f" {mailbox} ", mailbox.title())
    body = {
        "name": forms[variant % len(forms)],
        "phone": phones[variant // 3 % len(phones)],
        "email": mailboxes[variant // 5 % len(mailboxes)],
    }
    if variant % 4 == 1:
        body["address"] = f"{CITIES[number % len(CITIES)]}市"
    return body


def _name(number: int) -> tuple[str, str, str]:
    parts = [SURNAMES.split()[number % 20], GIVEN.split()[number // 20 % 20], GIVEN.split()[number // 400 % 20]]
    simple, traditional = "".join(part[0] for part in parts), "".join(part[1] for part in parts)
    family, first, second = (part[2:] for part in parts)
    return simple, traditional, f"{family} {first}{second.lower()}"


_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def _letters(digest: bytes) -> str:
    return "".join(chr(ord("a") + byte % 26) for byte in digest) + "x"


def entered(
    customer: int, request: str, chance: random.Random, row: bool, mixed: bool, source: str = "crm"
) -> dict[str, Any]:
    """One department's entry: a row that it has already (``row``), or a question before it inserts one.

    ``mixed``: in one of several scenarios, at one of several times; otherwise all mean the same business.
    """
    at = NOON + (chance.choice(TIMES) if mixed else timedelta())
    return {
        **a_person(customer, chance.randrange(VARIANTS)),
        **({"external_id": request} if row else {}),
        "scenario": chance.choice(SCENARIOS) if mixed else "sales",
        "occurred_at": at.isoformat(),
        "source_system": source,
        "object_type": "lead",
        "url": Tag(customer, request).url,
    }
