"""What is compared for persons and for companies, and how much each level weighs.

Read a row as: among pairs that are one customer ``m`` stand here, among candidates that are not, ``u``. The shares are
expert estimates of what a CRM holds, rounded; what counts is their ratio. They are meant for pairs that met because
some blocking key agreed. Order within a comparison is fixed by its ``*_CODES``.
"""

from __future__ import annotations

from dedupsvc.core.compare.addresses import address_level
from dedupsvc.core.compare.companies import company_level
from dedupsvc.core.compare.contacts import email_level, phone_level, website_level
from dedupsvc.core.compare.domains import domain_level
from dedupsvc.core.compare.facts import birth_date_level, identifier_level, interaction_level
from dedupsvc.core.compare.level import MISSING, Comparison, Level
from dedupsvc.core.compare.names import contact_level, name_level


def _shared_by_several(m: float, u: float) -> Level:
    """Several customers of other names give this value: found by counting (core.frequency), not by comparing."""
    return Level(
        "same_shared", "相同（多个客户共用）", "same (shared by several customers)", m=m, u=u, shared=True, agrees=True
    )


NAME = Comparison(
    "name",
    name_level,
    (
        MISSING,
        Level("equal", "相同", "equal", m=0.60, u=0.0025, agrees=True),
        # 张伟 and John Smith: thousands bear the name, it tells four times less.
        Level("equal_common", "相同（常见姓名）", "equal (common)", m=0.08, u=0.00125, agrees=True),
        Level("transliterated", "拼音相同", "same when written in the other script", m=0.06, u=0.0006, agrees=True),
        Level("swapped", "姓名顺序颠倒", "given and family name swapped", m=0.04, u=0.0005, agrees=True),
        Level("homophone", "同音", "sounds the same", m=0.05, u=0.0015, agrees=True),
        Level("similar", "相近", "similar spelling", m=0.08, u=0.0016, agrees=True),
        # One side gives no name and writes from oliver.jones82@, or from ojones@.
        Level("mailbox", "邮箱名即姓名", "the mailbox spells the name", m=0.04, u=0.0006),
        Level("initials", "首字母相符", "initials agree", m=0.03, u=0.003),
        Level("mailbox_initial", "邮箱名与姓名相符", "the mailbox has surname and initial", m=0.02, u=0.0015),
        Level("nickname", "昵称", "nickname", m=0.03, u=0.002),
        Level("part", "部分相同", "one name is part of the other", m=0.02, u=0.002),
        Level("family_only", "姓氏相同", "same surname, no given name", m=0.02, u=0.002),
        Level("family_common", "姓氏相同（常见姓氏）", "same common surname, no given name", m=0.02, u=0.006),
        # Two or more letters off: what a spelling says is left to the other facts.
        Level("resembling", "略相近", "resembling spelling", m=0.02, u=0.006),
        # Every marriage makes one.
        Level("other_family", "名同姓不同", "same given name, other surname", m=0.012, u=0.05),
        # Jack Ma and 马云 may be one person; nothing in the names says so.
        Level("other_script", "姓同，名无法对应", "same surname, given names of two languages", m=0.004, u=0.008),
        # Relatives at one phone, address or mailbox.
        Level("other_given", "姓同名不同", "same surname, other given name", m=0.002, u=0.30),
        Level("different", "不同", "different", m=0.012, u=0.60),
    ),
)

