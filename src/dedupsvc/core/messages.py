"""The decision in one sentence for a salesperson, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Sequence

from dedupsvc.core.fields import LABELS
from dedupsvc.core.judge import Reason
from dedupsvc.core.rules import Verdict
from dedupsvc.core.score import LIMITS

_ZH = {
    Reason.NEW_CUSTOMER: "未发现重复客户，可以录入。",
    Reason.POSSIBLE_ELSEWHERE: "可以录入。另有相似客户，已提交专员稍后核对。",
    Reason.NEW_BUSINESS: "已有客户的新业务：{seen}，将关联到该客户。",
    Reason.SAME_BUSINESS: "疑似重复客户：{seen}。",
    Reason.PRECEDENCE_CONFLICT: "疑似重复客户：{seen}；本次业务发生在其之前，但晚到。",
    Reason.RELATED_SCENARIO: "疑似重复客户：{seen}，业务场景相近，请专员核对。",
    Reason.OWNER_CONFLICT: "撞单：{seen}，归属人不同，请专员核对。",
    Reason.UNDER_REVIEW: "疑似重复客户：{seen}，该记录正在核对中。",
    Reason.POSSIBLE_DUPLICATE: "可能重复的客户：{seen}，请专员核对。",
    Reason.BRIDGE: "该客户可能已被重复建档：{seen}，请专员核对。",
    Reason.SEARCH_INCOMPLETE: "部分信息过于常见，未能完成查重，请专员核对。",
    Reason.LATE_ARRIVAL: "该业务上报过晚，请专员核对。",
    Reason.PENDING_CLAIM: "同一客户正在录入中：{seen}，请稍后重试。",
    Reason.UNCHANGED: "内容没有变化，未作修改。",
    Reason.UPDATED: "客户信息已更新。",
    Reason.STALE_UPDATE: "已有更新的版本，本次更新已忽略。",
    Reason.UPDATE_MATCHES_OTHER: "更新后的信息与另一客户一致：{seen}，请专员核对。",
    Reason.CLAIM_CONFIRMED: "录入已确认。",
    Reason.RULE: "根据规则处理：{seen}。",
}
_EN = {
    Reason.NEW_CUSTOMER: "No duplicate found; the customer can be entered.",
    Reason.POSSIBLE_ELSEWHERE: "The customer can be entered. A similar one exists and a steward will look at it later.",
    Reason.NEW_BUSINESS: "New business of a known customer: {seen}. It is linked to that customer.",
    Reason.SAME_BUSINESS: "Probable duplicate: {seen}.",
    Reason.PRECEDENCE_CONFLICT: "Probable duplicate: {seen}; this event happened before it but arrived later.",
    Reason.RELATED_SCENARIO: "Probable duplicate: {seen}, in a related scenario; a steward will decide.",
    Reason.OWNER_CONFLICT: "Owner conflict: {seen}, under another owner; a steward will decide.",
    Reason.UNDER_REVIEW: "Probable duplicate: {seen}, and that record is under review.",
    Reason.POSSIBLE_DUPLICATE: "Possible duplicate: {seen}; a steward will decide.",
    Reason.BRIDGE: "This customer may be stored more than once: {seen}; a steward will decide.",
    Reason.SEARCH_INCOMPLETE: "Some of the values are too common to search by; a steward will decide.",
    Reason.LATE_ARRIVAL: "This business was reported too late; a steward will decide.",
    Reason.PENDING_CLAIM: "The same customer is being entered right now: {seen}. Please try again shortly.",
    Reason.UNCHANGED: "Nothing has changed.",
    Reason.UPDATED: "The customer's data has been updated.",
    Reason.STALE_UPDATE: "A newer version is stored; this update was ignored.",
    Reason.UPDATE_MATCHES_OTHER: "After this change the customer matches another one: {seen}; a steward will decide.",
    Reason.CLAIM_CONFIRMED: "The entry is confirmed.",
    Reason.RULE: "Decided by a rule: {seen}.",
}
_UNITS = ((86_400, "天", "day"), (3_600, "小时", "hour"), (60, "分钟", "minute"))


def message(
    locale: str,
    verdict: Verdict,
    reason: Reason,
    department: str = "",
    age: int | None = None,
    fields: Sequence[str] = (),
    limit: str = "",
) -> str:
    """``age`` is how much earlier the existing record's event was, in microseconds; ``fields`` are names from LABELS.

    ``limit``, a key of LIMITS, is why it is no match although they agree; of a new customer, why whoever agrees is another one.
    Names the other side's department, time and agreeing fields, never a value.
    """
    zh = locale == "zh"
    said = _ZH if zh else _EN
    rejected = "已拒绝：{seen}。" if zh else "Rejected: {seen}."
    template = rejected if verdict is Verdict.REJECT else said[reason]
    if reason is Reason.NEW_CUSTOMER and verdict is not Verdict.REJECT:
        return template + _beside(zh, fields, limit)
    shown = _compared(zh, fields, limit)
    return template.format(seen=_seen_zh(department, age, shown) if zh else _seen_en(department, age, shown))


def _labels(zh: bool, fields: Sequence[str]) -> str:
    return "、".join(LABELS[field][0] for field in fields) if zh else ", ".join(LABELS[field][1] for field in fields)


def _beside(zh: bool, fields: Sequence[str], limit: str) -> str:
    """That somebody else has the same number is no news to who knows it, and a riddle to who finds it."""
    if not fields or not limit:
        return ""
    if zh:
        return f"另一客户的{_labels(zh, fields)}相同，但{LIMITS[limit][0]}，不视为同一客户。"
    return f" Another customer has the same {_labels(zh, fields)}, but {LIMITS[limit][1]}: not the same customer."


def _compared(zh: bool, fields: Sequence[str], limit: str) -> str:
    """手机号、姓名一致，但有效证件号不同 / same phone, name, but their valid identifiers differ."""
    labels = _labels(zh, fields)
    agreeing = (f"{labels}一致" if zh else f"same {labels}") if labels else ""
    if not limit:
        return agreeing
    against = LIMITS[limit][0 if zh else 1]
    return agreeing + ("，但" if zh else ", but ") + against if agreeing else against


def _seen_zh(department: str, age: int | None, compared: str) -> str:
    when = "" if age is None else "刚刚" if age < 60_000_000 else f"于 {_ago(age, True)}"
    by = f"由「{department}」" if department else ""
    done = "" if when == "刚刚" else "已"
    return f"{done}{by}{when}录入" + (f"（{compared}）" if compared else "")


def _seen_en(department: str, age: int | None, compared: str) -> str:
    when = f" {_ago(age, False)}" if age is not None else ""
    by = f" by “{department}”" if department else ""
    return f"entered{by}{when}" + (f" ({compared})" if compared else "")


def _ago(age: int, zh: bool) -> str:
    seconds = max(0, age) // 1_000_000
    for length, unit_zh, unit_en in _UNITS:
        count = seconds // length
        if count:
            return f"{count} {unit_zh}前" if zh else f"{count} {unit_en}{'s' if count > 1 else ''} ago"
    return "刚刚" if zh else "just now"
