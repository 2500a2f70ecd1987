"""The sentence a salesperson reads: who entered it, when, and what agrees; never a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.fields import LABELS
from dedupsvc.core.judge import Reason
from dedupsvc.core.messages import message
from dedupsvc.core.rules import Verdict
from dedupsvc.core.score import LIMITS
from tests.core.rules.build import DAY, HOUR, MINUTE, SECOND

ABOUT_ANOTHER = [
    Reason.NEW_BUSINESS,
    Reason.SAME_BUSINESS,
    Reason.PRECEDENCE_CONFLICT,
    Reason.RELATED_SCENARIO,
    Reason.OWNER_CONFLICT,
    Reason.UNDER_REVIEW,
    Reason.POSSIBLE_DUPLICATE,
    Reason.BRIDGE,
    Reason.PENDING_CLAIM,
    Reason.UPDATE_MATCHES_OTHER,
    Reason.RULE,
]


def test_the_contracts_own_sentence() -> None:
    said = message("zh", Verdict.MERGE, Reason.SAME_BUSINESS, "华东销售部", 2 * HOUR, ["email", "phone"])
    assert said == "疑似重复客户：已由「华东销售部」于 2 小时前录入（邮箱、手机号一致）。"


def test_the_same_in_english() -> None:
    said = message("en", Verdict.MERGE, Reason.SAME_BUSINESS, "East Sales", 2 * HOUR, ["email", "phone"])
    assert said == "Probable duplicate: entered by “East Sales” 2 hours ago (same e-mail, phone)."


@pytest.mark.parametrize("reason", ABOUT_ANOTHER)
def test_whoever_is_told_of_another_record_is_told_whose_it_is_and_why(reason: Reason) -> None:
    zh = message("zh", Verdict.FLAG, reason, "华东销售部", 20 * MINUTE, ["phone"])
    en = message("en", Verdict.FLAG, reason, "East", 20 * MINUTE, ["phone"])
    assert all(part in zh for part in ("「华东销售部」", "20 分钟前", "手机号"))
    assert all(part in en for part in ("“East”", "20 minutes ago", "phone"))


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("verdict", Verdict)
def test_every_decision_is_a_sentence_with_nothing_left_to_fill_in(
    locale: str, reason: Reason, verdict: Verdict
) -> None:
    for said in (message(locale, verdict, reason), message(locale, verdict, reason, "A", HOUR, list(LABELS))):
        assert said.endswith("。" if locale == "zh" else ".")
        assert "{" not in said
        assert "  " not in said


@pytest.mark.parametrize(
    ("age", "zh", "en"),
    [
        (0, "刚刚", "just now"),
        (MINUTE - 1, "刚刚", "just now"),
        (MINUTE, "1 分钟前", "1 minute ago"),
        (20 * MINUTE + 59 * SECOND, "20 分钟前", "20 minutes ago"),
        (HOUR, "1 小时前", "1 hour ago"),
        (DAY - 1, "23 小时前", "23 hours ago"),
        (DAY, "1 天前", "1 day ago"),
        (400 * DAY, "400 天前", "400 days ago"),
    ],
)
def test_ages_are_rounded_down_to_their_greatest_unit(age: int, zh: str, en: str) -> None:
    assert zh in message("zh", Verdict.MERGE, Reason.SAME_BUSINESS, age=age)
    assert en in message("en", Verdict.MERGE, Reason.SAME_BUSINESS, age=age)


def test_a_later_event_that_came_first_was_not_entered_before_now() -> None:
    said = message("zh", Verdict.MERGE, Reason.PRECEDENCE_CONFLICT, age=-HOUR)
    assert "前录入" not in said


def test_without_a_department_no_empty_brackets_are_shown() -> None:
    for locale in ("zh", "en"):
        said = message(locale, Verdict.MERGE, Reason.SAME_BUSINESS, "", HOUR)
        assert not {"「", "」", "“", "”", "（", "("} & set(said)


def test_a_rejection_says_so_whatever_the_reason() -> None:
    assert message("zh", Verdict.REJECT, Reason.SAME_BUSINESS, "华东", HOUR).startswith("已拒绝")
    assert message("en", Verdict.REJECT, Reason.SAME_BUSINESS, "East", HOUR).startswith("Rejected")


@given(st.text(max_size=20), st.sampled_from(["zh", "en"]), st.sampled_from(ABOUT_ANOTHER))
def test_a_departments_name_is_shown_as_it_is_written(department: str, locale: str, reason: Reason) -> None:
    assert department in message(locale, Verdict.FLAG, reason, department, HOUR)


def test_why_it_is_not_more_than_possible_is_said_beside_what_agrees() -> None:
    fields = ["phone", "name"]
    zh = message("zh", Verdict.FLAG, Reason.POSSIBLE_DUPLICATE, "华东", HOUR, fields, "identifier_conflict")
    en = message("en", Verdict.FLAG, Reason.POSSIBLE_DUPLICATE, "East", HOUR, fields, "identifier_conflict")
    assert "（手机号、姓名一致，但有效证件号不同）" in zh
    assert "(same phone, name, but their valid identifiers differ)" in en
    assert "（缺少名称）" in message("zh", Verdict.FLAG, Reason.POSSIBLE_DUPLICATE, limit="name_missing")


def test_a_new_customer_who_shares_a_number_is_told_why_that_is_another_one() -> None:
    zh = message("zh", Verdict.ACCEPT, Reason.NEW_CUSTOMER, fields=["phone"], limit="name_conflict")
    en = message("en", Verdict.ACCEPT, Reason.NEW_CUSTOMER, fields=["phone"], limit="name_conflict")
    assert zh == "未发现重复客户，可以录入。另一客户的手机号相同，但名称不同，不视为同一客户。"
    assert en.endswith(" Another customer has the same phone, but the names differ: not the same customer.")
    assert message("en", Verdict.ACCEPT, Reason.NEW_CUSTOMER) == "No duplicate found; the customer can be entered."


@pytest.mark.parametrize("limit", LIMITS)
def test_every_limit_has_its_words_in_both_languages(limit: str) -> None:
    zh = message("zh", Verdict.FLAG, Reason.POSSIBLE_DUPLICATE, limit=limit)
    assert LIMITS[limit][0] in zh
    assert LIMITS[limit][1] in message("en", Verdict.FLAG, Reason.POSSIBLE_DUPLICATE, limit=limit)
