"""What /match says, in Chinese and in English, of a match, a possible and two vetoes: real answers to made-up customers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx

from dedupsvc import bootstrap
from dedupsvc.api.app import create_app
from dedupsvc.core.fields import LABELS
from dedupsvc.settings import Settings

Customer = dict[str, Any]
BEFORE, NOW = "2026-03-02T09:00:00+08:00", "2026-03-02T11:30:00+08:00"
LOCALES = ("zh", "en")


class Scene(NamedTuple):
    title: str
    stored: Customer
    submitted: Customer


SCENES = (
    Scene(
        "A match: one person, written in two ways",
        {
            "name": "欧阳晓明",
            "phone": "136 1111 2222",
            "email": "ouyang.xm@huaxin-tech.cn",
            "company_name": "上海华信科技有限公司",
        },
        {"name": "Ouyang Xiaoming", "phone": "+86-13611112222", "company_name": "华信科技"},
    ),
    Scene(
        "A possible: one name at one switchboard may be two colleagues",
        {"name": "张伟", "phone": "0571-8888 6666", "company_name": "杭州云海科技有限公司"},
        {"name": "张伟", "phone": "0571-8888 6666 转 302", "company_name": "云海科技"},
    ),
    Scene(
        "A veto that leaves no doubt: a branch is not the company",
        {
            "party_type": "company",
            "company_name": "杭州云海科技有限公司",
            "phone": "0571-8888 6666",
            "website": "yunhai-tech.cn",
            "identifiers": [{"scheme": "uscc", "value": "91330106MA2KCJ6Q7H", "country": "CN"}],
        },
        {
            "party_type": "company",
            "company_name": "杭州云海科技有限公司上海分公司",
            "phone": "0571-8888 6666",
            "website": "yunhai-tech.cn",
        },
    ),
    Scene(
        "A veto that a steward looks at: two valid resident ids are two persons",
        {
            "name": "刘洋",
            "phone": "138 0571 4467",
            "identifiers": [{"scheme": "resident_id", "value": "11010519491231002X", "country": "CN"}],
        },
        {
            "name": "刘洋",
            "phone": "138 0571 4467",
            "identifiers": [{"scheme": "resident_id", "value": "440524188001010014", "country": "CN"}],
        },
    ),
)


class Answered(NamedTuple):
    title: str
    stored: Customer
    submitted: Customer
    answers: dict[str, dict[str, Any]]
    """By locale."""


async def answered(scenes: Sequence[Scene] = SCENES) -> list[Answered]:
    return [await _answered(scene) for scene in scenes]


async def _answered(scene: Scene) -> Answered:
    """One scene in a store of its own, over HTTP."""
    with tempfile.TemporaryDirectory(prefix="dedupsvc-explained-") as folder:
        url, key = f"sqlite:///{Path(folder, 'd.sqlite3')}", str(Path(folder, "key"))
        settings = Settings(database_url=url, hash_key_file=key, import_folder=folder, dev_open=True)
        await bootstrap.migrate(settings)
        app = create_app(lambda: bootstrap.open_service(settings), settings)
        transport = httpx.ASGITransport(app=cast(Any, app))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            envelope = {"source_system": "crm", "scenario": "sales"}
            row = {
                **scene.stored,
                **envelope,
                "external_id": "K-1",
                "department_name": "华东销售部",
                "occurred_at": BEFORE,
            }
            (await client.post("/ingest", json=row)).raise_for_status()
            answers = {}
            for locale in LOCALES:
                asked = {**scene.submitted, **envelope, "occurred_at": NOW, "locale": locale}
                answers[locale] = (await client.post("/match", json=asked)).raise_for_status().json()
    return Answered(scene.title, scene.stored, scene.submitted, answers)


def section(scenes: Sequence[Answered]) -> list[str]:
    """The answers as Markdown."""
    lines = [
        "## In words",
        "",
        "Answers of `/match` to made-up customers: the sentence, then the explanation with its match weights.",
        "",
    ]
    for scene in scenes:
        lines += [
            f"### {scene.title}",
            "",
            f"Stored: {_said(scene.stored)}  ",
            f"Submitted: {_said(scene.submitted)}",
            "",
        ]
        for locale, answer in scene.answers.items():
            lines.append(f"- {locale}, `{answer['decision']}`: {answer['message']}")
            if answer["explanation"]:
                steps = "; ".join(f"{_step(row, locale)} ({row['weight']:+.1f})" for row in answer["explanation"])
                lines.append(f"  - {steps}; in all {answer['match_weight']:+.1f}, score {answer['score']:.3f}")
            limits = [f"`{code}`" for found in answer["candidates"][:1] for code in found["limits"]]
            if limits:
                lines.append(f"  - limits: {', '.join(limits)}")
        lines.append("")
    return lines


def _step(row: Mapping[str, str], locale: str) -> str:
    if not row["field"]:
        return row["label"]
    chinese, english = LABELS[row["field"]]
    return f"{chinese}：{row['label']}" if locale == "zh" else f"{english}: {row['label']}"


def _said(customer: Customer) -> str:
    """The values, which are all that a reader needs to see."""
    return ", ".join(
        text if isinstance(text, str) else "".join(str(one["value"]) for one in text)
        for name, text in customer.items()
        if name != "party_type"
    )
