"""Reads a ruleset document, or says everything that is wrong with it, each problem with its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from dedupsvc.core.errors import RulesInvalid
from dedupsvc.core.rules.model import Ruleset


class _Said(NamedTuple):
    en: str
    zh: str

    def filled(self, details: Mapping[str, Any]) -> _Said:
        return _Said(self.en.format_map(details), self.zh.format_map(details))


_ACROSS = _Said(
    "Must be self, subtree, siblings, all, or a list of scenario paths.",
    "须为 self、subtree、siblings、all 之一，或场景路径的列表。",
)
_OBJECT = _Said("Must be an object.", "须为对象。")
_ONE_OF = _Said("Must be one of: {expected}.", "须为以下之一：{expected}。")
_OTHER = _Said("Is not valid.", "无效。")
_SAID = {
    "missing": _Said("Is required.", "必填。"),
    "extra_forbidden": _Said("Is not a part of a ruleset.", "不是规则集的组成部分。"),
    "string_type": _Said("Must be text.", "须为文本。"),
    "string_too_short": _Said("Must not be empty.", "不能为空。"),
    "string_too_long": _Said("Has more than {max_length} characters.", "超过 {max_length} 个字符。"),
    "float_type": _Said("Must be a number.", "须为数字。"),
    "finite_number": _Said("Must be a number.", "须为数字。"),
    "int_type": _Said("Must be a whole number.", "须为整数。"),
    "greater_than": _Said("Must be above {gt}.", "须大于 {gt}。"),
    "greater_than_equal": _Said("Must not be below {ge}.", "不能小于 {ge}。"),
    "less_than": _Said("Must be below {lt}.", "须小于 {lt}。"),
    "less_than_equal": _Said("Must not be above {le}.", "不能大于 {le}。"),
    "model_type": _OBJECT,
    "dict_type": _OBJECT,
    "tuple_type": _Said("Must be a list.", "须为列表。"),
    "too_long": _Said("Has more than {max_length} items.", "超过 {max_length} 项。"),
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "not_compared": _ONE_OF,
}
"""By pydantic's type of the error. Its own words would name Python's types and could repeat what was sent."""
_OURS_ZH = {
    "A length is a whole number and a unit: 30m, 24h, 7d, 2w.": "时长须为整数加单位，例如 30m、24h、7d、2w。",
    "This is not the IANA name of a time zone, such as Asia/Shanghai.": "不是有效的 IANA 时区名，例如 Asia/Shanghai。",
    "`possible` must not be above `match`.": "possible 不能大于 match。",
    "Two scenarios have the same path.": "两个场景的路径相同。",
    "A segment of the scenario is empty.": "场景路径中有空的一段。",
    "A scenario path has at least one segment.": "场景路径至少要有一段。",
    "A scenario has at most 8 segments.": "场景路径最多 8 段。",
    "Only fields of a customer have a strategy.": "只能为客户的字段指定策略。",
}
"""What the model itself says, by its English."""


def read_document(tree: object) -> Ruleset:
    """The ruleset that a JSON value says.

    Raises:
        RulesInvalid: with every problem's path, such as ``scenarios.lead.window.length``.
    """
    try:
        return Ruleset.model_validate(tree)
    except ValidationError as error:
        problems = dict(_problem(found) for found in reversed(error.errors(include_url=False, include_input=False)))
        # A list with a wrong path in it is also none of the words; that is no second problem.
        inner = {path.rpartition(".")[0] for path in problems}
        problems = {path: said for path, said in problems.items() if said is not _ACROSS or path not in inner}
        chinese = {path: said.zh for path, said in problems.items()}
        raise RulesInvalid(tuple((path, said.en) for path, said in sorted(problems.items())), chinese) from None


def _problem(found: Mapping[str, Any]) -> tuple[str, _Said]:
    path, is_choice = _path(found["loc"])
    details = found.get("ctx", {})
    if is_choice:
        said = _ACROSS
    elif found["type"] == "value_error":
        text = str(details["error"])
        said = _Said(text, _OURS_ZH.get(text, text))
    else:
        said = _SAID.get(found["type"], _OTHER).filled(details)
    return ".".join(path) or "document", said


def _path(location: tuple[int | str, ...]) -> tuple[list[str], bool]:
    """The location without what pydantic adds to it, and whether it is `across` itself, which may be one of two things."""
    at = 2 if location[:1] == ("scenarios",) else 0
    parts = [part for part in location if part != "[key]"]
    is_choice = False
    if parts[at : at + 1] == ["across"]:
        is_choice = len(parts) == at + 2
        del parts[at + 1 : at + 2]
    return [str(part) for part in parts], is_choice
