"""How the number of requests under way follows what the store answers."""

from __future__ import annotations

import threading
import time

import pytest
from ansible.module_utils.cctv.errors import StoreError
from ansible.module_utils.cctv.pace import ATTEMPTS, HOLD, LONGEST_WAIT, MOST, PATIENCE, START, Pace, Turns

from tests.unit.together import Together


def answer(pace: Pace, count: int, *, took: float, kind: str = "", now: float = 0.0) -> float:
    """Give so many answers while all of the limit is in use; return when the last one came."""
    for _ in range(count):
        now += took / pace.limit
        pace.answered(now=now, running=int(pace.limit), took=took, kind=kind)
    return now


def test_starts_slowly_and_doubles_each_round_trip() -> None:
    pace = Pace()
    assert pace.limit == START
    answer(pace, START, took=0.02)
    assert pace.limit == 2 * START
    answer(pace, 1000, took=0.02)
    assert pace.limit == MOST


def test_a_limit_that_is_not_in_use_does_not_grow() -> None:
    pace = Pace()
    for _ in range(1000):
        pace.answered(now=0.0, running=START // 4, took=0.02)
    assert pace.limit == START


def test_a_doubling_that_brings_no_more_answers_is_taken_back_and_tried_again_later() -> None:
    pace, now, limits = Pace(), 0.0, list[float]()
    for _ in range(4000):
        now = answer(pace, 1, took=pace.limit / 1000, now=now)  # a thousand a second, however many at once
        limits.append(pace.limit)
    assert set(limits) == {START, 2 * START}
    assert limits.count(START) > 3800
    answer(pace, 2000, took=0.02, now=now + HOLD)
    assert pace.limit == MOST


def test_slower_requests_are_no_queue() -> None:
    """Neither those of another kind, nor large files after small ones."""
    pace, now = Pace(), 0.0
    for _ in range(20):
        now = answer(pace, 10, took=0.001, kind="HeadObject", now=now)
        now = answer(pace, 100, took=0.06, kind="CopyObject", now=now)
    assert pace.limit == MOST
    answer(pace, 5000, took=0.8, kind="CopyObject", now=now)
    assert pace.limit == MOST


def test_answers_in_bursts_still_double_it_each_round_trip() -> None:
    pace = Pace()
    for expected in (2 * START, 4 * START, 8 * START):
        for running in range(int(pace.limit), 0, -1):
            pace.answered(now=0.0, running=running, took=0.02)
        assert pace.limit == expected


def test_a_burst_of_refusals_cuts_once() -> None:
    pace = Pace(start=64)
    for _ in range(64):
        pace.refused(sent=1.0, now=2.0)
    assert pace.limit == 32
    pace.refused(sent=2.5, now=3.0)
    assert pace.limit == 16


def test_recovers_by_the_clock_however_many_answers_come() -> None:
    pace = Pace(start=64)
    pace.refused(sent=0.0, now=0.0)
    for tick in range(1, 7001):
        pace.answered(now=tick / 1000)
    assert pace.limit == pytest.approx(64, rel=0.02)
    for tick in range(7001, 60_000):
        pace.answered(now=tick / 1000)
    assert pace.limit == MOST


def test_waits_longer_and_longer_and_never_stops_asking() -> None:
    pace = Pace()
    waits = [pace.refused(sent=now, now=now) for now in (float(second) for second in range(20))]
    assert waits[0] < waits[1] < waits[2]
    assert max(waits) == LONGEST_WAIT
    assert pace.limit == 1
    pace.answered(now=21.0)
    assert pace.refused(sent=22.0, now=22.0) == waits[0]


class Throttled:
    """Refuses so many times by one code, then answers."""

    def __init__(self, code: str, *, refusals: int) -> None:
        self.code, self.left, self.tries = code, refusals, 0
        self.lock = threading.Lock()

    def __call__(self) -> str:
        with self.lock:
            self.tries += 1
            self.left -= 1
            refused = self.left >= 0
        if refused:
            raise StoreError("no", code=self.code)
        return "done"


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.waits = 0.0, list[float]()
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits += [seconds] if seconds else []


def test_a_job_is_never_failed_by_throttling(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock = Throttled("SlowDown", refusals=50), Clock(monkeypatch)
    assert Turns(sleep=clock.sleep).take(store) == "done"
    assert store.tries == 51
    assert len(clock.waits) == 50
    assert max(clock.waits) <= LONGEST_WAIT


def test_patience_ends_when_nothing_at_all_was_answered_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    with pytest.raises(StoreError):
        Turns(sleep=clock.sleep).take(Throttled("SlowDown", refusals=10**6))
    assert clock.now >= PATIENCE


def test_what_breaks_is_tried_again_a_few_times() -> None:
    store = Throttled("InternalError", refusals=ATTEMPTS - 1)
    assert Turns(sleep=lambda _: None).take(store) == "done"
    with pytest.raises(StoreError):
        Turns(sleep=lambda _: None).take(Throttled("InternalError", refusals=ATTEMPTS))


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    store = Throttled("AccessDenied", refusals=1)
    with pytest.raises(StoreError):
        Turns(sleep=lambda _: None).take(store)
    assert store.tries == 1


def test_no_more_are_under_way_than_the_limit() -> None:
    turns, together = Turns(Pace(start=3, most=3)), Together()

    def work() -> None:
        with together:
            time.sleep(0.02)

    threads = [threading.Thread(target=turns.take, args=(work,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together.most == 3
