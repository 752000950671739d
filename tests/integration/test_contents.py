"""What a list of a camera counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.integration.site import CAM, DAY, Site, pictures

if TYPE_CHECKING:
    from tests.integration.module_runs import Modules

FOLDER = f"{CAM}/{DAY}/"


@pytest.mark.parametrize("spoilt", [None, "", ".1"])
def test_a_day_with_a_supplement_is_one_day(site: Site, modules: Modules, spoilt: str | None) -> None:
    """And counts for nothing where the index of one of its archives says nothing."""
    for first, count in ((0, 3), (10, 2)):
        site.put(pictures(count, FOLDER, first=first))
        assert site.archive().failures == {}
    site.put(pictures(1, FOLDER, first=20) | pictures(1, f"{CAM}/{DAY + timedelta(days=1)}/"))
    if spoilt is not None:
        site.put({f"{CAM}/archive/{DAY}{spoilt}.index.json": b'{"captures":'})
    result = modules.run("cctv_capture_info", bucket=site.bucket, camera=CAM)
    rows = [(row["date"], row["location"], row["count"], row["bytes"] > 0) for row in result["days"]]
    archived = (str(DAY), "archived", 5 if spoilt is None else -1, spoilt is None)
    assert rows == [(str(DAY), "sorted", 1, True), ("2022-02-25", "sorted", 1, True), archived]
    assert f"{len(result['captures'])} pictures, 2 days." in result["msg"]
    assert [row["key"] for row in result["failures"]] == (
        [] if spoilt is None else [f"{CAM}/archive/{DAY}{spoilt}.tar.gz"]
    )
