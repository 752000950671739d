"""Who is logged in: in memory alone, so that a restart logs everybody out and nothing of it can be stolen from disk."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One login."""

    user: str
    expires: float


class Sessions:
    """Opens and ends sessions. A token is known to the browser alone; here lies its hash."""

    def __init__(self, *, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self.seconds = seconds
        self._clock = clock
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self._lock = threading.Lock()
        self._secret = secrets.token_bytes(32)

    def open(self, user: str) -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(token)] = Session(user, self._clock() + self.seconds)
            while len(self._sessions) > MOST:
                self._sessions.popitem(last=False)
        return token

    def find(self, token: str) -> Session | None:
        """Return the session of ``token`` while it lasts."""
        with self._lock:
            session = self._sessions.get(_digest(token))
            if session and session.expires <= self._clock():
                del self._sessions[_digest(token)]
                return None
            return session

    def end(self, token: str) -> None:
        """End the session of ``token``."""
        with self._lock:
            self._sessions.pop(_digest(token), None)

    def form_token(self, cookie: str) -> str:
        """Return what a form must send back to be one of ours, bound to the browser's ``cookie``.

        Another text each time: the length of a compressed page tells of what it repeats (BREACH).
        """
        pad = secrets.token_bytes(32)
        return (pad + _xor(pad, self._proof(cookie))).hex()

    def is_ours(self, cookie: str, form_token: str) -> bool:
        """Say whether a form with ``form_token`` was made for the browser with ``cookie``."""
        try:
            sent = bytes.fromhex(form_token)
        except ValueError:
            return False
        return bool(cookie) and hmac.compare_digest(self._proof(cookie), _xor(sent[:32], sent[32:]))

    def _proof(self, cookie: str) -> bytes:
        return hmac.digest(self._secret, cookie.encode(), "sha256")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
