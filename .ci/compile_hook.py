"""Compiles the modules named below to C while a wheel is built, if DEDUPSVC_COMPILE=1; otherwise it does nothing.

The wheel holds both: the extension, which Python prefers, and the source beside it, which tracebacks quote. The sources
themselves stay alone in src/, so what is edited there is what runs there.
"""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("src")
COMPILED = (
    "dedupsvc/core/**/*.py",
    "dedupsvc/usecases/answering.py",
    "dedupsvc/usecases/disposition.py",
    "dedupsvc/usecases/examine.py",
    "dedupsvc/usecases/gathering.py",
    "dedupsvc/usecases/ids.py",
    "dedupsvc/usecases/ingest.py",
    "dedupsvc/usecases/mapping.py",
    "dedupsvc/usecases/match.py",
    "dedupsvc/usecases/outcome.py",
    "dedupsvc/usecases/prepare.py",
    "dedupsvc/adapters/codec.py",
    "dedupsvc/adapters/parcels.py",
    "dedupsvc/adapters/sql/holders.py",
    "dedupsvc/adapters/sql/rows.py",
    "dedupsvc/adapters/sql/search.py",
    "dedupsvc/adapters/sql/search_lite.py",
    "dedupsvc/api/admission.py",
    "dedupsvc/api/auth.py",
    "dedupsvc/api/body.py",
    "dedupsvc/api/middleware.py",
    "dedupsvc/api/translate.py",
)
"""What a request runs through, below src/. A module that is hot is added here by a line."""
INTERPRETED = {
    "dedupsvc/core/record.py": "dataclasses and NamedTuples, nothing to compute; compiled, they lose their slots",
    "dedupsvc/core/entity.py": "as record.py",
    "dedupsvc/core/errors.py": "exceptions, which are raised and caught and nothing else",
    "dedupsvc/core/rules/*.py": "pydantic reads the classes' annotations and builds them anew",
    "dedupsvc/core/survivorship/*.py": "a NamedTuple with a field of type object cannot be imported when compiled",
    "dedupsvc/core/estimate.py": "not of a request: learning weights from labels",
    "dedupsvc/core/labelling.py": "not of a request: asking for labels",
    "dedupsvc/core/measure.py": "not of a request: measuring accuracy",
    "dedupsvc/core/merge.py": "of POST /merge only, which a person waits for",
    "dedupsvc/core/validation.py": "not of a request: judging what was learned",
}
"""What the patterns above take in and is left as it is, and why."""


def modules(source: Path = SOURCE) -> Iterator[Path]:
    """The files to compile. A package that only has a docstring has nothing in it to compile."""
    for path in sorted({path for pattern in COMPILED for path in source.glob(pattern)}):
        name = path.relative_to(source)
        empty = path.name == "__init__.py" and len(path.read_text("utf-8").splitlines()) < 2
        if not empty and not any(name.match(pattern) for pattern in INTERPRETED):
            yield path


class CompileHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if os.environ.get("DEDUPSVC_COMPILE") != "1" or version == "editable":
            return
        self._made = TemporaryDirectory(prefix="dedupsvc-compiled-")
        built = Path(self._made.name) / "built"
        os.chdir(self.root)
        compile_to(built, Path(self._made.name) / "c")
        for path in built.rglob("*"):
            if path.is_file():
                build_data["force_include"][str(path)] = path.relative_to(built).as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "_made"):
            self._made.cleanup()


def compile_to(built: Path, generated: Path) -> None:
    """Extensions in ``built``, laid out like src/; C and objects, of use to nobody later, in ``generated``."""
    use_compiler(generated)
    from setuptools import Distribution

    try:
        from mypyc.build import mypycify
    except ImportError:
        raise SystemExit("Compiling needs mypy and setuptools: install requirements-compile.lock.") from None
    # One group, one C file: calls between its modules are calls in C, and the slowest part is compiled once.
    extensions = mypycify(
        [str(path) for path in modules()],
        opt_level="3",
        debug_level="0",
        target_dir=str(generated),
        group_name="dedupsvc",
    )
    for extension in extensions:
        # A warning is for whoever writes the C; another compiler than theirs may have more to say.
        extension.extra_compile_args = [flag for flag in extension.extra_compile_args if flag != "-Werror"]
        if sys.platform == "linux":
            extension.extra_link_args.append("-Wl,-s")
    command: Any = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.parallel = str(built), str(generated), os.cpu_count()
    command.ensure_finalized()
    command.run()


def use_compiler(cache: Path) -> None:
    """Names the C compiler to setuptools: CC, else one that is installed, else the one that comes as a wheel."""
    include = Path(sysconfig.get_path("include"))
    if not (include / "Python.h").exists():
        raise SystemExit(f"Compiling needs {include}/Python.h: install python3-dev (on Fedora python3-devel).")
    if "CC" in os.environ:
        return
    if installed := next(filter(which, ("cc", "gcc", "clang")), None):
        os.environ["CC"] = installed
    elif find_spec("ziglang"):
        # Left to itself it makes code for this very processor, which another one may not understand.
        zig = f"{shlex.quote(sys.executable)} -m ziglang cc -mcpu=baseline"
        shared = "-bundle -undefined dynamic_lookup" if sys.platform == "darwin" else "-shared"
        caches = {f"ZIG_{kind}_CACHE_DIR": str(cache / "zig") for kind in ("GLOBAL", "LOCAL")}
        os.environ.update(CC=zig, LDSHARED=f"{zig} {shared}", **caches)
    else:
        raise SystemExit("Compiling needs a C compiler: install gcc, clang or what requirements-compile.lock names.")