EMPLOYER = Comparison(
    "company",
    company_level,
    (
        MISSING,
        Level("same_registered", "相同", "same", m=0.40, u=0.04, shared=True, agrees=True),
        Level("same_long", "相同", "same", m=0.20, u=0.02, shared=True, agrees=True),
        Level("same_full", "相同", "same", m=0.20, u=0.02, shared=True, agrees=True),
        Level("same", "相同", "same", m=0.15, u=0.015, shared=True, agrees=True),
        Level("same_sound_long", "同音", "sounds the same", m=0.05, u=0.01, shared=True),
        Level("same_sound", "同音", "sounds the same", m=0.05, u=0.01, shared=True),
        Level("other_form", "组织形式不同", "other legal form", m=0.05, u=0.01, shared=True),
        Level("short", "简称相符", "short form agrees", m=0.10, u=0.02, shared=True, agrees=True),
        Level("similar_long", "相近", "similar", m=0.05, u=0.01, shared=True),
        Level("similar", "相近", "similar", m=0.05, u=0.01, shared=True),
        Level("part_long", "大部分相同", "a long part of the other", m=0.03, u=0.01, shared=True),
        Level("part", "部分相同", "one is part of the other", m=0.03, u=0.01, shared=True),
        Level("related", "多数词相同", "most words are the same", m=0.02, u=0.02, shared=True),
        Level("other_kind", "同名，类别不同", "same name, another kind", m=0.02, u=0.02, shared=True),
        Level("other_region", "地区不同", "other region", m=0.02, u=0.02, shared=True),
        Level("other_industry", "行业不同", "other industry", m=0.02, u=0.02, shared=True),
        Level("other_site", "编号或地点不同", "another number or place in the name", m=0.02, u=0.02, shared=True),
        Level("other_branch", "分支机构不同", "other branch", m=0.03, u=0.02, shared=True),
        # People change employers; most pairs that differ here are strangers all the same.
        Level("different", "不同", "different", m=0.30, u=0.85),
    ),
)

PERSON_PHONE = Comparison(
    "phone",
    phone_level,
    (
        MISSING,
        Level("same_mobile", "相同", "same mobile", m=0.60, u=0.00006, agrees=True),
        # Some numbering plans do not tell mobiles from landlines.
        Level("same_number", "相同", "same number", m=0.50, u=0.0005, agrees=True),
        Level(
            "same_landline", "座机相同", "same landline", m=0.30, u=0.0015, shared=True, agrees=True, label="landline"
        ),
        Level("masked", "可见位相符", "visible digits agree", m=0.05, u=0.0004),
        Level("same_tail", "尾号相同", "same without area code", m=0.05, u=0.0015, shared=True, label="landline"),
        # A stranger's number one digit away is rare, but relatives buy consecutive ones.
        Level("similar", "一位之差", "one digit differs", m=0.05, u=0.0002),
        Level("same_tollfree", "服务热线相同", "same toll-free number", m=0.02, u=0.01, shared=True, label="landline"),
        Level("other_extension", "分机不同", "other extension", m=0.01, u=0.02, label="landline"),
        # One customer in six has changed the number or gives another one.
        Level("different", "不同", "different", m=0.17, u=0.95),
        _shared_by_several(m=0.30, u=0.006),
    ),
)

COMPANY_PHONE = Comparison(
    "phone",
    phone_level,
    (
        MISSING,
        Level("same_mobile", "相同", "same mobile", m=0.30, u=0.0003, agrees=True),
        Level("same_number", "相同", "same number", m=0.50, u=0.001, agrees=True),
        # A company's own line; sisters, tenants and agencies share it now and then.
        Level("same_landline", "座机相同", "same landline", m=0.50, u=0.001, agrees=True, label="landline"),
        Level("masked", "可见位相符", "visible digits agree", m=0.05, u=0.0008),
        Level("same_tail", "尾号相同", "same without area code", m=0.10, u=0.0008, agrees=True, label="landline"),
        Level("similar", "一位之差", "one digit differs", m=0.05, u=0.002),
        Level(
            "same_tollfree", "服务热线相同", "same toll-free number", m=0.10, u=0.0008, agrees=True, label="landline"
        ),
        Level("other_extension", "分机不同", "other extension", m=0.05, u=0.002, label="landline"),
        # Every desk has a number: another one says little.
        Level("different", "不同", "different", m=0.35, u=0.95),
        _shared_by_several(m=0.30, u=0.008),
    ),
)

