"""What a caller sends about one customer: the record's fields and the envelope's, side by side."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from dedupsvc.wire.dates import InstantIn, possible_birth_date
from dedupsvc.wire.text import (
    BODY,
    LIST_LENGTH,
    LONG_LIST_LENGTH,
    URL_LENGTH,
    AddressText,
    Key,
    Text,
    Url,
    as_full,
    as_list,
    as_value,
)


class EmailBody(BaseModel):
    """An e-mail address."""

    model_config = BODY

    value: Text
    type: Text | None = None


class PhoneBody(BaseModel):
    """A phone number as written; without a country it is read in the address's, then in the service's default."""

    model_config = BODY

    value: Text
    type: Text | None = None
    country: Text | None = None
    extension: Text | None = None


class AddressBody(BaseModel):
    """An address in one line (`full`), in parts, or both."""

    model_config = BODY

    full: AddressText | None = None
    country: Text | None = None
    region: Text | None = None
    city: Text | None = None
    district: Text | None = None
    street: Text | None = None
    postal_code: Text | None = None


class IdentifierBody(BaseModel):
    """A number that an authority or a platform gave.

    Schemes that identify one customer: uscc, resident_id, tax, ein, vat, lei, duns, cn_tax, cn_reg, siren, siret, abn, cnpj, cpf,
    gstin, tw_ubn, kr_brn, jp_cn, sg_uen, wechat_unionid, wecom_external_userid. Their check digits must be right, else the number is
    weak evidence, as cn_org and every other scheme are.
    """

    model_config = BODY

    scheme: Text
    value: Text
    country: Text | None = None


class InteractionBody(BaseModel):
    """An order, ticket or call; two records that share one are likely one customer."""

    model_config = BODY

    kind: Text
    id: Text
    occurred_at: InstantIn = None


def _custom_text(value: object) -> object:
    """Numbers and truth values of custom fields are stored as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise PydanticCustomError("number_range", "Must be a number of at most 64 bits.")
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise PydanticCustomError("number_range", "Must be a number of at most 64 bits.")
        return repr(value)
    return value


