"""The hash key: one secret per database, in a file that only its owner can read."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dedupsvc import bootstrap
from dedupsvc.adapters import crypto
from dedupsvc.core.errors import StoreUnsafe
from dedupsvc.settings import Settings


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "key"
    secret = crypto.read_or_make(path)
    assert len(secret) == crypto.LENGTH
    assert crypto.read_or_make(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["key"]
    assert crypto.read_or_make(tmp_path / "other") != secret


def test_processes_that_make_the_key_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "key"
    script = (
        "import sys; from pathlib import Path; from dedupsvc.adapters.crypto import read_or_make; sys.stdin.read(1); "
        "print(read_or_make(Path(sys.argv[1])).hex())"
    )
    command = [sys.executable, "-c", script, str(path)]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    told = {process.communicate()[0].strip() for process in started}
    assert told == {path.read_text().strip()}
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("content", ["", "00" * 31, "00" * 33, "zz" * 32, "\x00" * 64, "é" * 64])
def test_a_file_that_holds_no_key_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(StoreUnsafe):
        crypto.read_or_make(path)
    assert path.read_text(encoding="latin-1") == content


def test_a_key_made_by_hand_with_spaces_around_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"\n {'AB' * 32} \r\n")
    assert crypto.read_or_make(path) == b"\xab" * 32


def test_the_check_tells_keys_apart_without_telling_them() -> None:
    one, other = b"\x01" * 32, b"\x02" * 32
    assert crypto.check_value(one) == crypto.check_value(one)
    assert crypto.check_value(one) != crypto.check_value(other)
    assert one.hex() not in crypto.check_value(one)


async def test_a_database_filled_with_another_key_is_not_opened(database_url: str, tmp_path: Path) -> None:
    def settings(name: str) -> Settings:
        return Settings(database_url=database_url, hash_key_file=str(tmp_path / name), dev_open=True, pool_size=1)

    await bootstrap.migrate(settings("key"))
    for refused in (bootstrap.open_service, bootstrap.migrate):
        with pytest.raises(StoreUnsafe, match="hash key"):
            await refused(settings("another"))
    service = await bootstrap.open_service(settings("key"))
    await service.aclose()


async def test_services_that_open_a_database_at_once_agree_on_its_key(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, hash_key_file=str(tmp_path / "key"), dev_open=True, pool_size=1)
    await bootstrap.migrate(settings)
    services = await asyncio.gather(*(bootstrap.open_service(settings) for _ in range(4)))
    assert len({service.resources.secret for service in services}) == 1
    for service in services:
        await service.aclose()
