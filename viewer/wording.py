"""Dates, sizes and names as the owner reads them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from babel import Locale, dates, numbers

SOURCES = {
    "name": "the camera wrote it into the file name",
    "path": "from the folders and the file name",
    "arrival": "when it arrived: the name holds no time that can be believed",
}
PLACES = {"loose": "just arrived, not sorted yet", "sorted": "in its day's folder"}
_UNITS = ("B", "kB", "MB", "GB", "TB")


def filters(language: str) -> dict[str, Any]:
    """Return the filters of the templates for one language, such as ``en_GB``."""
    locale = Locale.parse(language)
    return {
        "day_long": partial(dates.format_date, format="full", locale=locale),
        "day_short": partial(dates.format_date, format="medium", locale=locale),
        "month": partial(dates.format_skeleton, "yMMMM", locale=locale),
        "weekdays": lambda _: _weekdays(locale),
        "clock": lambda moment: _time(moment, "medium", locale),
        "hour": lambda hour: _time(datetime.combine(date.min, time(hour % 24)), "short", locale),
        "moment": lambda moment: f"{dates.format_date(moment, 'medium', locale)}, {_time(moment, 'medium', locale)}",
        "ago": lambda span: dates.format_timedelta(-span, add_direction=True, locale=locale),
        "duration": lambda hours: dates.format_timedelta(timedelta(hours=hours), threshold=1.5, locale=locale),
        "zone": _zone,
        "zone_name": lambda zone, day: _zone(datetime.combine(day, time(12), zone)),
        "bytes": partial(_bytes, locale=locale),
        "number": partial(numbers.format_decimal, locale=locale),
        "dollars": lambda usd: numbers.format_currency(usd, "USD", _dollars(usd), locale, currency_digits=False),
        "event": _event,
        "visible": visible,
        "source": lambda name: SOURCES.get(name, name),
        "place": lambda name: PLACES.get(name, "in the day's archive"),
    }


def visible(text: str) -> str:
    """Return ``text`` with what cannot be seen, or turns the writing around, as its code point."""
    return "".join(char if char.isprintable() else f"[{ord(char):04X}]" for char in text)


def _time(moment: datetime, length: str, locale: Locale) -> str:
    return dates.format_time(moment.replace(tzinfo=None), format=length, locale=locale)


def _weekdays(locale: Locale) -> list[str]:
    return [locale.days["stand-alone"]["abbreviated"][day] for day in range(7)]


def _zone(moment: datetime) -> str:
    """``EET, UTC+02:00``; a name that is but the offset is left out."""
    name, offset = moment.tzname() or "", _offset(moment)
    return f"{name}, {offset}" if name.isalpha() and name != "UTC" else offset


def _offset(moment: datetime) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    return f"UTC{'+' if minutes >= 0 else '-'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _bytes(size: int, *, locale: Locale) -> str:
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{numbers.format_decimal(value, '#,##0.#' if value < 10 and unit else '#,##0', locale)} {_UNITS[unit]}"


def _dollars(usd: float) -> str:
    return "¤#,##0.00" if usd >= 0.1 or not usd else "¤0.0000"


def _event(word: str) -> str:
    """``LINE_CROSSING_DETECTION`` reads ``Line crossing detection``."""
    return visible(word.replace("_", " ").capitalize()) if word else "No event word"
