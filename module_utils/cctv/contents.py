"""The pictures and days of one camera as plain rows, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from .catalog import Archive, Catalog
from .errors import noted
from .layout import Location
from .selection import DayRule, name_filter, parse_date, require_camera
from .store import Object
from .unarchived import loose_name

Row = dict[str, Any]


class Contents:
    """Lists one camera: all of it, or one day of it."""

    def __init__(self, catalog: Catalog, camera: str, day: str, pattern: str) -> None:
        self._camera = require_camera(catalog.cameras(), camera)
        self._catalog = catalog
        self._day = parse_date(day) if day else None
        self._rule = DayRule.on(self._day) if self._day else DayRule()
        self._takes = name_filter([pattern])

    def read(self, *, with_captures: bool) -> tuple[list[Row], list[Row], dict[str, str]]:
        """Return the pictures by time of capture, the days, and the archives whose index is damaged.

        A day with an archive that has no index (the old toolkit's), or a damaged one, is not counted.
        """
        captures: list[Row] = []
        days: list[Row] = []
        failures: dict[str, str] = {}
        if with_captures:
            captures += self.loose()
        for day in self._days():
            rows = self._rows(self._catalog.day(self._camera, day), Location.SORTED) if with_captures else []
            captures += rows
            days.append(self._day_row(day, rows, Location.SORTED, counted=with_captures))
        archives = (archive for archive in self._catalog.archives(self._camera, self._day) if archive.object)
        for day, of_day in groupby(archives, key=lambda archive: archive.day):
            parts = [self._archive_rows(archive, failures) for archive in of_day] if with_captures else [None]
            rows = [row for part in parts if part for row in part]
            captures += rows
            days.append(self._day_row(day, rows, Location.ARCHIVED, counted=None not in parts))
        captures.sort(key=lambda row: (row["captured_at"], row["key"], row["name"]))
        return captures, days, failures

    def loose(self) -> Iterator[Row]:
        """Yield the pictures that are not sorted yet, as S3 lists them."""
        return (row for entry in self._catalog.loose(self._camera) if (row := self._row(entry, Location.LOOSE)))

    def _days(self) -> list[date]:
        today = self._catalog.zones.today(self._camera, self._catalog.now)
        return [day for day in self._catalog.days(self._camera) if self._rule.takes(self._camera, day, today=today)]

    def _rows(self, entries: Iterable[Object], location: Location) -> list[Row]:
        return [row for entry in entries if (row := self._row(entry, location))]

    def _row(self, entry: Object, location: Location) -> Row | None:
        reading = self._catalog.reading(entry)
        if location is Location.LOOSE:
            day, name = loose_name(self._catalog, entry, reading)
            is_meant = self._day in (None, day)
        else:
            name, is_meant = self._catalog.layout.path_of(entry.key).partition("/")[2], True
        if not (is_meant and self._takes(name, self._catalog.layout.below_prefix(entry.key))):
            return None
        return {
            "key": entry.key,
            "camera": self._camera,
            "name": name,
            "captured_at": reading.captured_at.isoformat(),
            "time_source": reading.time_source.value,
            "event": reading.event,
            "size": entry.size,
            "storage_class": entry.storage_class,
            "location": location.value,
        }

    def _archive_rows(self, archive: Archive, failures: dict[str, str]) -> list[Row] | None:
        """Return the pictures of an archive; None where no index says which."""
        held, index = archive.object, None
        if held is None:
            return []
        with noted(failures, held.key):
            index = self._catalog.index(archive)
        if index is None:
            return None
        return [
            {
                "key": held.key,
                "camera": self._camera,
                "name": entry.name,
                "captured_at": entry.captured_at,
                "time_source": entry.time_source,
                "event": entry.event,
                "size": entry.size,
                "storage_class": held.storage_class,
                "location": Location.ARCHIVED.value,
            }
            for entry in index.captures
            if self._takes(entry.name, f"{self._camera}/{archive.day}/{entry.name}")  # where it lay when it was sorted
        ]

    def _day_row(self, day: date, rows: list[Row], location: Location, *, counted: bool) -> Row:
        return {
            "camera": self._camera,
            "date": day.isoformat(),
            "count": len(rows) if counted else -1,
            "bytes": sum(row["size"] for row in rows) if counted else -1,
            "location": location.value,
        }
