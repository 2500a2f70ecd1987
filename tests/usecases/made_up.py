"""A customer list made up from a seed: persons and companies, some of them again under another spelling, in order of time."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

COLUMNS = ("id", "source", "kind", "name", "company", "phone", "email", "city", "scenario", "occurred_at")
_FAMILIES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑"
_GIVEN = "伟芳娜敏静丽强军洋勇艳杰涛明超霞平刚桂英"
_BRANDS = "华信金桥远大新宇东方长城万达天成瑞丰恒通"
_TRADES = ("科技", "贸易", "物流", "电子", "医药")
_CITIES = ("上海", "北京", "杭州", "成都", "广州")


def rows(count: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """A fifth repeat an earlier row, a few hours or many days later; master data has no time of its own, now and then."""
    chance = random.Random(seed)
    earlier: list[dict[str, str]] = []
    for number in range(count):
        if earlier and chance.random() < 0.2:
            row = _again(chance, chance.choice(earlier[-40:]))
        else:
            row = _company(chance) if chance.random() < 0.4 else a_person(chance)
        row |= {"id": f"C-{number}", "source": chance.choice(("crm", "shop"))}
        row["scenario"] = chance.choice(("", "sales/new", "sales/new", "service"))
        day, hour = divmod(number, 24)
        row["occurred_at"] = f"2025-{1 + day // 28:02}-{1 + day % 28:02} {hour:02}:30"
        if not row["scenario"] and chance.random() < 0.3:
            row["occurred_at"] = ""
        earlier.append(row)
        yield {column: row.get(column, "") for column in COLUMNS}


def a_person(chance: random.Random) -> dict[str, str]:
    name = chance.choice(_FAMILIES) + "".join(chance.sample(_GIVEN, 2))
    phone = f"13{chance.randrange(10**9):09}"
    return {
        "kind": "person",
        "name": name,
        "phone": phone,
        "email": f"u{phone[3:]}@qq.com",
        "city": chance.choice(_CITIES),
    }


def _company(chance: random.Random) -> dict[str, str]:
    city, brand = chance.choice(_CITIES), "".join(chance.sample(_BRANDS, 2))
    name = f"{city}{brand}{chance.choice(_TRADES)}有限公司"
    return {"kind": "company", "company": name, "phone": f"021-{chance.randrange(5 * 10**7, 7 * 10**7)}", "city": city}


def _again(chance: random.Random, row: dict[str, str]) -> dict[str, str]:
    """The same customer told once more: a phone spaced out, an e-mail left out, a legal form in full."""
    told = {**row, "phone": f"+86 {row['phone']}" if row["kind"] == "person" else row["phone"]}
    if chance.random() < 0.5:
        told["email"] = ""
    if "company" in told:
        told["company"] = told["company"].replace("有限公司", "有限责任公司")
    return told


def write(path: Path, made: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(made)
    return path
