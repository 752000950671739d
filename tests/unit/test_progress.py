"""What the progress of a job is counted by: each call of the store that moves pictures or their bytes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.cctv.store import Access, Store

from tool.progress import Counts, WatchedStore


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store that S3 answers with a hundred bytes, and the amounts that it told of."""
    monkeypatch.setattr(Store, "_read", lambda *_, length=None, **__: (memoryview(b"x" * (length or 100)), {}))

    def make(counts: Counts) -> tuple[Store, list[int]]:
        told: list[int] = []
        return WatchedStore(
            Access(bucket="b", access_key="k", secret_key="s", region="eu-central-1"), counts, told.append
        ), told

    return make


def test_a_range_of_an_archive_counts_as_read(watched: Any) -> None:
    store, told = watched(Counts.BYTES_READ)
    store.view("CAM/archive/2018-01-01.tar.gz", start=10, length=30)
    store.get("CAM/2018-01-01/a.jpg", etag="e")
    assert told == [30, 100]


@pytest.mark.parametrize(("counts", "amount"), [(Counts.BYTES_READ, 100), (Counts.PICTURES_READ, 1)])
def test_a_picture_that_is_read_with_its_metadata_counts(watched: Any, counts: Counts, amount: int) -> None:
    store, told = watched(counts)
    store.read("CAM/2018-01-01/a.jpg", etag="e")
    assert told == [amount]


def test_an_index_does_not(watched: Any) -> None:
    store, told = watched(Counts.BYTES_READ)
    store.get("CAM/archive/2018-01-01.index.json")
    assert told == []


def test_a_picture_counts_once_however_many_pieces_it_comes_in(watched: Any) -> None:
    store, told = watched(Counts.PICTURES_READ)
    store.get("CAM/2018-01-01/a.mp4", etag="e", start=0, length=10)
    store.get("CAM/2018-01-01/a.mp4", etag="e", start=10, length=10)
    assert told == [1]
