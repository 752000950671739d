"""How the cameras of several makers name a picture, below the folder that is theirs in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

_EVENTS = ("MOTION_DETECTION", "LINE_CROSSING_DETECTION", "FACE_SNAP", "INTRUSION_DETECTION", "TIMING")
_PLATES = ("B4DM3N", "N74DYX", "J23TST", "CA5402AO", "AI7514MP")


def _stamp(at: dt.datetime) -> str:
    """Hikvision's seventeen digits, down to the millisecond."""
    return f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}"


def hikvision(at: dt.datetime, number: int) -> str:
    return f"192.168.1.64_01_{_stamp(at)}_{_EVENTS[number % 5]}.jpg"


def hikvision_serial(at: dt.datetime, number: int) -> str:
    """A prefix of the owner's and the serial number, in a folder for each filing interval."""
    return f"{at:%Y_%m_%d-%Y_%m_%d}/下站_AG3749139_{_stamp(at)}_LINE_CROSSING_DETECTION.jpg"


def hikvision_lower(at: dt.datetime, number: int) -> str:
    suffix = "JPG" if number % 4 == 0 else "jpg"
    return f"192.168.1.65_01_{_stamp(at)}_line_crossing_detection_{number % 3 + 1}.{suffix}"


def anpr(at: dt.datetime, number: int) -> str:
    return f"{_stamp(at)}_{_PLATES[number % 5]}_VEHICLE_DETECTION.jpg"


def dahua(at: dt.datetime, number: int) -> str:
    """All of the time but its second is in the path."""
    return f"{at:%Y-%m-%d}/001/jpg/{at:%H}/{at:%M}/{at:%S}[M][0@0][0].jpg"


def reolink(at: dt.datetime, number: int) -> str:
    return f"Haustuer_00_{at:%Y%m%d%H%M%S}.jpg"


def foscam(at: dt.datetime, number: int) -> str:
    return f"FI9800P_00123E45E060/snap/{'H' * (number % 2)}MDAlarm_{at:%Y%m%d-%H%M%S}.jpg"


def hi3510(at: dt.datetime, number: int) -> str:
    return f"{at:%Y%m%d}/images000/A{at:%y%m%d%H%M%S}{number % 100:02d}.jpg"


def yi(at: dt.datetime, number: int) -> str:
    """A folder for each hour; the last number is a length in seconds."""
    return f"{at:%YY%mM%dD%HH}/{at:%MM%SS}60.jpg"


def axis(at: dt.datetime, number: int) -> str:
    return f"image{at:%y-%m-%d_%H-%M-%S}-{at.microsecond // 10000:02d}_{number}.jpg"


CAMERAS: dict[str, Callable[[dt.datetime, int], str]] = {
    "CAM-EXT-001": hikvision,
    "CAM-GATE-002": hikvision_serial,
    "CAM-YARD-003": hikvision_lower,
    "CAM-ROAD-004": anpr,
    "CAM-SHED-005": dahua,
    "CAM-DOOR-006": reolink,
    "CAM-ROOF-007": foscam,
    "CAM-BARN-008": hi3510,
    "CAM-BABY-009": yi,
    "CAM-PARK-010": axis,
}
