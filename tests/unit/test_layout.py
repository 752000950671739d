"""Keys from values and back."""

from __future__ import annotations

from datetime import date

import pytest
from ansible.module_utils.cctv.layout import ArchiveName, Layout, distinct_name, parse_archive_name, parse_day
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2022, 2, 24)
segments = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1)


@given(prefix=st.sampled_from(["", "site", "a/b/"]), camera=segments, day=st.dates(), number=st.integers(0, 9999))
def test_round_trip(prefix: str, camera: str, day: date, number: int) -> None:
    layout = Layout(prefix)
    for is_index, key in enumerate((layout.archive_key(camera, day, number), layout.index_key(camera, day, number))):
        assert key.startswith(layout.archive_folder(camera))
        assert layout.camera_of(key) == camera
        assert parse_archive_name(key.rpartition("/")[2]) == ArchiveName(day, number, bool(is_index))
    assert layout.path_of(layout.day_folder(camera, day)) == f"{day}/"
    assert parse_day(layout.path_of(layout.day_folder(camera, day))[:-1]) == day


@given(name=st.text())
def test_any_name_is_read(name: str) -> None:
    parse_archive_name(name)
    parse_day(name)


def test_drafts() -> None:
    key = Layout().index_key("CAM", DAY, 1, build="0f" * 16)
    assert parse_archive_name(key.rpartition("/")[2]) == ArchiveName(DAY, 1, is_index=True, build="0f" * 16)


@pytest.mark.parametrize(
    "name",
    [
        "2022-02-30.tar.gz",
        "2022-02-24.tar",
        "x2022-02-24.tar.gz",
        "2022-02-24.12345.tar.gz",
        f"2022-02-24.tar.gz.{'0' * 32}",
    ],
)
def test_not_ours(name: str) -> None:
    assert parse_archive_name(name) is None


@pytest.mark.parametrize("text", ["2022-2-24", "2022-02-30", "20220224", "2022-02-24/", "٢٠٢٢-02-24", ""])
def test_no_day(text: str) -> None:
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("path", "distinct"),
    [
        ("2022-02-24/a.jpg", "2022-02-24/a~12ab34cd.jpg"),
        ("a", "a~12ab34cd"),
        (".hidden", ".hidden~12ab34cd"),
        ("a.tar.gz", "a.tar~12ab34cd.gz"),
    ],
)
def test_distinct_name(path: str, distinct: str) -> None:
    assert distinct_name(path, "12ab34cdef-2") == distinct
