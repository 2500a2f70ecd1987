"""A disk that can be filled: a small tmpfs where one may be mounted, else a limit on the size of what the processes write."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.world import World

SIZE = {"sqlite": "48m", "postgresql": "256m"}
BLOCK = 64 * 1024


@dataclass
class Disk:
    """Where a campaign's database lies. It knows the campaign's processes only once they run."""

    folder: Path
    is_tmpfs: bool
    _pids: list[int] = field(default_factory=list)
    _world: World | None = None

    @property
    def means(self) -> str:
        return "a small tmpfs" if self.is_tmpfs else "RLIMIT_FSIZE of the processes that write"

    def found(self, world: World) -> None:
        self._world = world

    def fill(self) -> None:
        if not self.is_tmpfs:
            self._limit(BLOCK)
            return
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            size = BLOCK
            while size >= 512:
                try:
                    filler.write(b"\0" * size)
                except OSError:
                    size //= 2

    def empty(self) -> None:
        if self.is_tmpfs:
            (self.folder / "filler").unlink()
        else:
            self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        assert self._world is not None
        postgres = self._world.postgres
        pids = self._world.server.worker_pids() if postgres is None else [postgres.pid, *children_of(postgres.pid)]
        for pid in pids:
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def a_small_disk(engine: str) -> Iterator[Disk]:
    folder = Path(tempfile.mkdtemp(prefix="dedupsvc-disk-"))
    folder.chmod(0o755)
    options = f"size={SIZE[engine]},mode=755"
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, stderr=subprocess.DEVNULL
    ).returncode  # fmt: skip
    try:
        yield Disk(folder, bool(mounted))
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
