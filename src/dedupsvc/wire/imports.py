"""What dedupsvc tells of an import."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dedupsvc.wire.answer import ANSWER
from dedupsvc.wire.dates import InstantOut


class LayoutBody(BaseModel):
    """How the file is read."""

    model_config = ANSWER

    columns: Annotated[dict[str, str], Field(description="Column to field, as given or guessed from its heading.")]
    source_system: str
    object_type: str
    scenario: str
    timezone: str


class CountsBody(BaseModel):
    """How many rows came to which end."""

    model_config = ANSWER

    accepted: int
    linked: int
    merged: int
    flagged: int
    rejected: Annotated[int, Field(description="By the rules.")]
    unchanged: Annotated[int, Field(description="Stored like this already.")]
    bad: Annotated[int, Field(description="Not to be read; they are in GET /imports/{import_id}/rejected.")]


class ImportBody(BaseModel):
    """An import as it stands."""

    model_config = ConfigDict(
        **ANSWER,
        json_schema_extra={
            "examples": [
                {
                    "import_id": "imp_0b37xcm2tdgwk",
                    "name": "customers.csv",
                    "state": "running",
                    "rows": 1200,
                    "line": 1201,
                    "counts": {
                        "accepted": 1100,
                        "linked": 20,
                        "merged": 60,
                        "flagged": 15,
                        "rejected": 0,
                        "unchanged": 0,
                        "bad": 5,
                    },
                    "seconds": 3.1,
                    "rows_per_second": 387.1,
                    "fault": "",
                    "layout": {
                        "columns": {"姓名": "name", "手机": "phone"},
                        "source_system": "crm",
                        "object_type": "customer",
                        "scenario": "",
                        "timezone": "Asia/Shanghai",
                    },
                    "started_at": "2026-03-01T09:30:02.114000Z",
                    "updated_at": "2026-03-01T09:30:05.214000Z",
                }
            ]
        },
    )

    import_id: str
    name: str
    state: Annotated[str, Field(description="running | finished | failed; send a failed one again, and it goes on.")]
    rows: Annotated[int, Field(description="Rows that are done.")]
    line: Annotated[int, Field(description="Where the last of them begins in the file.")]
    counts: CountsBody
    seconds: float
    rows_per_second: float
    fault: Annotated[str, Field(description="Why it failed.")]
    layout: LayoutBody
    started_at: InstantOut
    updated_at: InstantOut
