"""How many results the caches of pure functions keep.

A cache grows until it is full, and a process with it. So what has few hits is kept small, and nothing is kept that would take
more than some ten thousand requests to come across.
"""

from __future__ import annotations

from typing import Final

OWN: Final = 512
"""Of values that are one customer's own, as a name or a number: they come again when the same record is sent again."""
SHARED: Final = 4096
"""Of what many customers share: words, places, companies, and how two records compare."""
