"""How often somebody may guess a password: a few times per address, then not before the window has passed."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

ATTEMPTS = 5
WINDOW = 15 * 60.0
_ADDRESSES = 4096


class Throttle:
    """Counts failures by address; a /64 of IPv6 is one address, for it is one subscriber."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str) -> int:
        """Count an attempt from ``address`` as failed until it is cleared; return the seconds to wait, 0 to go on."""
        now, source = self._clock(), _source(address)
        with self._lock:
            recent = [at for at in self._failures.pop(source, []) if at > now - WINDOW]
            self._failures[source] = recent
            while len(self._failures) > _ADDRESSES:
                self._failures.popitem(last=False)
            if len(recent) >= ATTEMPTS:
                return math.ceil(recent[0] + WINDOW - now)
            recent.append(now)
            return 0

    def clear(self, address: str) -> None:
        """Forget the failures of ``address``: it knew the password."""
        with self._lock:
            self._failures.pop(_source(address), None)


def _source(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
