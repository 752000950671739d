"""Takes pictures for an export: one that was sorted or archived since the listing is found anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cctv.errors import CctvError, DamagedError, StoreError

from viewer import pictures
from viewer.failures import is_gone
from viewer.gallery import Gallery
from viewer.shots import Shot

log = logging.getLogger("viewer")
GONE = "no longer in the bucket: it was deleted or purged since it was listed"
_IN_COLD = {"InvalidObjectState", "ObjectNotInActiveTierError"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture where it was found. Without ``body`` and ``remark`` it is large, and to be read in pieces."""

    shot: Shot
    body: bytes | None = None
    remark: str = ""
    is_failure: bool = False


class Taker:
    """Reads pictures of a gallery for one export."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._since: dict[tuple[str, date], float] = {}

    def take(self, shot: Shot) -> Taken:
        """Return the picture, or the reason why it cannot be had."""
        found = self._try(shot)
        if found.remark != GONE:
            return found
        try:
            anew = self._find_anew(shot)
        except StoreError as error:
            log.warning("left out of an export: %s", error)
            return Taken(shot, remark=pictures.UNREADABLE, is_failure=True)
        if anew is None:
            return found
        return self._try(anew)

    def pieces(self, taken: Taken) -> Iterator[bytes | memoryview]:
        """Yield a large picture; CctvError where it ends before its time."""
        shot, done = taken.shot, 0
        try:
            for piece in pictures.pieces(self._gallery, shot):
                done += len(piece)
                yield piece
        except StoreError as error:
            anew = self._find_anew(shot) if is_gone(error) else None
            if anew is None or anew.size != shot.size:
                raise
            yield from pictures.pieces(self._gallery, anew, done)

    def _try(self, shot: Shot) -> Taken:
        try:
            if pictures.is_large(shot):
                next(pictures.pieces(self._gallery, shot))  # says now whether it is there
                return Taken(shot)
            return Taken(shot, pictures.read(self._gallery.store, self._gallery, shot))
        except DamagedError as error:
            log.warning("left out of an export: %s", error)
            return Taken(shot, remark=pictures.DAMAGED)
        except CctvError as error:
            log.warning("left out of an export: %s", error)
            code = error.code if isinstance(error, StoreError) else ""
            if code in _IN_COLD:
                return Taken(shot, remark=pictures.COLD)
            return Taken(shot, remark=GONE) if is_gone(error) else Taken(shot, None, pictures.UNREADABLE, True)

    def _find_anew(self, shot: Shot) -> Shot | None:
        """Return the same picture from a listing that was asked for after the first of its day was gone."""
        since = self._since.setdefault((shot.camera, shot.day), time.time())
        seen = self._gallery.day(shot.camera, shot.day, after=since)
        file_name = shot.name.rpartition("/")[2]
        same = [each for each in seen.value.shots if each.size == shot.size and each.etag == shot.etag]
        # A copy that KMS encrypts has another ETag.
        same += [each for each in seen.value.shots if each.size == shot.size and each.captured_at == shot.captured_at]
        return next((each for each in same if each.name.rpartition("/")[2] == file_name), None)
