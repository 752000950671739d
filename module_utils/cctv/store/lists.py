"""What lies in the bucket now, at one request per thousand keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from .calls import Calls
from .listing import OBJECTS, Object

BATCH = 1000
"""Most keys that one LIST returns and one DELETE takes."""


class Lists(Calls):
    """The part of the store that lists."""

    def list_level(self, prefix: str, *, start_after: str = "") -> Iterator[Object | str]:
        """Yield what lies directly below ``prefix``: objects, and folders as strings that end in ``/``."""
        for page in self._pages(Prefix=prefix, Delimiter="/", StartAfter=start_after):
            yield from (entry["Prefix"] for entry in page.get("CommonPrefixes", ()))
            yield from page[OBJECTS]

    def list_all(self, prefix: str, *, start_after: str = "") -> Iterator[Object]:
        """Yield every object below ``prefix``, in key order, from the one after ``start_after``."""
        for page in self._pages(Prefix=prefix, StartAfter=start_after):
            yield from page[OBJECTS]

    def look_up(self, keys: Iterable[str]) -> dict[str, Object]:
        """Return those of ``keys`` that exist.

        Neighbours share a LIST, so a thousand keys side by side cost one request where HEAD would cost a thousand.
        """
        wanted = deque(sorted(set(keys), key=str.encode))
        found: dict[str, Object] = {}
        ends = zip(wanted[0], wanted[-1], strict=False) if wanted else ()
        prefix = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], ends))
        after = ""
        while wanted:
            after = max(after, _just_before(wanted[0]), key=str.encode)
            page = self._call("ListObjectsV2", Prefix=prefix, StartAfter=after)
            entries = {entry.key: entry for entry in page[OBJECTS]}
            after = next(reversed(entries), after)
            while wanted and (not page.get("IsTruncated") or wanted[0].encode() <= after.encode()):
                key = wanted.popleft()
                if key in entries:
                    found[key] = entries[key]
        return found

    def _pages(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = self._call("ListObjectsV2", **arguments, **token)
            yield page
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}


def _just_before(key: str) -> str:
    """Return a text that sorts before ``key`` with next to nothing between them."""
    last = key[-1]
    return f"{key[:-1]}{chr(ord(last) - 1)}~" if last.isascii() and last.isalnum() else key[:-1]
