"""Which zone counts: the option, TZ in each of its forms, and a camera's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ansible.module_utils.cctv.clock import Zones
from ansible.module_utils.cctv.errors import CctvError

NOON = datetime(2022, 2, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("form", ["{}", ":{}", "/usr/share/zoneinfo/{}", ":/usr/share/zoneinfo/{}"])
def test_each_form_of_tz(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("TZ", form.format("Asia/Tokyo"))
    assert NOON.astimezone(Zones.load("").of("CAM")).hour == 21


@pytest.mark.parametrize("value", ["Mars/Base", "/nowhere", "/dev/null", "../x"])
def test_a_useless_tz_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TZ", value)
    with pytest.raises(CctvError, match=r"^The environment variable TZ"):
        Zones.load("")
    assert Zones.load("UTC").of("CAM").key == "UTC"


def test_a_zone_is_given_by_glob_or_by_a_name_with_brackets() -> None:
    zones = Zones.load("UTC", {"Yard [1]": "Asia/Tokyo", "CAM-*": "Europe/Kyiv"})
    keys = [zones.of(name).key for name in ("Yard [1]", "CAM-1", "Yard 1")]
    assert keys == ["Asia/Tokyo", "Europe/Kyiv", "Asia/Tokyo"]