PERSON_EMAIL = Comparison(
    "email",
    email_level,
    (
        MISSING,
        Level("same_personal", "相同", "same", m=0.60, u=0.00006, agrees=True),
        Level("same_corporate", "相同", "same", m=0.60, u=0.00008, agrees=True),
        # info@ answers for everybody in the house.
        Level("same_role", "公共邮箱相同", "same shared mailbox", m=0.10, u=0.01, shared=True, agrees=True),
        Level("mistyped_domain", "域名略有出入", "domain mistyped", m=0.05, u=0.00005),
        # At another provider; namesakes choose alike.
        Level("same_local", "@前相同", "same before the @", m=0.05, u=0.0005),
        Level("similar", "相近", "similar", m=0.05, u=0.0005),
        Level("same_domain", "域名相同", "same domain", m=0.08, u=0.03, shared=True),
        # People have several mailboxes.
        Level("different", "不同", "different", m=0.38, u=0.95),
        _shared_by_several(m=0.20, u=0.008),
    ),
)

COMPANY_EMAIL = Comparison(
    "email",
    email_level,
    (
        MISSING,
        Level("same_personal", "相同", "same", m=0.30, u=0.0003, agrees=True),
        Level("same_corporate", "相同", "same", m=0.40, u=0.0008, agrees=True),
        Level("same_role", "相同", "same", m=0.50, u=0.001, agrees=True),
        Level("mistyped_domain", "域名略有出入", "domain mistyped", m=0.05, u=0.0003),
        Level("same_local", "@前相同", "same before the @", m=0.05, u=0.001),
        Level("similar", "相近", "similar", m=0.05, u=0.001),
        # The domain is the company's; its branches and sisters use it too.
        Level("same_domain", "域名相同", "same domain", m=0.30, u=0.005, shared=True),
        Level("different", "不同", "different", m=0.30, u=0.95),
        _shared_by_several(m=0.30, u=0.008),
    ),
)

PERSON_ADDRESS = Comparison(
    "address",
    address_level,
    (
        MISSING,
        Level("same_unit", "相同", "same", m=0.40, u=0.00014, shared=True, agrees=True),
        Level("same_building", "楼号相同", "same building", m=0.25, u=0.0006, shared=True, agrees=True),
        Level("similar", "相近", "similar", m=0.08, u=0.0003, shared=True, agrees=True),
        Level("same_street", "同一街道", "same street", m=0.05, u=0.002, shared=True),
        Level("same_area", "同一区域", "same district or postcode", m=0.10, u=0.006, shared=True),
        Level("same_city", "同一城市", "same city", m=0.16, u=0.012, shared=True),
        # Neighbours: an address equal but for the room is another household.
        Level("other_unit", "房号不同", "other unit", m=0.01, u=0.12),
        # The street is the same, its number mistyped as often as another relative's.
        Level("other_number", "门牌号不同", "other house number", m=0.03, u=0.02),
        # People move.
        Level("other_place", "不同", "another place", m=0.25, u=0.60),
    ),
)

COMPANY_ADDRESS = Comparison(
    "address",
    address_level,
    (
        MISSING,
        Level("same_unit", "相同", "same", m=0.40, u=0.0015, shared=True, agrees=True),
        Level("same_building", "楼号相同", "same building", m=0.30, u=0.003, shared=True, agrees=True),
        Level("similar", "相近", "similar", m=0.08, u=0.002, shared=True, agrees=True),
        Level("same_street", "同一街道", "same street", m=0.05, u=0.005, shared=True),
        Level("same_area", "同一区域", "same district or postcode", m=0.10, u=0.012, shared=True),
        Level("same_city", "同一城市", "same city", m=0.15, u=0.02, shared=True),
        # A company may rent several rooms of a building.
        Level("other_unit", "房号不同", "other unit", m=0.03, u=0.10),
        # Shops, sites and schools of one name are told apart by their address.
        Level("other_number", "门牌号不同", "other house number", m=0.03, u=0.30),
        Level("other_place", "不同", "another place", m=0.08, u=0.60),
    ),
)

