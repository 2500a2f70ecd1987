"""Which of the records behind its keys a search finds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dedupsvc.core.entity import Id
from dedupsvc.usecases.ports import Search


def usable(search: Search, held: Mapping[int, Sequence[Id]]) -> tuple[set[Id], list[int], dict[int, int]]:
    """The records, the keys that too many hold, and those that brought only whom another key brought, too, with how many hold them.

    ``held``: by key, who holds it, if anybody does; where more than the key's cap do, at least one more than that.
    """
    records: set[Id] = set()
    over: list[int] = []
    thinned: dict[int, int] = {}
    alone = search.alone
    for key, cap in search.caps.items():
        holders = held.get(key)
        if holders is None:
            continue
        count = len(holders)
        if count > cap:
            over.append(key)
        elif count > alone.get(key, cap):
            thinned[key] = count
        else:
            records.update(holders)
    if len(thinned) > 1:
        once: set[Id] = set()
        for key in thinned:
            also = once.intersection(held[key])
            records |= also
            once.update(held[key])
    return records, over, thinned


def brings_all(search: Search, keys: Sequence[int], held: Mapping[int, Sequence[Id]], hot: Collection[int]) -> bool:
    """Whether these keys, which have been looked up if they are not hot, bring the search all who hold them."""
    alone, caps = search.alone, search.caps
    return all(key not in hot and len(held.get(key, ())) <= alone.get(key, caps[key]) for key in keys)
