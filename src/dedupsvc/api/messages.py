"""What errors say, in English and Chinese; the texts are fixed, so no value that was sent can slip into one."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    en: str
    zh: str

    def in_(self, locale: str) -> str:
        return self.zh if locale == "zh" else self.en


PROBLEMS: dict[str, Said] = {
    "INVALID_FIELD": Said("The request is not valid; nothing was stored.", "请求无效，未写入任何数据。"),
    "NOT_FOUND": Said("There is nothing of that id.", "没有找到该编号对应的数据。"),
    "CONFLICT": Said("The request contradicts what is stored.", "请求与已有数据冲突。"),
    "IDEMPOTENCY_KEY_REUSED": Said(
        "This Idempotency-Key was used before with another body.", "该 Idempotency-Key 已用于内容不同的请求。"
    ),
    "IDEMPOTENCY_IN_FLIGHT": Said(
        "The first request with this Idempotency-Key is still running.", "使用该 Idempotency-Key 的请求仍在处理中。"
    ),
    "RULES_INVALID": Said("The ruleset is not valid.", "规则集无效。"),
    "PRECONDITION_FAILED": Said(
        "Somebody else has changed it in the meantime; look again.", "该数据已被他人修改，请重新查看。"
    ),
    "UNAVAILABLE": Said("The check cannot be made now; try again.", "暂时无法查重，请稍后重试。"),
    "STORE_UNSAFE": Said("The database cannot keep the service's promises.", "数据库不满足服务的安全要求。"),
    "FILE_REFUSED": Said("The file cannot be imported.", "无法导入该文件：格式不支持、已损坏、有密码或过大。"),
    "ERROR": Said("The request cannot be carried out.", "无法完成该请求。"),
    "UNAUTHENTICATED": Said(
        "No API keys are configured. Only requests from this machine are served, and only with DEDUPSVC_DEV_OPEN=1.",
        "尚未配置 API 密钥；仅在 DEDUPSVC_DEV_OPEN=1 时接受本机请求。",
    ),
    "BODY_TOO_LARGE": Said("The body is too large.", "请求体过大。"),
    "UNSUPPORTED_MEDIA_TYPE": Said(
        "The body must be application/json in UTF-8, not compressed.",
        "请求体须为 UTF-8 编码、未压缩的 application/json。",
    ),
    "NO_SUCH_ROUTE": Said("There is nothing at this address.", "该地址不存在。"),
    "METHOD_NOT_ALLOWED": Said("This address does not take that method.", "该地址不支持此方法。"),
    "BAD_REQUEST": Said("The request cannot be read.", "无法读取该请求。"),
    "TIMEOUT": Said(
        "There was no decision in time. Repeat the request; a repeated one has no second effect.",
        "处理超时。请重发该请求，重发不会产生重复影响。",
    ),
    "OVERLOADED": Said("There is more to do than can be done in time; try again.", "请求过多，请稍后重试。"),
    "INTERNAL": Said("Something went wrong on our side.", "服务内部错误。"),
}
"""By the code of the problem."""


class FieldSaid(NamedTuple):
    code: str
    said: Said


FIELDS: dict[str, FieldSaid] = {
    "missing": FieldSaid("REQUIRED", Said("Is required.", "必填。")),
    "extra_forbidden": FieldSaid("UNKNOWN_FIELD", Said("Is not a field that is known here.", "未知字段。")),
    "number_as_text": FieldSaid("NOT_TEXT", Said("Must be text: send it in quotes.", "须为文本：请加引号发送。")),
    "string_type": FieldSaid("NOT_TEXT", Said("Must be text.", "须为文本。")),
    "string_too_long": FieldSaid(
        "TOO_LONG", Said("Has more than {max_length} characters.", "超过 {max_length} 个字符。")
    ),
    "string_too_short": FieldSaid("REQUIRED", Said("Must not be empty.", "不能为空。")),
    "too_short": FieldSaid("TOO_FEW", Said("Has too few items.", "项数过少。")),
    "too_long": FieldSaid("TOO_MANY", Said("Has more than {max_length} items.", "超过 {max_length} 项。")),
    "list_full": FieldSaid("TOO_MANY", Said("Has too many items.", "项数过多。")),
    "list_type": FieldSaid("NOT_A_LIST", Said("Must be a list.", "须为列表。")),
    "model_type": FieldSaid("NOT_AN_OBJECT", Said("Must be an object.", "须为对象。")),
    "model_attributes_type": FieldSaid("NOT_AN_OBJECT", Said("Must be an object.", "须为对象。")),
    "dict_type": FieldSaid("NOT_AN_OBJECT", Said("Must be an object.", "须为对象。")),
    "bool_type": FieldSaid("NOT_A_BOOLEAN", Said("Must be true or false.", "须为 true 或 false。")),
    "literal_error": FieldSaid("BAD_VALUE", Said("Must be one of: {expected}.", "须为以下之一：{expected}。")),
    "string_pattern_mismatch": FieldSaid(
        "BAD_VALUE", Said("Has characters that do not belong here.", "含有不允许的字符。")
    ),
    "bad_date": FieldSaid(
        "BAD_DATE", Said("There is no such date; write it as 1990-03-02.", "日期不存在，请写作 1990-03-02。")
    ),
    "bad_instant": FieldSaid(
        "BAD_INSTANT",
        Said(
            "Must be a point in time in ISO 8601, such as 2026-03-01T09:30:00Z.",
            "须为 ISO 8601 时间，例如 2026-03-01T09:30:00Z。",
        ),
    ),
    "instant_range": FieldSaid(
        "BAD_INSTANT", Said("Must lie between the years 1970 and 2200.", "须在 1970 年至 2200 年之间。")
    ),
    "bad_url": FieldSaid(
        "BAD_URL", Said("Must start with http://, https:// or /.", "须以 http://、https:// 或 / 开头。")
    ),
    "number_range": FieldSaid("NUMBER_RANGE", Said("Must be a number of at most 64 bits.", "须为不超过 64 位的数字。")),
    "row_missing": FieldSaid("REQUIRED", Said("Needs external_id, too.", "还需要填写 external_id。")),
    "empty_record": FieldSaid(
        "EMPTY_RECORD",
        Said(
            "Say at least one of name, company_name, emails, phones, addresses, identifiers.",
            "name、company_name、emails、phones、addresses、identifiers 至少填写一项。",
        ),
    ),
    "empty_body": FieldSaid("REQUIRED", Said("The body is empty.", "请求体为空。")),
    "not_utf8": FieldSaid("NOT_JSON", Said("The body is not UTF-8.", "请求体不是 UTF-8 编码。")),
    "not_json": FieldSaid(
        "NOT_JSON",
        Said("Is not JSON: line {line}, column {column}.", "不是有效的 JSON：第 {line} 行第 {column} 列。"),
    ),
    "too_deep": FieldSaid("TOO_DEEP", Said("Is nested too deeply.", "嵌套层数过多。")),
    "duplicate_key": FieldSaid("DUPLICATE_KEY", Said("Comes twice in one object.", "在同一对象中重复出现。")),
    "bad_character": FieldSaid(
        "BAD_CHARACTER", Said("Has a NUL or half a surrogate pair.", "含有 NUL 或不成对的代理字符。")
    ),
}
"""By pydantic's type of the error, or our own for what pydantic does not see."""

OTHER_FIELD = FieldSaid("BAD_VALUE", Said("Is not valid.", "无效。"))

CORE_FIELDS_ZH: dict[str, str] = {
    "occurred_at": "时间无效或过于靠后。",
    "updated_at": "时间无效或过于靠后。",
    "scenario": "场景路径无效。",
    "customer_ids": "须为 2 至 20 个客户。",
    "picks": "该字段无法取自所选记录。",
}
"""The core says what is wrong in English; this is the Chinese for the fields that it looks at."""
