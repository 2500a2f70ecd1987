"""The service's own application with the bench's routes beside its own: the no-op, and what a team would write instead."""

from __future__ import annotations

import os

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from dedupsvc.api import translate
from dedupsvc.api.app import create_app
from dedupsvc.api.deps import Called, GuardedRoute
from dedupsvc.api.documented import DECIDED, DuplicateStatus
from dedupsvc.api.startup import settled, write_log
from dedupsvc.bootstrap import Service
from dedupsvc.settings import Settings
from dedupsvc.usecases.answers import Answer, CandidateAnswer, ExplanationRow, ThreeSameAnswer
from dedupsvc.wire.answer import AnswerBody
from dedupsvc.wire.record import RecordBody
from tests.bench import instead, sampling

router = APIRouter(route_class=GuardedRoute)

CONSTANT = Answer(
    decision="link",
    action="insert_linked",
    blocking=False,
    reason_code="NEW_BUSINESS",
    message="Known customer, new business (e-mail, phone and name agree).",
    customer_id="cus_05k9wz3m7r2tv",
    score=0.999871,
    match_weight=12.9163,
    rules_version=1,
    three_same=ThreeSameAnswer("match", "out", "same"),
    candidates=tuple(
        CandidateAnswer(
            f"cus_05k9wz3m7r2t{letter}", f"rec_03q5f8x1r9hk{letter}", "", same, score, weight, ("name", "phone"), ()
        )
        for letter, same, score, weight in (
            ("a", "match", 0.999871, 12.9163),
            ("b", "possible", 0.6213, 0.7143),
            ("c", "possible", 0.3871, -0.6632),
        )
    ),
    explanation=tuple(
        ExplanationRow(field, field, "same", f"same {field}", weight)
        for field, weight in (("prior", -18.1), ("name", 9.2), ("email", 11.6), ("phone", 10.9), ("address", -0.7))
    ),
)
"""As full as an answer of /match to a known customer: three candidates and an explanation."""


@router.post("/noop", response_model=AnswerBody, responses=DECIDED)
async def noop(body: RecordBody, call: Called, duplicate_status: DuplicateStatus = None) -> Response:
    """/match without the match: everything around it is the same, the answer's serialization included."""
    return translate.answered(CONSTANT, duplicate_status)


def application() -> FastAPI:
    """What the bench's server process runs; settings come from the environment, like the service's own."""
    settings = Settings()
    write_log(settings.log_level)

    async def opened() -> Service:
        await instead.prepare(settings)
        sampling.start(os.environ.get("BENCH_SAMPLES", ""))
        return await settled(settings)

    app = create_app(opened, settings, settings.lookup_processes)
    app.include_router(router)
    # Looked for first, as /match is: behind all other routes the no-op would pay for each of them, and look dearer than it is.
    app.router.routes.insert(0, app.router.routes.pop())
    app.include_router(instead.router)
    return app
