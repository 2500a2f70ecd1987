"""How a process that answers requests begins: the service opened, tables read, the collector told what stays."""

from __future__ import annotations

import gc
import logging

from dedupsvc.bootstrap import Service, open_service
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.record import Address, Email, Identifier, Phone, Values
from dedupsvc.settings import Settings

GARBAGE_THRESHOLDS = 10_000, 2, 5
"""Objects made and not yet gone, before the collector looks through the young ones; how many such looks, before it goes through
those that outlived one; how many of these, before all. Python's own are 700, 10 and 10. A closed connection is a cycle of 10 kB
and has outlived a look if it was open then: by the tenth, an overload of new connections had left tens of megabytes of them.
"""

_FIRST = (
    Values(name="张伟", phones=(Phone("021-50881234"),), addresses=(Address("上海市浦东新区世纪大道100号"),)),
    Values(company_name="上海华信科技有限公司北京分公司", emails=(Email("zhang.wei@huaxin.example"),)),
    Values(name="Ada Byron", phones=(Phone("+44 20 7946 0018"),), addresses=(Address("1 St James's Square, London"),)),
    Values(company_name="Shanghai Acme Tools Ltd - Boston", identifiers=(Identifier("vat", "GB999999973"),)),
)


async def settled(settings: Settings) -> Service:
    """The service, opened; what the process has made by now stays, and the collector looks at it no more.

    A request makes many small objects and next to no cycles. By Python's own thresholds the collector would run every few
    requests, and every now and then through all lexicons, while everybody waits. Tables that are read at their first use are
    read now, and not while the first caller waits.
    """
    service = await open_service(settings)
    for values in _FIRST:
        normalize(values, Defaults(phone_country=settings.phone_country))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    return service


def write_log(level: str) -> None:
    """Our own lines go to standard error as they are, one JSON object each; uvicorn's set-up covers only its own."""
    log = logging.getLogger("dedupsvc")
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    log.setLevel(level)
