"""The image is built from the sources alone, runs unprivileged, and writes only below /data."""

from __future__ import annotations

import json
import re
import shlex
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import pytest

from dedupsvc.settings import Settings

ROOT = Path(__file__).parents[2]
SECRETS = ["dedupsvc.sqlite3", "dedupsvc.sqlite3-wal", "dedupsvc.key", "src/dedupsvc/a.sqlite3", "alembic/old.key"]
NOT_SENT = [".git/config", ".venv/bin/python", ".env", "tests/conftest.py", "dist/old.whl", "src/a/__pycache__/a.pyc"]
FILE_SETTINGS = {"database_url", "hash_key_file", "import_folder"}


class Instruction(NamedTuple):
    name: str
    said: str

    @property
    def words(self) -> list[str]:
        """The arguments of an exec form; of anything else, what a shell would make of it."""
        return [str(word) for word in json.loads(self.said)] if self.said.startswith("[") else shlex.split(self.said)


def stages() -> list[list[Instruction]]:
    """The instructions of the Dockerfile by stage, comments left out and continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    found: list[list[Instruction]] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            instruction = Instruction(*line.split(maxsplit=1))
            if instruction.name == "FROM":
                found.append([])
            found[-1].append(instruction)
    return found


def final(name: str) -> list[Instruction]:
    return [instruction for instruction in stages()[-1] if instruction.name == name]


def only(name: str) -> Instruction:
    (instruction,) = final(name)
    return instruction


def is_sent(path: str) -> bool:
    """Whether the builder gets a file: the last pattern of .dockerignore that names it or a folder above it decides."""
    above = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
    sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.removeprefix("!")
        if pattern and not pattern.startswith("#") and any(names(pattern, each) for each in above):
            sent = line.startswith("!")
    return sent


def names(pattern: str, path: str) -> bool:
    """`**/` stands for any depth; without it a pattern's segments are the path's, from the root on."""
    if pattern.startswith("**/"):
        return fnmatchcase(path.rpartition("/")[2], pattern[3:])
    return path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)


def test_the_service_is_not_root_and_has_a_fixed_number() -> None:
    user, _, group = only("USER").said.partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    assert any(f"--uid {user} " in run.said for run in final("RUN"))


def test_nothing_runs_after_the_user_is_set_that_needs_another() -> None:
    after = stages()[-1][stages()[-1].index(only("USER")) :]
    assert {instruction.name for instruction in after} <= {"USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def test_the_program_gets_the_signals_as_no_shell_is_between() -> None:
    assert only("ENTRYPOINT").words == ["dedupsvc"]
    assert only("ENTRYPOINT").said.startswith("[")
    assert only("CMD").said.startswith("[")
    assert only("CMD").words[:2] == ["serve", "--migrate"]


def test_health_is_asked_of_the_database_too_without_a_shell_and_without_curl() -> None:
    options, _, command = only("HEALTHCHECK").said.partition("CMD ")
    program, *arguments = Instruction("CMD", command).words
    assert "--start-period=" in options
    assert command.startswith("[")
    assert program.endswith("/bin/python")
    compile(arguments[-1], "healthcheck", "exec")
    port = only("CMD").words[only("CMD").words.index("--port") + 1]
    assert f":{port}/readyz" in arguments[-1]
    assert only("EXPOSE").said == port


def test_all_stages_stand_on_one_named_version_of_one_image() -> None:
    images = {stage[0].words[0] for stage in stages()}
    assert len(stages()) > 1
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.\d+-slim(-\w+)?", images.pop())


def test_no_instruction_fetches_or_unpacks_by_itself() -> None:
    assert {instruction.name for stage in stages() for instruction in stage}.isdisjoint({"ADD", "ONBUILD"})


def test_whatever_is_installed_from_an_index_is_verified_by_hash() -> None:
    commands = [
        command
        for stage in stages()
        for run in stage
        if run.name == "RUN"
        for command in run.said.split("&&")
        if " install " in command and "pip" in command
    ]
    assert len(commands) == 3
    assert all("--require-hashes" in command or "--no-index" in command for command in commands)


def test_the_final_stage_takes_only_the_environment_and_loses_pip() -> None:
    assert [copy.words[0] for copy in final("COPY")] == ["--from=builder"]
    assert any(run.said.startswith("pip uninstall") and " pip " in run.said for run in final("RUN"))


def test_the_package_is_compiled_and_what_compiles_stays_in_the_builder() -> None:
    commands = [command for run in stages()[0] if run.name == "RUN" for command in run.said.split("&&")]
    (installed,) = [shlex.split(command) for command in commands if "requirements-compile.lock" in command]
    (built,) = [shlex.split(command) for command in commands if "hatchling build" in command]
    target = installed[installed.index("--target") + 1]
    assert {"DEDUPSVC_COMPILE=1", f"PYTHONPATH={target}"} <= set(built)
    assert not target.startswith("/")
    (workdir,) = [each.said for each in stages()[0] if each.name == "WORKDIR"]
    taken = [source for copy in final("COPY") for source in copy.words if not source.startswith("--")]
    assert [path for path in taken if f"{workdir}/{target}".startswith(path)] == []


def test_everything_that_is_written_is_below_the_volume() -> None:
    (volume,) = only("VOLUME").words
    assert only("WORKDIR").said == volume
    environment = dict(pair.split("=", 1) for each in final("ENV") for pair in each.words)
    assert environment["TMPDIR"] == volume
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert not any(name.startswith("DEDUPSVC_") for name in environment)
    for setting in FILE_SETTINGS:
        default = str(Settings.model_fields[setting].default).removeprefix("sqlite:///")
        assert not Path(default).is_absolute()


def test_each_setting_that_names_a_file_is_known_here() -> None:
    texts = {name: field.default for name, field in Settings.model_fields.items() if isinstance(field.default, str)}
    assert {name for name, default in texts.items() if "dedupsvc" in default} == FILE_SETTINGS


def test_the_builder_gets_all_that_it_copies() -> None:
    copied = [source for copy in stages()[0] if copy.name == "COPY" for source in copy.words[:-1]]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists() or not is_sent(source)] == []
    assert is_sent("src/dedupsvc/core/judge.py")
    assert not is_sent(".ci/run")


@pytest.mark.parametrize("path", [*NOT_SENT, *SECRETS])
def test_no_history_test_database_or_key_is_sent_to_the_builder(path: str) -> None:
    assert not is_sent(path)
