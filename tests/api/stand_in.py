"""A service that stores nothing, for tests of the HTTP shell alone: it remembers its input and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
from fastapi import FastAPI

from dedupsvc.api.app import create_app
from dedupsvc.core.errors import DedupError
from dedupsvc.core.record import Envelope, Interaction, Phone, Record, RecordKey, Values
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import (
    Answer,
    BatchItem,
    CandidateAnswer,
    CustomerView,
    DecisionView,
    EpisodeView,
    ExplanationRow,
    GoldenField,
    Health,
    Idempotency,
    MergeStep,
    RecordView,
    ThreeSameAnswer,
    VersionView,
)

NINE_THIRTY = 1_772_357_400_000_000
"""2026-03-01T09:30:00Z"""

ACCEPTED = Answer(
    decision="accept",
    action="insert",
    blocking=False,
    reason_code="NEW_CUSTOMER",
    message="No duplicate found.",
    customer_id="cus_1",
    record_id="rec_1",
    claim_id="clm_1",
    claim_expires_at=NINE_THIRTY,
    decision_id="dec_1",
    state="claimed",
)
FLAGGED = Answer(
    decision="flag",
    action="hold",
    blocking=True,
    reason_code="POSSIBLE_DUPLICATE",
    message="Possible duplicate.",
    score=0.97,
    match_weight=11.5,
    allowed_actions=("use_existing", "cancel"),
    three_same=ThreeSameAnswer("possible", "in", "same"),
    candidates=(CandidateAnswer("cus_1", "rec_1", "", "possible", 0.97, 11.5, ("email",), ("shared_phone",)),),
    explanation=(ExplanationRow("email", "email", "same", "same e-mail", 9.25),),
    merge_plan=(MergeStep("phone", "add"),),
    truncated_keys=("phone",),
)
VALUES = Values(
    company_name="上海华信科技有限公司",
    phones=(Phone("138 0000 1234", country="CN"),),
    interactions=(Interaction("order", "A-1", NINE_THIRTY),),
)
RECORD = RecordView(
    record_id="rec_1",
    customer_id="cus_1",
    state="accepted",
    version=1,
    values=VALUES,
    envelope=Envelope(source_system="crm", object_type="lead", external_id="L-1", occurred_at=NINE_THIRTY),
    received_at=NINE_THIRTY,
    decision_id="dec_1",
    versions=(VersionView(1, VALUES, None, NINE_THIRTY),),
)
CUSTOMER = CustomerView(
    customer_id="cus_1",
    merged_from=("cus_9",),
    golden=(GoldenField("company_name", VALUES.company_name, "rec_1"), GoldenField("phones", VALUES.phones, "rec_1")),
    records=(RECORD,),
    episodes=(EpisodeView("epi_1", "sales", NINE_THIRTY, "rec_1"),),
    created_at=NINE_THIRTY,
)
DECISION = DecisionView("dec_1", NINE_THIRTY, ACCEPTED, "accepted", "cus_1")


@dataclass
class StandIn:
    """`given` holds what the last call brought; `answer` is what the next decision is, `error` is raised instead."""

    answer: Answer = ACCEPTED
    error: Exception | None = None
    item_errors: dict[int, DedupError] = field(default_factory=dict)
    seconds: float = 0.0
    health_now: Health = field(default_factory=lambda: Health(True, {"store": "ok"}))
    given: list[Any] = field(default_factory=list)
    closed: bool = False

    async def _take(self, *given: Any) -> None:
        self.given = list(given)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error

    async def match_together(self, tenant_id: int, asked: Sequence[tuple[Caller, Record]]) -> list[Answer]:
        for caller, record in asked:
            await self._take(caller, record)
        return [self.answer] * len(asked)

    async def ingest(self, caller: Caller, record: Record, idempotency: Idempotency | None) -> Answer:
        await self._take(caller, record, idempotency)
        return self.answer

    async def match_batch(self, caller: Caller, records: Sequence[Record]) -> tuple[BatchItem, ...]:
        await self._take(caller, records)
        return self._items(records)

    async def ingest_batch(
        self, caller: Caller, records: Sequence[Record], idempotency: Idempotency | None
    ) -> tuple[BatchItem, ...]:
        await self._take(caller, records, idempotency)
        return self._items(records)

    def _items(self, records: Sequence[Record]) -> tuple[BatchItem, ...]:
        return tuple(
            BatchItem(at, error=self.item_errors[at])
            if at in self.item_errors
            else BatchItem(at, replace(self.answer, message=record.values.name))
            for at, record in enumerate(records)
        )

    async def confirm_claim(
        self,
        caller: Caller,
        claim_id: str,
        external_id: str,
        object_type: str,
        url: str,
        idempotency: Idempotency | None,
    ) -> Answer:
        await self._take(caller, claim_id, external_id, object_type, url, idempotency)
        return self.answer

    async def release_claim(self, caller: Caller, claim_id: str) -> None:
        await self._take(caller, claim_id)

    async def record_by_id(self, caller: Caller, record_id: str) -> RecordView:
        await self._take(caller, record_id)
        return RECORD

    async def record_by_key(self, caller: Caller, key: RecordKey) -> RecordView:
        await self._take(caller, key)
        return RECORD

    async def customer(self, caller: Caller, customer_id: str) -> CustomerView:
        await self._take(caller, customer_id)
        return CUSTOMER

    async def decision(self, caller: Caller, decision_id: str) -> DecisionView:
        await self._take(caller, decision_id)
        return DECISION

    async def health(self) -> Health:
        return self.health_now

    async def aclose(self) -> None:
        self.closed = True


def an_app(service: StandIn, **settings: Any) -> FastAPI:
    async def open_service() -> Any:
        return service

    return create_app(open_service, Settings(**{"dev_open": True, **settings}))


@asynccontextmanager
async def a_client(
    service: StandIn | None = None, peer: str = "127.0.0.1", base_url: str = "http://localhost", **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app that runs in this process; a crash inside fails the test unless the app answers it."""
    app = an_app(service or StandIn(), **settings)
    transport = httpx.ASGITransport(app=cast(Any, app), client=(peer, 50_000))
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        yield client
