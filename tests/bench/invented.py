"""Plain made-up customers for a checkout without the evaluation's generator: fewer kinds of error, the same files."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FAMILIES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华文辉玲建国志红梅"
_CITIES = (("上海市", "上海市"), ("广东省", "深圳市"), ("浙江省", "杭州市"), ("江苏省", "南京市"), ("四川省", "成都市"))
_ROADS = ["中山路", "人民路", "解放路", "建设路", "和平路", "新华路", "长江路", "黄河路", "文化路", "朝阳路"]
_TRADES = ["科技", "贸易", "网络科技", "实业", "电子", "信息技术", "机械", "食品", "医药", "文化传媒"]
_COLUMNS = [
    "id",
    "source",
    "kind",
    "name",
    "company",
    "email",
    "phone",
    "address",
    "city",
    "region",
    "occurred_at",
    "scenario",
]
_START = datetime(2025, 1, 1, tzinfo=UTC)


def write(out: Path, count: int, dup_rate: float, seed: int) -> None:
    """`records.csv` in order of arrival and `truth.csv`, as the evaluation's data sets have them."""
    chance = random.Random(seed)
    known: list[tuple[str, dict[str, str]]] = []
    out.mkdir(parents=True)
    with (
        (out / "records.csv").open("w", encoding="utf-8", newline="") as records,
        (out / "truth.csv").open("w", encoding="utf-8", newline="") as truth,
    ):
        rows, clusters = csv.DictWriter(records, _COLUMNS), csv.writer(truth)
        rows.writeheader()
        clusters.writerow(("id", "cluster"))
        for place in range(count):
            if known and chance.random() < dup_rate:
                cluster, customer = chance.choice(known)
                customer = _corrupted(customer, chance)
            else:
                cluster, customer = f"C{seed}-{place}", _customer(chance)
                known.append((cluster, customer))
            at = (_START + timedelta(minutes=place)).isoformat()
            rows.writerow(
                {**customer, "id": f"R{seed}-{place}", "source": chance.choice(["crm", "shop"]), "occurred_at": at}
            )
            clusters.writerow((f"R{seed}-{place}", cluster))


def _customer(chance: random.Random) -> dict[str, str]:
    name = chance.choice(_FAMILIES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2))))
    region, city = chance.choice(_CITIES)
    customer = {
        "kind": "person",
        "name": name,
        "email": f"{chance.randrange(10**8, 10**10)}@qq.com",
        "phone": f"1{chance.choice('3578')}{chance.randrange(10**8, 10**9)}",
        "address": f"{city}{chance.choice(_ROADS)}{chance.randrange(1, 2000)}号{chance.randrange(101, 2900)}室",
        "city": city,
        "region": region,
        "scenario": chance.choice(("sales", "service", "sales/web")),
    }
    if chance.random() < 0.3:
        shop = "".join(chance.choices(_GIVEN, k=2))
        customer |= {"kind": "company", "company": f"{city[:2]}{shop}{chance.choice(_TRADES)}有限公司", "name": ""}
    return customer


def _corrupted(customer: dict[str, str], chance: random.Random) -> dict[str, str]:
    """One field gone, and now and then one digit wrong."""
    copy = dict(customer)
    copy[chance.choice(("email", "phone", "address"))] = ""
    if copy["phone"] and chance.random() < 0.3:
        place = chance.randrange(3, len(copy["phone"]))
        copy["phone"] = copy["phone"][:place] + chance.choice("0123456789") + copy["phone"][place + 1 :]
    return copy
