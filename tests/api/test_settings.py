"""Settings come from the environment, are checked at once, and never change."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dedupsvc.settings import Settings


def test_the_defaults_start_a_service_out_of_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEDUPSVC_DATABASE_URL", raising=False)
    settings = Settings()
    assert settings.database_url == "sqlite:///dedupsvc.sqlite3"
    assert not settings.dev_open


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUPSVC_DEV_OPEN", "1")
    monkeypatch.setenv("DEDUPSVC_CLAIM_SECONDS", "90")
    monkeypatch.setenv("DEDUPSVC_NO_SUCH_THING", "1")
    settings = Settings()
    assert settings.dev_open
    assert settings.claim_seconds == 90


@pytest.mark.parametrize(
    "url", ["sqlite:///a.sqlite3", "sqlite:////var/a.sqlite3", "postgresql://u:p@h:5432/d?sslmode=require"]
)
def test_two_engines_are_known(url: str) -> None:
    assert Settings(database_url=url).database_url == url


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("postgresql+asyncpg://u:Xq7marker@h/d", "driver"),
        ("sqlite+aiosqlite:///a", "driver"),
        ("mysql://u:Xq7marker@h/d", "expected"),
        ("postgres://u:Xq7marker@h/d", "expected"),
        ("sqlite:///", "expected"),
        ("postgresql://", "expected"),
        ("", "expected"),
    ],
)
def test_any_other_is_refused_without_showing_its_password(url: str, word: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(database_url=url)
    assert word in str(refused.value)
    assert "Xq7marker" not in str(refused.value)


def test_the_password_is_not_shown_when_settings_are() -> None:
    assert "Xq7marker" not in repr(Settings(database_url="postgresql://u:Xq7marker@h/d"))


def test_they_never_change() -> None:
    with pytest.raises(ValidationError):
        Settings().dev_open = True


def test_each_one_is_described() -> None:
    assert [name for name, found in Settings.model_fields.items() if not found.description] == []
