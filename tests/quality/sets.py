"""The data sets of the campaign: the ones that lie in a folder, and further seeds made by its generator."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PUBLIC = ("febrl1", "febrl3", "fake_1000", "restaurants", "chicago")
PROFILES = ("crm_cn", "crm_intl")
SHIPPED_SEED = 1
OWN_SEEDS = (101, 202, 303, 404)
"""Nothing was looked at in these while the rules were written."""
RECORDS, SMALL = 20_000, 4_000
SMALL_SEED = 505


@dataclass(frozen=True, slots=True)
class DataSet:
    name: str
    folder: Path
    profile: str = ""
    """Of the generator; empty for a public set."""
    seed: int = 0


class Data:
    """The folder with data/, metrics.py and synth.py, and the place where generated sets are kept."""

    def __init__(self, folder: Path, kept: Path) -> None:
        missing = [name for name in ("data", "metrics.py", "synth.py", "README.md") if not (folder / name).exists()]
        if missing:
            raise SystemExit(
                f"The accuracy campaign needs the folder of data sets, and {folder} has no {', '.join(missing)}.\n"
                "Name another one: make quality DATA=FOLDER"
            )
        self.folder, self.kept = folder, kept

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.py"

    def public(self) -> list[DataSet]:
        return [DataSet(name, self.folder / "data" / name) for name in PUBLIC]

    def seeds(self, profile: str) -> list[DataSet]:
        shipped = DataSet(profile, self.folder / "data" / profile, profile, SHIPPED_SEED)
        return [shipped, *(self.generated(profile, RECORDS, seed) for seed in OWN_SEEDS)]

    def small(self) -> list[DataSet]:
        """What the ablation runs on: it has dozens of runs to make."""
        fast = [one for one in self.public() if one.name != "febrl3"]
        return [*fast, *(self.generated(profile, SMALL, SMALL_SEED) for profile in PROFILES)]

    def generated(self, profile: str, records: int, seed: int) -> DataSet:
        return DataSet(f"{profile} {seed}", self.kept / f"{profile}-{records}-{seed}", profile, seed)

    def ensure(self, data: DataSet) -> None:
        """Generates the set if it is not there yet; a broken run leaves nothing that would be taken for one."""
        if data.folder.exists() or not data.profile:
            return
        count = data.folder.name.split("-")[1]
        partial = data.folder.with_name(f"{data.folder.name}.partial")
        command = [sys.executable, str(self.folder / "synth.py"), "--profile", data.profile, "--n", count]
        subprocess.run([*command, "--seed", str(data.seed), "--out", str(partial)], check=True, capture_output=True)
        partial.rename(data.folder)