COMPANY = Comparison(
    "company",
    company_level,
    (
        MISSING,
        # Region, brand and industry: the register admits such a name once.
        Level("same_registered", "相同", "same", m=0.40, u=0.000005, agrees=True),
        Level("same_long", "相同", "same", m=0.40, u=0.00002, agrees=True),
        Level("same_full", "相同", "same", m=0.40, u=0.00008, agrees=True),
        Level("same", "相同", "same", m=0.25, u=0.0003, agrees=True),
        # 华信 and 华鑫 may well be two companies, of one trade in one town perhaps not.
        Level("same_sound_long", "同音", "sounds the same", m=0.06, u=0.00007, agrees=True),
        Level("same_sound", "同音", "sounds the same", m=0.06, u=0.0008, agrees=True),
        # A shop and a limited company of one name are often one owner's two firms.
        Level("other_form", "组织形式不同", "other legal form", m=0.08, u=0.001, agrees=True),
        # A brand alone, without industry, is what many companies are called.
        Level("short", "简称相符", "short form agrees", m=0.10, u=0.001, agrees=True),
        # A slip or two in a long name are a slip; in a short one they may be another name.
        Level("similar_long", "相近", "similar", m=0.08, u=0.0003, agrees=True),
        Level("similar", "相近", "similar", m=0.08, u=0.0008, agrees=True),
        Level("part_long", "大部分相同", "a long part of the other", m=0.06, u=0.0004, agrees=True),
        Level("part", "部分相同", "one is part of the other", m=0.06, u=0.0006, agrees=True),
        # One site by its carrier's name and by its own; two sites of one carrier share as much, but not the door.
        Level("related", "多数词相同", "most words are the same", m=0.06, u=0.0006),
        # The day care of a house by another word, or the house's church and its school.
        Level("other_kind", "同名，类别不同", "same name, another kind", m=0.03, u=0.006),
        Level("other_region", "地区不同", "other region", m=0.004, u=0.10),
        Level("other_industry", "行业不同", "other industry", m=0.004, u=0.15),
        # Second National, Wind Park IV, the northern one of two schools.
        Level("other_site", "编号或地点不同", "another number or place in the name", m=0.004, u=0.15),
        Level("other_branch", "分支机构不同", "other branch", m=0.002, u=0.20),
        # Firms are renamed, and trade under names that their registers do not hold.
        Level("different", "不同", "different", m=0.004, u=0.80),
    ),
)

CONTACT = Comparison(
    "contact",
    contact_level,
    (
        MISSING,
        Level("equal", "相同", "equal", m=0.40, u=0.02, agrees=True),
        Level("equal_common", "相同（常见姓名）", "equal (common)", m=0.10, u=0.01, agrees=True),
        Level("transliterated", "拼音相同", "same when written in the other script", m=0.04, u=0.003, agrees=True),
        Level("swapped", "姓名顺序颠倒", "given and family name swapped", m=0.03, u=0.003, agrees=True),
        Level("homophone", "同音", "sounds the same", m=0.03, u=0.005, agrees=True),
        Level("similar", "相近", "similar spelling", m=0.03, u=0.005, agrees=True),
        Level("mailbox", "邮箱名即姓名", "the mailbox spells the name", m=0.02, u=0.005),
        Level("initials", "首字母相符", "initials agree", m=0.02, u=0.008),
        Level("mailbox_initial", "邮箱名与姓名相符", "the mailbox has surname and initial", m=0.02, u=0.008),
        Level("nickname", "昵称", "nickname", m=0.03, u=0.008),
        Level("part", "部分相同", "one name is part of the other", m=0.02, u=0.008),
        Level("family_only", "姓氏相同", "same surname, no given name", m=0.05, u=0.02),
        Level("family_common", "姓氏相同（常见姓氏）", "same common surname, no given name", m=0.05, u=0.03),
        Level("resembling", "略相近", "resembling spelling", m=0.02, u=0.02),
        Level("other_family", "名同姓不同", "same given name, other surname", m=0.02, u=0.04),
        Level("other_script", "姓同，名无法对应", "same surname, given names of two languages", m=0.02, u=0.03),
        # A company has more than one person who answers.
        Level("other_given", "姓同名不同", "same surname, other given name", m=0.10, u=0.17),
        Level("different", "不同", "different", m=0.40, u=0.70),
    ),
)

