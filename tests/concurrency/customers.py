"""Customers as several departments write them down: the same person in other letters, digits and cases."""

from __future__ import annotations

from typing import Any

NAMES = (
    ("张伟", "張偉", "Zhang Wei"),
    ("刘洋", "劉洋", "Liu Yang"),
    ("陈静", "陳靜", "Chen Jing"),
    ("赵丽", "趙麗", "Zhao Li"),
    ("吴刚", "吳剛", "Wu Gang"),
    ("孙娜", "孫娜", "Sun Na"),
    ("马俊", "馬俊", "Ma Jun"),
    ("杨帆", "楊帆", "Yang Fan"),
    ("黄磊", "黃磊", "Huang Lei"),
    ("许峰", "許峰", "Xu Feng"),
)


def a_customer(number: int, variant: int, **envelope: Any) -> dict[str, Any]:
    """The customer of this number, in one of 48 ways to write it; mobile, mailbox and name are nobody else's."""
    digits = f"{138 + number % 2}{(number * 7_654_321 + 12_345_678) % 100_000_000:08d}"
    phones = (
        digits,
        f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}",
        f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
        f"0086{digits}",
    )
    mailbox = f"buyer.{number:04d}@huaxin{number:04d}.cn"
    mailboxes = (mailbox, mailbox.upper(), mailbox.title(), f" {mailbox} ")
    names = NAMES[number % len(NAMES)]
    return {
        "name": names[variant % len(names)],
        "phone": phones[variant % len(phones)],
        "email": mailboxes[variant // 4 % len(mailboxes)],
        "source_system": "crm",
        "object_type": "lead",
        "scenario": "sales",
        "occurred_at": "2026-01-05T09:30:00+08:00",
        **envelope,
    }
