"""Who reads Chinese and who English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.api import locale
from tests.api.stand_in import StandIn, a_client


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ZH", "zh"),
        ("zh_TW", "zh"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=0", ""),
        ("fr", ""),
        ("zha", ""),
        ("", ""),
        ("zh;q=much", ""),
    ],
)
def test_the_language_the_header_likes_best(header: str, language: str) -> None:
    assert locale.from_accept_language(header) == language


@given(st.text(max_size=300))
def test_no_header_breaks_it(header: str) -> None:
    assert locale.from_accept_language(header) in ("zh", "en", "")


@pytest.mark.parametrize(
    ("asked", "header", "settings", "language"),
    [
        ("zh-Hans-CN", "en", "en", "zh"),
        ("en", "zh", "zh", "en"),
        ("fr", "zh", "zh", "en"),
        (None, "zh", "en", "zh"),
        ("", "zh", "en", "zh"),
        (None, "fr", "zh", "zh"),
        (None, "fr", "en", "en"),
    ],
)
async def test_the_body_goes_before_the_header_and_that_before_the_settings(
    asked: str | None, header: str, settings: str, language: str
) -> None:
    service = StandIn()
    async with a_client(service, locale=settings) as client:
        await client.post("/match", json={"name": "a", "locale": asked}, headers={"Accept-Language": header})
    assert service.given[1].envelope.locale == language