IDENTIFIER = Comparison(
    "identifier",
    identifier_level,
    (
        MISSING,
        Level("same_strong", "相同", "same", m=0.90, u=0.000001, agrees=True),
        # A number of unknown origin may be a household's or a mistyped one.
        Level("same", "相同", "same", m=0.70, u=0.00002, agrees=True),
        Level("similar", "一位之差", "one character differs", m=0.10, u=0.0008),
        Level("adjacent", "仅末位不同", "only the last character differs", m=0.015, u=0.0003),
        Level("different", "不同", "different", m=0.25, u=0.95),
        Level("conflict", "均有效且不同", "two different valid numbers", m=0.003, u=0.95),
    ),
)

BIRTH_DATE = Comparison(
    "birth_date",
    birth_date_level,
    (
        MISSING,
        Level("same", "相同", "same", m=0.85, u=0.00025, agrees=True),
        Level("swapped", "月日颠倒", "day and month swapped", m=0.02, u=0.0005, agrees=True),
        Level("similar", "一位之差", "one digit differs", m=0.06, u=0.004),
        Level("compatible", "部分相符", "agrees as far as known", m=0.03, u=0.01),
        Level("near", "两项相同", "two of year, month and day agree", m=0.04, u=0.01),
        # As it is remembered, guessed or made unrecognizable; siblings are born a year apart, too.
        Level("shifted", "相差不大", "a little off", m=0.055, u=0.012),
        # Dates are typed from hearing, from bad scans and as whatever passes the form.
        Level("different", "不同", "different", m=0.08, u=0.35),
        # Father and son.
        Level("other_generation", "相差一代", "a generation apart", m=0.02, u=0.57),
    ),
)

PERSON_WEBSITE = Comparison(
    "website",
    website_level,
    (
        MISSING,
        Level("same", "相同", "same", m=0.70, u=0.05, shared=True, agrees=True),
        Level("different", "不同", "different", m=0.30, u=0.95),
    ),
)

COMPANY_WEBSITE = Comparison(
    "website",
    domain_level,
    (
        MISSING,
        Level("same", "相同", "same", m=0.80, u=0.008, shared=True, agrees=True),
        Level("same_as_mail", "与邮箱域名一致", "the domain of the mailbox", m=0.50, u=0.006, shared=True, agrees=True),
        Level("different", "不同", "different", m=0.20, u=0.95),
    ),
)

INTERACTION = Comparison(
    "interaction",
    interaction_level,
    (
        MISSING,
        Level("same", "相同", "same", m=0.50, u=0.0005, agrees=True),
    ),
)

PERSON_COMPARISONS: tuple[Comparison, ...] = (
    NAME,
    EMPLOYER,
    PERSON_EMAIL,
    PERSON_PHONE,
    PERSON_ADDRESS,
    IDENTIFIER,
    BIRTH_DATE,
    PERSON_WEBSITE,
    INTERACTION,
)
COMPANY_COMPARISONS: tuple[Comparison, ...] = (
    COMPANY,
    CONTACT,
    COMPANY_EMAIL,
    COMPANY_PHONE,
    COMPANY_ADDRESS,
    IDENTIFIER,
    COMPANY_WEBSITE,
    INTERACTION,
)