class CustomBody(BaseModel):
    """A field of your own that rules may use. `type` is text, number or boolean, taken from the value if absent."""

    model_config = BODY

    key: Text
    value: Annotated[Text, BeforeValidator(_custom_text, json_schema_input_type=Text | float | bool)]
    type: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _type_of_value(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("type") is None:
            value = data.get("value")
            kind = "boolean" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"
            return {**data, "type": kind}
        return data


EmailIn = Annotated[EmailBody, BeforeValidator(as_value, json_schema_input_type=EmailBody | Text)]
PhoneIn = Annotated[PhoneBody, BeforeValidator(as_value, json_schema_input_type=PhoneBody | Text)]
AddressIn = Annotated[AddressBody, BeforeValidator(as_full, json_schema_input_type=AddressBody | AddressText)]

Emails = Annotated[
    list[EmailIn],
    Field(max_length=LIST_LENGTH),
    BeforeValidator(as_list, json_schema_input_type=list[EmailBody | Text] | EmailBody | Text | None),
]
Phones = Annotated[
    list[PhoneIn],
    Field(max_length=LIST_LENGTH),
    BeforeValidator(as_list, json_schema_input_type=list[PhoneBody | Text] | PhoneBody | Text | None),
]
Addresses = Annotated[
    list[AddressIn],
    Field(max_length=LIST_LENGTH),
    BeforeValidator(as_list, json_schema_input_type=list[AddressBody | AddressText] | AddressBody | AddressText | None),
]
Identifiers = Annotated[
    list[IdentifierBody],
    Field(max_length=LIST_LENGTH),
    BeforeValidator(as_list, json_schema_input_type=list[IdentifierBody] | IdentifierBody | None),
]
Aliases = Annotated[
    list[Text],
    Field(max_length=LIST_LENGTH),
    BeforeValidator(as_list, json_schema_input_type=list[Text] | Text | None),
]
Interactions = Annotated[
    list[InteractionBody],
    Field(max_length=LONG_LIST_LENGTH),
    BeforeValidator(as_list, json_schema_input_type=list[InteractionBody] | InteractionBody | None),
]
Customs = Annotated[
    list[CustomBody],
    Field(max_length=LONG_LIST_LENGTH),
    BeforeValidator(as_list, json_schema_input_type=list[CustomBody] | CustomBody | None),
]

EXAMPLE: JsonDict = {
    "party_type": "company",
    "company_name": "上海华信科技有限公司",
    "contact_name": "张伟",
    "emails": ["zhang.wei@huaxin.example"],
    "phones": [{"value": "138 0000 1234", "country": "CN"}],
    "addresses": [{"full": "上海市浦东新区世纪大道100号"}],
    "source_system": "crm",
    "object_type": "lead",
    "scenario": "sales/newbiz/east",
    "owner_id": "u-17",
    "department_name": "华东销售部",
    "occurred_at": "2026-03-01T09:30:00Z",
}


class ReplacedBody(BaseModel):
    """A row of the same source_system, such as the lead that an account was made of."""

    model_config = BODY

    object_type: Annotated[Key, Field(min_length=1)]
    external_id: Annotated[Key, Field(min_length=1)]


class RecordBody(BaseModel):
    """One customer as one source knows it, and the envelope it comes in. Null and empty mean: not said."""

    model_config = ConfigDict(**BODY, json_schema_extra={"examples": [EXAMPLE]})

    party_type: Literal["person", "company", "unknown"] | None = None
    name: Annotated[Text | None, Field(description="A person's or company's name in one field.")] = None
    given_name: Text | None = None
    middle_name: Text | None = None
    family_name: Text | None = None
    name_order: Text | None = None
    aliases: Aliases = []
    company_name: Text | None = None
    contact_name: Text | None = None
    job_title: Text | None = None
    birth_date: Annotated[
        Text | None,
        AfterValidator(possible_birth_date),
        Field(description="In any usual form: 1990-03-02, 1990年3月2日, 2.3.1990, or 1990-03 if no more is known."),
    ] = None
    website: Annotated[str, Field(max_length=URL_LENGTH)] | None = None
    emails: Emails = []
    email: Annotated[EmailIn | None, Field(description="One e-mail address; kept beside `emails`.")] = None
    phones: Phones = []
    phone: Annotated[PhoneIn | None, Field(description="One phone number; kept beside `phones`.")] = None
    addresses: Addresses = []
    address: Annotated[AddressIn | None, Field(description="One address; kept beside `addresses`.")] = None
    identifiers: Identifiers = []
    interactions: Interactions = []
    custom: Customs = []

    source_system: Annotated[Key | None, Field(description="The calling system; without it, `default`.")] = None
    object_type: Annotated[Key | None, Field(description="The kind of row: lead, contact, account.")] = "customer"
    external_id: Annotated[Key | None, Field(description="The row's id in source_system, once there is one.")] = None
    url: Annotated[Url | None, Field(description="Where a person can open the row.")] = None
    owner_id: Key | None = None
    owner_name: Text | None = None
    department_id: Key | None = None
    department_name: Text | None = None
    scenario: Annotated[
        Text | None,
        Field(description="Business context as a path, sales/newbiz/east. Absent: master data, no business."),
    ] = None
    occurred_at: Annotated[
        InstantIn, Field(description="When the business happened, ISO 8601; without a zone it is UTC.")
    ] = None
    updated_at: Annotated[InstantIn, Field(description="When the row was last changed in source_system.")] = None
    locale: Annotated[Text | None, Field(description="Language of the message: zh or en.")] = None
    phase: Annotated[
        Literal["before", "after"] | None,
        Field(description="before (default without external_id) or after the row was inserted."),
    ] = None
    claim_key: Annotated[
        Key | None, Field(description="The same key from the same source_system supersedes its own claim.")
    ] = None
    replaces: Annotated[
        ReplacedBody | None,
        Field(
            description="The row that this one, which has an external_id, takes the place of: its customer and its business pass on."
        ),
    ] = None
    patch: Annotated[
        bool | None, Field(strict=True, description="An update that keeps what is absent; null and empty clear.")
    ] = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.patch and self.external_id) and not self._identifies():
            raise PydanticCustomError(
                "empty_record",
                "Say at least one of name, company_name, emails, phones, addresses, identifiers.",
                {"path": "name"},
            )
        if self.replaces is not None and not self.external_id:
            raise PydanticCustomError("row_missing", "Needs external_id, too.", {"path": "replaces"})
        for plural, singular in (("emails", self.email), ("phones", self.phone), ("addresses", self.address)):
            if singular is not None and len(getattr(self, plural)) >= LIST_LENGTH:
                raise PydanticCustomError("list_full", "Has too many items.", {"path": plural})
        return self

    def _identifies(self) -> bool:
        """Whether there is anything that another record could be compared by."""
        texts = (self.name, self.given_name, self.family_name, self.company_name, self.contact_name, self.website)
        if any(text and text.strip() for text in texts) or any(alias.strip() for alias in self.aliases):
            return True
        emails, phones, addresses = self.all_emails(), self.all_phones(), self.all_addresses()
        return bool(emails or phones or addresses or self.identifiers or self.interactions)

    def all_emails(self) -> list[EmailBody]:
        """`emails` and `email` together, blank ones left out."""
        each = self.emails if self.email is None else [*self.emails, self.email]
        return [email for email in each if email.value.strip()]

    def all_phones(self) -> list[PhoneBody]:
        each = self.phones if self.phone is None else [*self.phones, self.phone]
        return [phone for phone in each if phone.value.strip()]

    def all_addresses(self) -> list[AddressBody]:
        each = self.addresses if self.address is None else [*self.addresses, self.address]
        return [address for address in each if "".join(filter(None, vars(address).values())).strip()]


# Each record of a batch is validated by itself, so that a wrong one is that item's error and nobody else's.
Unread = Annotated[Any, PlainValidator(lambda sent: sent, json_schema_input_type=RecordBody)]


class MatchBatchBody(BaseModel):
    """Up to 100 records; each is answered on its own, in this order."""

    model_config = ConfigDict(**BODY, json_schema_extra={"examples": [{"records": [EXAMPLE]}]})

    records: Annotated[list[Unread], Field(max_length=100)]


class IngestBatchBody(BaseModel):
    """Up to 1,000 records; each is answered on its own, in this order."""

    model_config = ConfigDict(**BODY, json_schema_extra={"examples": [{"records": [EXAMPLE]}]})

    records: Annotated[list[Unread], Field(max_length=1000)]


class ConfirmBody(BaseModel):
    """The row that the CRM inserted for a claim."""

    model_config = ConfigDict(
        **BODY, json_schema_extra={"examples": [{"external_id": "00Q5g00000A1b2c", "object_type": "lead"}]}
    )

    external_id: Annotated[Key, Field(min_length=1)]
    object_type: Annotated[Key | None, Field(description="As claimed, if absent.")] = None
    url: Url | None = None
