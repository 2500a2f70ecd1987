"""Write the settings table of the README files between its two markers (`make readme`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from dedupsvc.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
BEGIN = "<!-- settings: written by `make readme` -->"
END = "<!-- end of settings -->"


def settings_table() -> str:
    """A row for each field of Settings: variable, default as one would write it, description."""
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows()])


def rows() -> Iterator[str]:
    prefix = Settings.model_config["env_prefix"]
    for name, field in Settings.model_fields.items():
        default = field.default if isinstance(field.default, str) else json.dumps(field.default)
        shown = f"`{default}`" if default else "empty"
        yield f"| `{prefix}{name.upper()}` | {shown} | {field.description} |"


def with_table(text: str) -> str:
    """The README's text with the table between the markers replaced; a file without markers is an error."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the markers {BEGIN} and {END} are needed")
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"


def main() -> int:
    for path in READMES:
        path.write_text(with_table(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
