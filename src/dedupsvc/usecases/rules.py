"""The rules by version: written once, activated any number of times, never changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dedupsvc.core.errors import NotFound, PreconditionFailed
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Ruleset, read_document
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.ports import Reads
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Activation, Event, StoredRuleset

DRAFT, ACTIVE, RETIRED = "draft", "active", "retired"


@dataclass(frozen=True, slots=True)
class RulesView:
    """One version as callers see it."""

    version: int
    status: str
    """draft | active | retired: not active yet, now, or no longer"""
    ruleset: Ruleset
    created_at: Instant
    created_by: str
    note: str
    activated_at: Instant | None
    """The last time; so are the next two."""
    activated_by: str
    activation_note: str


@dataclass(frozen=True, slots=True)
class ActivationView:
    number: int
    version: int
    at: Instant
    actor: str
    note: str


@dataclass(frozen=True, slots=True)
class RulesHistory:
    """Newest first."""

    active: int
    versions: tuple[RulesView, ...]
    activations: tuple[ActivationView, ...]


async def history(resources: Resources, caller: Caller) -> RulesHistory:
    """Every version, and every switch from one to another."""
    async with resources.store.reading(caller.tenant_id) as reads:
        return await _history(reads)


async def version(resources: Resources, caller: Caller, number: int) -> RulesView:
    """Raises `NotFound`."""
    return _of(await history(resources, caller), number)


async def active(resources: Resources, caller: Caller) -> RulesView:
    """The version that decisions follow now."""
    found = await history(resources, caller)
    return _of(found, found.active)


async def create(resources: Resources, caller: Caller, document: object, note: str = "") -> tuple[RulesView, bool]:
    """Stores the document as the next version, a draft; False if the newest version says the very same already.

    Raises:
        RulesInvalid: the document, a JSON value, makes no sense.
    """
    ruleset = read_document(document)
    return await resources.retried(lambda: _create(resources, caller, ruleset, note))


async def _create(resources: Resources, caller: Caller, ruleset: Ruleset, note: str) -> tuple[RulesView, bool]:
    async with resources.store.unit(caller.tenant_id) as unit:
        # Two documents at once get two versions, one after the other; decisions are not in the way.
        await unit.claim(0, [resources.lock_of(caller.tenant_id, "rules")])
        newest = (await unit.rulesets())[0]
        if newest.ruleset == ruleset:
            return _of(await _history(unit), newest.version), False
        stored = StoredRuleset(newest.version + 1, ruleset, await unit.now(), caller.principal, note)
        await unit.add_ruleset(stored)
        await unit.commit()
    return _view(stored, 0, ()), True


async def activate(
    resources: Resources, caller: Caller, number: int, expected: Collection[int] | None = None, note: str = ""
) -> RulesView:
    """Every decision that is committed from now on follows this version; earlier ones keep theirs.

    Activating the active version changes nothing, whatever was expected: it is how a repeated request ends.

    Raises:
        NotFound: there is no such version.
        PreconditionFailed: another version is active than those that were expected (None: any will do).
    """
    return await resources.retried(lambda: _activate(resources, caller, number, expected, note))


async def _activate(
    resources: Resources, caller: Caller, number: int, expected: Collection[int] | None, note: str
) -> RulesView:
    async with resources.store.unit(caller.tenant_id) as unit:
        await unit.lock_rules()
        found = await _history(unit)
        wanted = _of(found, number)
        if found.active == number:
            return wanted
        if expected is not None and found.active not in expected:
            raise PreconditionFailed("Another version of the rules has been activated in the meantime.")
        counted = found.activations[0].number if found.activations else 0
        activation = Activation(counted + 1, number, await unit.now(), caller.principal, note)
        said = json.dumps({"rules_version": number, "previous": found.active})
        await unit.activate(activation, Event("rules.activated", 0, said))
        changed = _of(await _history(unit), number)
        await unit.commit()
    return changed


async def _history(reads: Reads) -> RulesHistory:
    activations = await reads.activations()
    now = await reads.active_version()
    return RulesHistory(
        now,
        tuple(_view(stored, now, activations) for stored in await reads.rulesets()),
        tuple(ActivationView(one.number, one.version, one.at, one.actor, one.note) for one in activations),
    )


def _of(found: RulesHistory, number: int) -> RulesView:
    for each in found.versions:
        if each.version == number:
            return each
    raise NotFound("There is no ruleset of this version.")


def _view(stored: StoredRuleset, now: int, activations: Sequence[Activation]) -> RulesView:
    last = next((one for one in activations if one.version == stored.version), None)
    return RulesView(
        version=stored.version,
        status=ACTIVE if stored.version == now else DRAFT if last is None else RETIRED,
        ruleset=stored.ruleset,
        created_at=stored.created_at,
        created_by=stored.created_by,
        note=stored.note,
        activated_at=None if last is None else last.at,
        activated_by="" if last is None else last.actor,
        activation_note="" if last is None else last.note,
    )
