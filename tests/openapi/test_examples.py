"""What the OpenAPI document shows works: its examples are sent to a fresh service, and its links are followed."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from dedupsvc import bootstrap
from dedupsvc.api.app import openapi_document
from dedupsvc.settings import Settings
from tests.api.test_over_a_real_store import a_real_client

DOCUMENT = openapi_document()
IDS = ("cus_", "rec_", "dec_", "clm_", "rev_", "mrg_")


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    said: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.said["operationId"])

    @property
    def needs(self) -> list[str]:
        """Parameters without which it cannot be called."""
        return [each["name"] for each in self.said.get("parameters", []) if each.get("required")]

    def bodies(self) -> list[Any]:
        """The examples of its JSON body; None where it has no body."""
        if "requestBody" not in self.said:
            return [None]
        return list(examples_of(self.said["requestBody"]["content"]["application/json"]["schema"]))

    def reply(self, status: int) -> dict[str, Any]:
        found: dict[str, Any] = self.said["responses"][str(status)]
        return found


def examples_of(schema: dict[str, Any]) -> list[Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: list[Any] = (DOCUMENT["components"]["schemas"][name] if name else schema).get("examples", [])
    return found


OPERATIONS = {
    said["operationId"]: Operation(method, path, said)
    for path, methods in DOCUMENT["paths"].items()
    for method, said in methods.items()
}
SENDABLE = [
    pytest.param(operation, body, id=name)
    for name, operation in OPERATIONS.items()
    if not operation.needs
    and ("requestBody" not in operation.said or "application/json" in operation.said["requestBody"]["content"])
    for body in operation.bodies()
]


def links() -> Iterator[Any]:
    for operation in (param.values[0] for param in SENDABLE):
        assert isinstance(operation, Operation)
        if named_ids(operation.bodies()):  # where it leads is tested with the customers that it is about
            continue
        for status, reply in operation.said["responses"].items():
            for link in reply.get("links", {}).values():
                yield pytest.param(operation, int(status), link, id=f"{operation.name}-{status}-{link['operationId']}")


@pytest.fixture(scope="module")
async def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    await bootstrap.migrate(settings_in(folder))
    return folder


@pytest.fixture
async def client(laid_out: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Of a service that nobody has used yet."""
    folder = tmp_path / "fresh"
    shutil.copytree(laid_out, folder)
    async with a_real_client(settings_in(folder)) as client:
        yield client


def settings_in(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'data'}", hash_key_file=str(folder / "key"), dev_open=True)


async def send(client: httpx.AsyncClient, operation: Operation, body: Any, **parameters: Any) -> httpx.Response:
    path = operation.path.format_map(parameters)
    query = {name: value for name, value in parameters.items() if f"{{{name}}}" not in operation.path}
    return (
        await client.request(operation.method, path, params=query, json=body)
        if body is not None
        else (await client.request(operation.method, path, params=query))
    )


def named_ids(body: Any) -> bool:
    """Whether it speaks of what a fresh service cannot have."""
    return any(f'"{prefix}' in repr(body).replace("'", '"') for prefix in IDS)


@pytest.mark.parametrize(("operation", "body"), SENDABLE)
async def test_each_example_can_be_sent_as_it_is(client: httpx.AsyncClient, operation: Operation, body: Any) -> None:
    reply = await send(client, operation, body)
    assert str(reply.status_code) in operation.said["responses"]
    assert reply.is_success or (named_ids(body) and reply.status_code == 404), reply.text


@pytest.mark.parametrize(("operation", "body"), SENDABLE)
async def test_the_reply_has_the_members_that_its_example_shows(
    client: httpx.AsyncClient, operation: Operation, body: Any
) -> None:
    reply = await send(client, operation, body)
    if not reply.is_success or operation.name == "rules_schema":
        return
    content = operation.reply(reply.status_code)["content"]["application/json"]["schema"]
    schema = DOCUMENT["components"]["schemas"].get(content.get("$ref", "").rpartition("/")[2], {})
    # An example's nulls are left out of the published document, so what may be null need not be shown.
    nullable = {
        name for name, said in schema.get("properties", {}).items() if {"type": "null"} in said.get("anyOf", ())
    }
    for example in examples_of(content):
        assert set(reply.json()) - nullable == set(example) - nullable


@pytest.mark.parametrize(("operation", "status", "link"), list(links()))
async def test_each_link_leads_somewhere(
    client: httpx.AsyncClient, operation: Operation, status: int, link: dict[str, Any]
) -> None:
    (first, *_) = operation.bodies()
    reply = await send(client, operation, first)
    if reply.status_code != status:  # a repeat is answered with another status than the first time
        reply = await send(client, operation, first)
    assert reply.status_code == status
    found = {name: member(reply, expression) for name, expression in link["parameters"].items()}
    if not all(found.values()):
        assert operation.name == "match", "only what stores nothing may have nothing to lead to"
        return
    target = OPERATIONS[link["operationId"]]
    assert set(found) == set(target.needs)
    followed = await send(client, target, target.bodies()[0], **found)
    assert followed.is_success, followed.text


def member(reply: httpx.Response, expression: str) -> Any:
    prefix, _, name = expression.partition("#/")
    assert prefix == "$response.body"
    return reply.json()[name]


def test_a_link_names_an_operation_and_its_parameters() -> None:
    found = [
        link
        for operation in OPERATIONS.values()
        for reply in operation.said["responses"].values()
        for link in reply.get("links", {}).values()
    ]
    assert len(found) >= 15
    for link in found:
        assert set(link["parameters"]) == set(OPERATIONS[link["operationId"]].needs)


@pytest.mark.parametrize(
    "name", ["record_by_id", "customer", "decision", "confirm_claim", "release_claim", "rules_version"]
)
def test_what_takes_an_id_can_be_reached_from_what_gives_it(name: str) -> None:
    reached = {
        link["operationId"]
        for operation in OPERATIONS.values()
        for reply in operation.said["responses"].values()
        for link in reply.get("links", {}).values()
    }
    assert name in reached
