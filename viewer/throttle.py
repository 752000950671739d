"""How often somebody may guess a password: a few times per account and address in a window of time."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

ATTEMPTS = 5
ATTEMPTS_OF_ALL = 20
"""The same for all accounts together, from one address."""
WINDOW = 15 * 60.0
_ADDRESSES = 4096


class Throttle:
    """Counts failures by address and account; a /64 of IPv6 is one address, for it is one subscriber."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, list[tuple[float, bytes]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, account: str) -> int:
        """Count an attempt at ``account`` as failed until it is cleared; return the seconds to wait, 0 to go on."""
        now, source, whose = self._clock(), _source(address), _digest(account)
        with self._lock:
            recent = [(at, who) for at, who in self._failures.pop(source, []) if at > now - WINDOW]
            self._failures[source] = recent
            while len(self._failures) > _ADDRESSES:
                self._failures.popitem(last=False)
            of_account = [at for at, who in recent if who == whose]
            for attempts, most in (of_account, ATTEMPTS), ([at for at, _ in recent], ATTEMPTS_OF_ALL):
                if len(attempts) >= most:
                    return math.ceil(attempts[0] + WINDOW - now)
            recent.append((now, whose))
            return 0

    def clear(self, address: str, account: str) -> None:
        """Forget the failures at ``account`` from ``address``, which knew its password; those at others stay."""
        whose = _digest(account)
        with self._lock:
            failures = self._failures.get(_source(address), [])
            failures[:] = [(at, who) for at, who in failures if who != whose]


def _digest(account: str) -> bytes:
    return hashlib.sha256(account.encode()).digest()


def _source(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
