"""What dedupsvc shows of stored records, customers and decisions."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

from dedupsvc.wire.answer import ANSWER, ANSWER_EXAMPLE, AnswerBody
from dedupsvc.wire.dates import InstantOut, iso_from_micros


class EmailView(BaseModel):
    model_config = ANSWER

    value: str
    type: str


class PhoneView(BaseModel):
    model_config = ANSWER

    value: str
    type: str
    country: str
    extension: str


class AddressView(BaseModel):
    model_config = ANSWER

    full: str
    country: str
    region: str
    city: str
    district: str
    street: str
    postal_code: str


class IdentifierView(BaseModel):
    model_config = ANSWER

    scheme: str
    value: str
    country: str


class InteractionView(BaseModel):
    model_config = ANSWER

    kind: str
    id: str
    occurred_at: InstantOut | None


class CustomView(BaseModel):
    model_config = ANSWER

    key: str
    value: str
    type: str


class ValuesView(BaseModel):
    """The customer's fields as the source said them; empty means that it says nothing."""

    model_config = ANSWER

    party_type: str
    name: str
    given_name: str
    middle_name: str
    family_name: str
    name_order: str
    aliases: list[str]
    company_name: str
    contact_name: str
    job_title: str
    birth_date: str
    website: str
    emails: list[EmailView]
    phones: list[PhoneView]
    addresses: list[AddressView]
    identifiers: list[IdentifierView]
    interactions: list[InteractionView]
    custom: list[CustomView]


class EnvelopeView(BaseModel):
    """Where the record came from, by whom and when."""

    model_config = ANSWER

    source_system: str
    object_type: str
    external_id: str
    url: str
    owner_id: str
    owner_name: str
    department_id: str
    department_name: str
    scenario: str
    occurred_at: InstantOut | None
    updated_at: InstantOut | None
    locale: str
    phase: str | None
    claim_key: str


class VersionBody(BaseModel):
    """The values as they were at one time."""

    model_config = ANSWER

    version: int
    values: ValuesView
    updated_at: InstantOut | None
    stored_at: InstantOut


VALUES_EXAMPLE: JsonDict = {
    "party_type": "company",
    "name": "",
    "given_name": "",
    "middle_name": "",
    "family_name": "",
    "name_order": "",
    "aliases": [],
    "company_name": "上海华信科技有限公司",
    "contact_name": "张伟",
    "job_title": "",
    "birth_date": "",
    "website": "",
    "emails": [{"value": "zhang.wei@huaxin.example", "type": ""}],
    "phones": [],
    "addresses": [],
    "identifiers": [],
    "interactions": [],
    "custom": [],
}
RECORD_EXAMPLE: JsonDict = {
    "record_id": "rec_0b6h1xq8n4ye3",
    "customer_id": "cus_05k9wz3m7r2tv",
    "state": "accepted",
    "version": 1,
    "values": VALUES_EXAMPLE,
    "envelope": {
        "source_system": "crm",
        "object_type": "lead",
        "external_id": "00Q5g00000A1b2c",
        "url": "",
        "owner_id": "u-17",
        "owner_name": "",
        "department_id": "",
        "department_name": "华东销售部",
        "scenario": "sales/newbiz/east",
        "occurred_at": "2026-03-01T09:30:00Z",
        "updated_at": None,
        "locale": "zh",
        "phase": None,
        "claim_key": "",
    },
    "received_at": "2026-03-01T09:30:02.114000Z",
    "decision_id": "dec_0c8p4j6zt2wna",
    "versions": [],
}


class StoredRecordBody(BaseModel):
    """A stored record as it stands, with every version of its values, newest first."""

    model_config = ConfigDict(**ANSWER, json_schema_extra={"examples": [RECORD_EXAMPLE]})

    record_id: str
    customer_id: str
    state: Annotated[str, Field(description="accepted | claimed | joined | held | retired")]
    version: int
    values: ValuesView
    envelope: EnvelopeView
    received_at: InstantOut
    decision_id: str
    versions: list[VersionBody]


def _plain(value: object) -> object:
    """A golden field's value, be it text, a phone or a list of phones, as JSON has it."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        members = asdict(value)
        if "occurred_at" in members:
            members["occurred_at"] = iso_from_micros(members["occurred_at"])
        return members
    return value


GoldenValue = Annotated[JsonValue, BeforeValidator(_plain)]


class GoldenFieldBody(BaseModel):
    """One field of the golden record and the record it was taken from."""

    model_config = ANSWER

    field: str
    value: GoldenValue
    record_id: str


class EpisodeBody(BaseModel):
    """One piece of business with the customer."""

    model_config = ANSWER

    episode_id: str
    scenario: str
    anchor_at: InstantOut
    record_id: str


class CustomerBody(BaseModel):
    """A customer: its golden record with provenance, its records and its episodes."""

    model_config = ConfigDict(
        **ANSWER,
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "cus_05k9wz3m7r2tv",
                    "merged_from": [],
                    "golden": [
                        {"field": "company_name", "value": "上海华信科技有限公司", "record_id": "rec_0b6h1xq8n4ye3"}
                    ],
                    "records": [RECORD_EXAMPLE],
                    "episodes": [
                        {
                            "episode_id": "epi_01n7y4t6w3sdc",
                            "scenario": "sales/newbiz/east",
                            "anchor_at": "2026-03-01T09:30:00Z",
                            "record_id": "rec_0b6h1xq8n4ye3",
                        }
                    ],
                    "created_at": "2026-03-01T09:30:02.114000Z",
                    "merges": [],
                }
            ]
        },
    )

    customer_id: Annotated[str, Field(description="The survivor's, if the one asked for was merged.")]
    merged_from: list[str]
    golden: list[GoldenFieldBody]
    records: list[StoredRecordBody]
    episodes: list[EpisodeBody]
    created_at: InstantOut
    merges: Annotated[list[str], Field(description="What made it what it is, oldest first; undone ones are left out.")]


class DecisionBody(BaseModel):
    """A decision as made, and how its record stands now."""

    model_config = ConfigDict(
        **ANSWER,
        json_schema_extra={
            "examples": [
                {
                    "decision_id": "dec_0c8p4j6zt2wna",
                    "decided_at": "2026-03-01T09:30:02.114000Z",
                    "answer": ANSWER_EXAMPLE,
                    "current_state": "held",
                    "current_customer_id": "cus_05k9wz3m7r2tv",
                    "superseded_by": "",
                }
            ]
        },
    )

    decision_id: str
    decided_at: InstantOut
    answer: AnswerBody
    current_state: str
    current_customer_id: str
    superseded_by: Annotated[str, Field(description="The newest decision on the same record, if another.")]


class HealthBody(BaseModel):
    """Whether the service can decide now."""

    model_config = ConfigDict(**ANSWER, json_schema_extra={"examples": [{"ready": True, "checks": {"store": "ok"}}]})

    ready: bool
    checks: dict[str, str]


class AliveBody(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str
