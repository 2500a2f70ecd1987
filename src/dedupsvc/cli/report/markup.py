"""HTML and SVG as nested calls: text is escaped where it is put in, so no value of a record can become markup."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is markup already; every other text is escaped."""

    __slots__ = ()


_EMPTY_ELEMENTS = frozenset({"br", "line", "meta", "path", "polyline", "rect"})


def element(name: str, /, *children: object, **attributes: object) -> Markup:
    """One element. ``class_`` stands for class and an underscore for a hyphen; None leaves a child or an attribute out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY_ELEMENTS and not children:
        return Markup(f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{joined(*children)}</{name}>")


def joined(*children: object) -> Markup:
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(_plain(child)) for child in children if child is not None
        )
    )


def _plain(value: object) -> str:
    """Coordinates need no more than two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
