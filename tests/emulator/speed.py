"""Two detours of moto's that cost most of its time, cut short."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from moto.core import serialize
from moto.server import DomainDispatcherApplication

_any_form = serialize.parse_to_aware_datetime


def install() -> None:
    """Some half more requests a second, and listings in less than half the time."""
    # It looks through all its folders at every request.
    DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    # It writes the time of every key, reads it back whatever its form, and writes it again.
    serialize.parse_to_aware_datetime = _from_iso


def _from_iso(value: Any) -> Any:
    if isinstance(value, str):
        try:
            parsed = dt.datetime.fromisoformat(value)
        except ValueError:
            return _any_form(value)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
    return _any_form(value)
