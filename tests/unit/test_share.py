"""Rendezvous hashing: each day is one worker's, evenly, and a new worker takes only what becomes its own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from cctv.errors import CctvError
from cctv.share import EVERYTHING, Share
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True)
DAYS = [date(2022, 1, 1) + timedelta(days=number) for number in range(1000)]


@given(NAMES, st.text(), st.dates())
def test_each_day_is_exactly_one_workers(names: list[str], camera: str, day: date) -> None:
    assert sum(Share(name, tuple(names)).takes(camera, day) for name in names) == 1


@given(NAMES, st.text(min_size=1), st.text(), st.dates())
def test_a_new_worker_takes_days_and_moves_none_between_others(
    names: list[str], new: str, camera: str, day: date
) -> None:
    owner = next(name for name in names if Share(name, tuple(names)).takes(camera, day))
    more = (*dict.fromkeys([*names, new]),)
    assert Share(owner, more).takes(camera, day) or Share(new, more).takes(camera, day)


def test_the_work_is_spread_evenly() -> None:
    counts = [sum(Share(name, ("a", "b", "c")).takes("CAM", day) for day in DAYS) for name in "abc"]
    assert sum(counts) == len(DAYS)
    assert min(counts) > len(DAYS) / 3 * 0.8


def test_without_workers_everything_is_taken() -> None:
    assert EVERYTHING.takes("CAM", DAYS[0])


@pytest.mark.parametrize("workers", [(), ("a", "b")])
def test_a_worker_that_is_none_of_them_is_refused(workers: tuple[str, ...]) -> None:
    with pytest.raises(CctvError, match="worker: 'c' is none of the workers"):
        Share("c", workers)


def test_workers_without_a_worker_are_refused() -> None:
    with pytest.raises(CctvError, match="none of the workers"):
        Share("", ("a",))
