"""The report of an evaluation: one HTML file that a person can look at."""

from __future__ import annotations

from dedupsvc.cli.report.content import Told, content
from dedupsvc.cli.report.page import page

__all__ = ["Told", "content", "page"]
