"""How objects go: a thousand in one request, and only those that are still what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

from ..errors import StoreError, UnusableError
from ..pace import BROKEN, SLOW
from .listing import Object
from .lists import Lists

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""Characters that the XML of a DeleteObjects request cannot carry; these keys are deleted one by one."""


class _UnfinishedError(StoreError):
    """A 200 reply to DeleteObjects that holds refusals of the passing kind."""


class Deletes(Lists):
    """The part of the store that deletes."""

    def delete_unchanged(self, objects: Sequence[Object]) -> dict[str, str]:
        """Delete those of at most 1000 ``objects`` that still hold the bytes listed; return why others stay, by key.

        Looked up once more just before, and deleted on the condition of their ETag where the store knows that:
        a picture that came again under the same name meanwhile is not the one that was proven elsewhere.
        """
        now = self.look_up(entry.key for entry in objects)
        same = [entry for entry in objects if entry.key in now and now[entry.key].etag == entry.etag]
        kept = {entry.key: "changed meanwhile: run again" for entry in objects if entry.key in now}
        for entry in same:
            del kept[entry.key]
        refused = self.delete([entry.key for entry in same], etags=[entry.etag for entry in same])
        # What another run deleted first, or this one with a reply that was lost, has no ETag any more.
        there = self.look_up(refused)
        return kept | {key: reason for key, reason in refused.items() if key in there}

    def drop(self, keys: Sequence[str]) -> None:
        """Delete at most 1000 ``keys`` that must be gone before anything else is done; StoreError if one stays."""
        for reason in self.delete(keys).values():
            raise StoreError(reason)

    def delete(self, keys: Sequence[str], *, etags: Sequence[str] = ()) -> dict[str, str]:
        """Delete at most 1000 ``keys`` in one request; return by key why others stay: all, if it was refused."""
        refused: dict[str, str] = {}
        entries: list[Any] = []
        for key, etag in zip_longest(keys, etags, fillvalue=""):
            condition = {"ETag": f'"{etag}"'} if etag else {}
            if _NOT_IN_XML.search(key):
                with _refusing(refused, [key]):
                    self._call("DeleteObject", Key=key, IfMatch=condition.get("ETag", ""))
            else:
                entries.append({"Key": key, **condition})

        def attempt() -> None:
            reply = self._ask("DeleteObjects", Delete={"Objects": entries, "Quiet": True})
            errors = {item.get("Key", ""): item for item in reply.get("Errors", ())}
            for entry in entries:
                refused.pop(entry["Key"], None)
            refused.update((key, self._refusal("DeleteObjects", item)) for key, item in errors.items())
            entries[:] = [entry for entry in entries if errors.get(entry["Key"], {}).get("Code") in SLOW | BROKEN]
            if entries:
                raise _UnfinishedError("not all were deleted", code=str(errors[entries[0]["Key"]].get("Code")))

        if entries:
            with _refusing(refused, [entry["Key"] for entry in entries]):
                self._request("DeleteObjects", keys[0], attempt)
        return refused


@contextmanager
def _refusing(refused: dict[str, str], keys: Sequence[str]) -> Iterator[None]:
    """Note for each of ``keys`` why they could not be deleted; what concerns the whole bucket passes."""
    try:
        yield
    except (UnusableError, _UnfinishedError) as error:
        if isinstance(error, UnusableError):
            raise
    except StoreError as error:
        refused |= dict.fromkeys(keys, str(error))
