"""How each vendor writes the time into a picture's name or path: the one table.

To add a vendor, add one entry to ``CONVENTIONS`` and its real names to ``tests/data/keys.yml``.

The first entry that matches the *whole* name (or path) with a possible date decides, so order is priority:
17 digits, then what only one vendor writes, then any delimited stamp. A leading ``.*`` takes as much as it
can, so the stamp found is the rightmost: prefixes hold digits more often than event words do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """One vendor's way to write the time.

    Named groups: ``stamp`` (all that is evidence), ``year`` (two digits mean 20xx), ``month``, ``day``, and
    where they exist ``hour``, ``minute``, ``second``, ``fraction`` (decimals of a second) and ``event``.
    """

    vendor: str
    pattern: re.Pattern[str]
    needs_path: bool = False
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


# A second of 60 is a leap second and is kept; any other impossible field is not a time at all.
YEAR, YY = r"(?P<year>\d{4})", r"(?P<year>\d\d)"
MONTH, DAY = r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
HOUR, MINUTE, SECOND = r"(?P<hour>[01]\d|2[0-3])", r"(?P<minute>[0-5]\d)", r"(?P<second>[0-5]\d|60)"
DATE, ISO_DATE, TIME = f"{YEAR}{MONTH}{DAY}", f"{YEAR}-{MONTH}-{DAY}", f"{HOUR}{MINUTE}{SECOND}"

# Delimiters around a stamp: a serial number or a word that merely contains digits is none.
LEFT, RIGHT = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
DIGITS_17 = rf"{LEFT}(?P<stamp>{DATE}{TIME}(?P<fraction>\d{{3}})){RIGHT}"
DIGITS_14 = rf"{LEFT}(?P<stamp>{DATE}{TIME}){RIGHT}"
DIGITS_8_6 = rf"{LEFT}(?P<stamp>{DATE}_{TIME}){RIGHT}"
DIGITS_14_OR_8_6 = rf"{LEFT}(?P<stamp>{DATE}_?{TIME}){RIGHT}"

# Dahua: R scheduled, M motion, A external alarm, I smart (IVS); [M][0@0][0] without the letter says nothing.
DAHUA_WORDS = MappingProxyType({"R": "SCHEDULED", "M": "MOTION", "A": "ALARM", "I": "SMART"})
DAHUA_FLAG = r"\[(?P<event>[A-Z])\]\[[^][/]*\]\[[^][/]*\]"
DAHUA_UNTIL = r"(?:-\d\d\.\d\d\.\d\d)?"  # a clip: the capture time is its start
HI3510_WORDS = MappingProxyType({"A": "ALARM", "P": "PERIODIC"})
YI_WORDS = MappingProxyType({f"E{kind}": "MOVING" for kind in ("", *range(10))})


def _named(vendor: str, pattern: str, words: Mapping[str, str] = MappingProxyType({})) -> Convention:
    """Return a convention that the bare file name satisfies; its extension is optional."""
    whole = re.compile(pattern + r"(?:\.[0-9A-Za-z]{1,5})?", re.ASCII | re.DOTALL)
    return Convention(vendor=vendor, pattern=whole, words=words)


def _placed(vendor: str, pattern: str, words: Mapping[str, str] = MappingProxyType({})) -> Convention:
    """Return a convention that needs folders too; any folders may come first, the nearest date counts."""
    whole = re.compile(r"(?:.*/)?" + pattern + r"(?:\.[0-9A-Za-z]{1,5})?", re.ASCII | re.DOTALL)
    return Convention(vendor=vendor, pattern=whole, needs_path=True, words=words)


CONVENTIONS: tuple[Convention, ...] = (
    # <17>_<plate>_VEHICLE_DETECTION: the plate is no part of the event
    _named("hikvision", rf"{DIGITS_17}_[^_]+_(?P<event>(?i:VEHICLE_DETECTION).*?)"),
    # <anything>_<17>_<EVENT>
    _named("hikvision", rf".*{DIGITS_17}_?(?P<event>.*?)"),
    # <ip>_<14>_<8>_<6>_<n>: a download from the camera; the second stamp is the capture
    _named("hikvision", rf".*{LEFT}\d{{14}}_{DIGITS_8_6}_\d+"),
    _named("dahua", rf".*{DIGITS_14}_{DAHUA_FLAG}", DAHUA_WORDS),
    _named(
        "dahua",
        rf".*{LEFT}(?P<stamp>{ISO_DATE}_\d+_{HOUR}\.{MINUTE}\.{SECOND}){DAHUA_UNTIL}{DAHUA_FLAG}",
        DAHUA_WORDS,
    ),
    # <recorder>_ch1_main_<start>_<end>
    _named("dahua", rf".*{DIGITS_14}_\d{{14}}{RIGHT}"),
    # MDAlarm, HMDAlarm (human), MDalarm and alarm (clips), Snap, Schedule, from the start of the name only
    _named("foscam", rf"(?P<event>(?i:H?MDAlarm|alarm|Snap|Schedule))_(?P<stamp>{DATE}[-_]{TIME})"),
    # A<YYMMDD><hhmmss><nn>, and clips A<YYMMDD>_<start>_<end>
    _named("hi3510", rf"(?P<event>[AP])(?P<stamp>{YY}{MONTH}{DAY}{TIME})\d\d", HI3510_WORDS),
    _named("hi3510", rf"(?P<event>[AP])(?P<stamp>{YY}{MONTH}{DAY}_{TIME})_\d{{6}}", HI3510_WORDS),
    # image%y-%m-%d_%H-%M-%S-%f_#s, and edge storage <8>_<6>_<4 hex digits>[_<serial>]
    _named(
        "axis",
        rf"image(?P<stamp>{YY}-{MONTH}-{DAY}_{HOUR}-{MINUTE}-{SECOND}(?:-(?P<fraction>\d{{1,6}}))?)(?:_\d*)?",
    ),
    # the same with a word of the owner's: what two digits mean, the fraction and the word glued to them must witness
    _named(
        "axis",
        rf".*[A-Za-z](?P<stamp>{YY}-{MONTH}-{DAY}_{HOUR}-{MINUTE}-{SECOND}-(?P<fraction>\d{{1,6}}))(?:_\d*)?",
    ),
    _named("axis", rf"{DIGITS_8_6}_[0-9A-F]{{4}}(?:_[0-9A-F]{{12}})?"),
    _named(
        "geovision",
        rf"(?P<event>[A-Za-z]+)_(?P<stamp>{ISO_DATE}-{HOUR}-{MINUTE}-{SECOND}-(?P<fraction>\d{{3}}))_\d+",
    ),
    _named("acti", rf".*-(?P<stamp>{ISO_DATE}@{TIME})"),
    _named("acti", rf"video_(?P<stamp>{YY}{MONTH}{DAY}_{TIME}_(?P<fraction>\d{{3}}))"),
    # bursts <prefix>_<14>_1_pre, _4_trg, _5_pos; recorders <MAC>_<8>_<6>_<n>
    _named("vivotek", rf".*{DIGITS_14}_\d+_(?P<event>(?i:pre|trg|pos))"),
    _named("vivotek", rf"[0-9A-Fa-f]{{12}}_{DIGITS_8_6}_\d+"),
    # <camera>_<NN>_<14>, and behind a hub <camera>_<NN>_<hub>_<14>
    _named("reolink", rf".*_\d\d_(?:[^_]+_)?{DIGITS_14}"),
    _named("approx", rf"[^()]*\([^()]*\)_\d+_{DIGITS_14}_\d+"),
    # nobody's in particular: any delimited 14 digits, or 8_6, and 8-6 that begins the name
    _named("timestamp", rf".*{DIGITS_14_OR_8_6}(?:_(?P<event>[^0-9._-].*?)|.*?)"),
    _named("timestamp", rf"(?P<stamp>{DATE}-{TIME}){RIGHT}(?:_(?P<event>[^0-9._-].*?)|.*?)"),
    # CAM1 or Interior glued to the date: only 14 digits of this century that end the name
    _named("approx", rf".*[A-Za-z]\d{{0,3}}(?P<stamp>(?=20){DATE}{TIME})"),
    # DATE/…/hh/mm/ss[M][0@0][0], DATE/…/hh/mm.ss[…], DATE/…/hh.mm.ss[…], DATE/…/hh.mm.ss-hh.mm.ss[…]
    _placed(
        "dahua",
        rf"(?P<stamp>{ISO_DATE}/(?:.*/)?{HOUR}[/.]{MINUTE}[/.]{SECOND}){DAHUA_UNTIL}{DAHUA_FLAG}",
        DAHUA_WORDS,
    ),
    # 2023Y05M06D15H/00M00S60: the last number is the length; E, E1, E2… is a moving event
    _placed(
        "yi",
        rf"(?P<stamp>{YEAR}Y{MONTH}M{DAY}D{HOUR}H/(?P<event>E\d?)?{MINUTE}M{SECOND}S)\d*",
        YI_WORDS,
    ),
    _placed("acti", rf"Img_(?P<stamp>{ISO_DATE}/Snap_{TIME}_(?P<fraction>\d{{3}}))_\d+"),
    # no minute anywhere: the hour's beginning
    _placed("abus", rf"(?P<event>Alarm|Period|Backup)/(?P<stamp>{DATE}/{HOUR})/[^][/]+"),
)
