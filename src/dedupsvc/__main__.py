"""The entry point of the `dedupsvc` command."""

from __future__ import annotations


def main() -> None:
    from dedupsvc.cli.app import app

    app()


if __name__ == "__main__":
    main()
