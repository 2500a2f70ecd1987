"""Identifiers in canonical form, their check digits verified."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from dedupsvc.core import lexicon
from dedupsvc.core.fields import IdentifierValue
from dedupsvc.core.normalize import check_digits as check
from dedupsvc.core.normalize.text import clean, is_placeholder
from dedupsvc.core.record import Values
from dedupsvc.core.remembered import OWN

_MARKS = re.compile(r"[\W_]+")
_MAX_LENGTH = 64
_SHORTEST = 3
_EU = lexicon.word_set("vat_countries")


class Scheme(NamedTuple):
    """How an identifier is recognized. ``strong``: it belongs to one customer, so it may decide and veto."""

    name: str
    strong: bool
    valid: Callable[[str], bool]
    aliases: tuple[str, ...]
    """Without _id, _no, _number and _code behind; a Chinese one is also found inside a longer name."""


def _is_opaque(value: str) -> bool:
    return 10 <= len(value) <= _MAX_LENGTH


def _is_anything(value: str) -> bool:
    return len(value) >= _SHORTEST


def _national(name: str, number: str, *aliases: str) -> Scheme:
    return Scheme(name, True, partial(check.is_national, number), aliases)


SCHEMES: tuple[Scheme, ...] = (
    Scheme("uscc", True, check.is_uscc, ("unified_social_credit", "social_credit", "credit", "信用代码")),
    Scheme("resident_id", True, check.is_resident_id, ("id_card", "idcard", "cn", "身份证")),
    Scheme("ein", True, check.is_ein, ("us_ein", "fein", "employer_identification")),
    Scheme("vat", True, check.is_vat, ("ust", "ustid", "ust_idnr", "tva", "partita_iva", "p_iva", "btw", "增值税")),
    Scheme("lei", True, check.is_lei, ("legal_entity_identifier",)),
    Scheme("duns", True, check.is_duns, ("d_u_n_s", "邓白氏", "邓氏")),
    Scheme("cn_tax", True, check.is_cn_tax, ()),
    Scheme("cn_reg", True, check.is_cn_registration, ("business_license", "business_licence", "注册号", "营业执照")),
    Scheme("cn_org", False, check.is_cn_org, ("org", "organization", "组织机构")),
    _national("siren", "fr.siren"),
    _national("siret", "fr.siret"),
    _national("abn", "au.abn", "au_abn"),
    _national("cnpj", "br.cnpj"),
    _national("cpf", "br.cpf"),
    _national("gstin", "in_.gstin", "gst"),
    _national("tw_ubn", "tw.ubn", "ubn", "统一编号", "统编"),
    _national("kr_brn", "kr.brn", "brn"),
    _national("jp_cn", "jp.cn", "法人番号"),
    _national("sg_uen", "sg.uen", "uen"),
    Scheme("wechat_unionid", True, _is_opaque, ("unionid", "union", "weixin_unionid")),
    Scheme("wecom_external_userid", True, _is_opaque, ("external_userid", "wecom_external_user")),
    Scheme("other", False, _is_anything, ()),
)
"""cn_org is not strong by itself: the nine characters also name the company inside its uscc."""
_BY_NAME = {name: scheme for scheme in SCHEMES for name in (scheme.name, *scheme.aliases)}
_TAX_NAMES = frozenset(["tax", "taxid", "tin", "税号", "纳税人识别号"])
_IN_CHINESE = tuple(name for name in (*_BY_NAME, *sorted(_TAX_NAMES)) if not name.isascii())
_NAME_END = re.compile(r"_(?:id|no|nr|num|number|code)$")
_CASE_MATTERS = frozenset({"wechat_unionid", "wecom_external_userid"})
_CHINESE_COMPANY = frozenset({"uscc", "cn_tax", "cn_reg", "cn_org"})
_MISREAD = str.maketrans("OIZS", "0125")
"""The alphabet of a uscc leaves these letters out, because they look like digits."""
_VAT_END = re.compile(r"(?<=\d)(?:MWST|TVA|IVA|MVA)$")
_FILLER = re.compile(r"0?(?:1234567890)*(?:1234(?:5(?:6(?:7(?:89?)?)?)?)?)?[X*]?|.*X{5}.*|(.)\1{9,}.*")
"""123456789 and 9131XXXXXXXX: typed to get past a form."""
_TAX_BY_LENGTH = {
    ("AU", 11): "abn",
    ("BR", 11): "cpf",
    ("BR", 14): "cnpj",
    ("FR", 9): "siren",
    ("FR", 14): "siret",
    ("IN", 15): "gstin",
    ("JP", 13): "jp_cn",
    ("KR", 10): "kr_brn",
    ("TW", 8): "tw_ubn",
}


def identifiers(values: Values) -> tuple[IdentifierValue, ...]:
    """All identifiers of the record; a valid uscc or old tax number brings the cn_org inside it along."""
    if not values.identifiers:
        return ()
    found: dict[tuple[str, str], IdentifierValue] = {}
    for given in values.identifiers:
        value = identifier(given.scheme[:_MAX_LENGTH], given.value[:_MAX_LENGTH], given.country[:_MAX_LENGTH])
        if value is None:
            continue
        found.setdefault((value.scheme, value.value), value)
        if organization := _organization_in(value):
            found.setdefault(("cn_org", organization), IdentifierValue("cn_org", organization, False, True))
    return tuple(found.values())


def _organization_in(value: IdentifierValue) -> str:
    start = {"uscc": 8, "cn_tax": 6}.get(value.scheme)
    if start is None or not value.valid:
        return ""
    organization = value.value[start : start + 9]
    return organization if check.is_cn_org(organization) else ""


@lru_cache(maxsize=OWN)
def identifier(scheme: str, value: str, country: str = "") -> IdentifierValue | None:
    """One identifier, or None if it says nothing. Unknown schemes become ``other``, their name kept in the value."""
    name = _scheme_name(scheme)
    known = _BY_NAME.get(name, _BY_NAME["other"])
    if known.name in _CASE_MATTERS:
        return _case_sensitive(known, value)
    written = clean(value[:_MAX_LENGTH])
    text = _MARKS.sub("", written).upper()
    if len(text) < _SHORTEST or is_placeholder(written) or is_placeholder(text.lower()) or _FILLER.fullmatch(text):
        return None
    country = country.upper()
    if name == "tax":
        known = _tax_scheme(text, country)
    if known.name in _CHINESE_COMPANY:
        known, text = _chinese_company(known, text)
    elif known.name == "vat":
        text = _VAT_END.sub("", _with_country(text, country))
    elif known.name == "resident_id" and (longer := check.resident_id_of_old(text)):
        return IdentifierValue(known.name, longer, False, True)
    valid = known.valid(text)
    if known.name == "other":
        text = f"{name}:{text.lower()}"
    return IdentifierValue(known.name, text, known.strong and valid, valid)


@lru_cache(maxsize=OWN)
def _scheme_name(scheme: str) -> str:
    """The name in SCHEMES, or "tax", of what a source calls its number: 统一社会信用代码/税号 is uscc, VAT No. is vat."""
    name = _MARKS.sub("_", clean(scheme)).strip("_")
    if not name.isascii() and (meant := next((one for one in _IN_CHINESE if one in name), "")):
        name = meant
    for shorter in (name, _NAME_END.sub("", name)):
        if shorter in _TAX_NAMES:
            return "tax"
        if shorter in _BY_NAME:
            return _BY_NAME[shorter].name
    return name


def _case_sensitive(scheme: Scheme, value: str) -> IdentifierValue | None:
    text = "".join(one for one in value[:_MAX_LENGTH] if one.isascii() and one.isprintable()).strip()
    if not text or is_placeholder(text.lower()) or _FILLER.fullmatch(text.upper()):
        return None
    valid = scheme.valid(text)
    return IdentifierValue(scheme.name, text, scheme.strong and valid, valid)


def _chinese_company(scheme: Scheme, text: str) -> tuple[Scheme, str]:
    """One number in another's field, told by its check digit; letters that were read for digits put right."""
    read = text.translate(_MISREAD)
    if check.is_uscc(read):
        return _BY_NAME["uscc"], read
    kinds = [_BY_NAME[name] for name in ("cn_org", "cn_tax", "cn_reg")]
    return next((kind for kind in kinds if kind.valid(text)), scheme), text


def _tax_scheme(text: str, country: str) -> Scheme:
    """Which tax number this is, by its shape and country."""
    chinese = country in ("", "CN")
    if check.is_resident_id(text) and not check.is_uscc(text):
        return _BY_NAME["resident_id"]
    if chinese and (check.has_uscc_form(text) or check.is_uscc(text.translate(_MISREAD))):
        return _BY_NAME["uscc"]
    if chinese and (check.is_cn_tax(text) or check.is_cn_registration(text)):
        return _BY_NAME["cn_tax"]
    if text[:2] in _EU and 8 <= len(text) <= 16 and any(character.isdigit() for character in text):
        return _BY_NAME["vat"]
    if known := _TAX_BY_LENGTH.get((country, len(text))):
        return _BY_NAME[known]
    if len(text) == 9 and text.isdigit() and country in ("", "US"):
        return _BY_NAME["ein"]
    return _BY_NAME["other"]


def _with_country(text: str, country: str) -> str:
    country = "EL" if country == "GR" else country
    if text[:2] in _EU or country not in _EU:
        return text
    return country + text
