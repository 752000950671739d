"""What the forwarder decides, without disk, clock or network."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwarder.arrival import EMPTY_AFTER, RENAMED_WITHIN, SETTLE, Facts, Verdict, judge
from forwarder.jpeg import TAIL, looks_whole
from forwarder.latency import Latencies, Latency
from forwarder.priority import MOST, Backlog, Events, Tally, Waiting
from forwarder.space import Room, assess
from forwarder.uplink import LONGEST_PAUSE, Condition, Uplink, pause

WHOLE = Facts(
    regular=True,
    size=1000,
    quiet=0.0,
    read_only=True,
    acknowledged=True,
    logged=True,
    locked=False,
    renamed=False,
    temporary=False,
    whole=True,
)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.TAKE),
        ({"whole": False}, Verdict.TAKE),  # the log knows better than the end marker
        ({"locked": True}, Verdict.WAIT),  # the log's line may be of an earlier file; the close tells
        ({"regular": False}, Verdict.ODD),
        ({"temporary": True}, Verdict.WAIT),
        ({"temporary": True, "quiet": RENAMED_WITHIN}, Verdict.TAKE),
        ({"size": 0, "acknowledged": False}, Verdict.WAIT),
        ({"size": 0, "acknowledged": False, "quiet": EMPTY_AFTER}, Verdict.REMOVE),
        ({"size": 0, "acknowledged": False, "quiet": SETTLE}, Verdict.REMOVE),  # it would keep the next one out
        ({"size": 0, "acknowledged": False, "quiet": SETTLE, "temporary": True}, Verdict.REMOVE),
        ({"size": 0, "acknowledged": False, "quiet": SETTLE, "locked": True}, Verdict.WAIT),
        ({"size": 0, "acknowledged": False, "quiet": SETTLE, "read_only": False}, Verdict.WAIT),
        ({"size": 0, "acknowledged": False, "quiet": SETTLE, "logged": False}, Verdict.WAIT),
        ({"acknowledged": False, "temporary": True, "quiet": SETTLE, "whole": False}, Verdict.CUT_SHORT),
        ({"acknowledged": False, "temporary": True, "quiet": SETTLE, "read_only": False}, Verdict.WAIT),
        ({"temporary": True, "quiet": SETTLE}, Verdict.WAIT),
        ({"size": 0, "acknowledged": False, "quiet": EMPTY_AFTER, "locked": True}, Verdict.WAIT),
        ({"acknowledged": False}, Verdict.WAIT),
        ({"acknowledged": False, "locked": True, "quiet": 9 * SETTLE}, Verdict.WAIT),
        ({"acknowledged": False, "quiet": SETTLE}, Verdict.TAKE),
        ({"acknowledged": False, "quiet": SETTLE, "whole": False}, Verdict.CUT_SHORT),
        ({"acknowledged": False, "quiet": SETTLE, "whole": False, "read_only": False}, Verdict.TAKE),
        ({"acknowledged": False, "quiet": SETTLE, "whole": False, "logged": False}, Verdict.TAKE),
        ({"acknowledged": False, "renamed": True, "whole": False}, Verdict.TAKE),
    ],
)
def test_each_file_is_judged_by_what_is_known_of_it(change: dict[str, object], verdict: Verdict) -> None:
    assert judge(replace(WHOLE, **change)) is verdict


@given(
    st.builds(
        Facts,
        regular=st.just(True),
        size=st.integers(1, 1 << 40),
        quiet=st.floats(0, 1e9),
        read_only=st.booleans(),
        acknowledged=st.just(True),
        logged=st.booleans(),
        locked=st.booleans(),
        renamed=st.booleans(),
        temporary=st.booleans(),
        whole=st.booleans(),
    )
)
def test_what_was_acknowledged_is_taken_or_waits_but_never_dropped(facts: Facts) -> None:
    assert judge(facts) in {Verdict.TAKE, Verdict.WAIT}
    assert judge(replace(facts, quiet=RENAMED_WITHIN, locked=False)) is Verdict.TAKE


THUMBNAIL = b"\xff\xd8\xff\xda\0\x02...\xff\xd9"
HEADERS = b"\xff\xd8\xff\xe1" + (len(THUMBNAIL) + 2).to_bytes(2, "big") + THUMBNAIL + b"\xff\xdb\0\x04.."
PIXELS = b"\xff\xda\0\x02" + b"." * TAIL


def test_the_end_of_a_jpeg_may_have_something_behind_it() -> None:
    assert looks_whole(io.BytesIO(HEADERS + PIXELS + b"\xff\xd9 rule 1, target at 312,20"))
    assert looks_whole(io.BytesIO(HEADERS + b"\xff" + PIXELS + b"\xff\xd9"))
    assert not looks_whole(io.BytesIO(b"GIF\xff\xd9"))


@pytest.mark.parametrize("length", [*range(len(HEADERS)), len(HEADERS) + 3, len(HEADERS) + len(PIXELS)])
def test_half_a_jpeg_is_not_whole_for_the_thumbnail_in_it(length: int) -> None:
    assert not looks_whole(io.BytesIO((HEADERS + PIXELS)[:length]))


def waiting(name: str, arrived: float, *, first: bool = False) -> Waiting:
    return Waiting(f"/queue/{name}", name, 1, arrived, noticed=0.0, first=first)


def drain(backlog: Backlog, now: float = 0.0) -> list[str]:
    names = []
    while picture := backlog.take(now):
        names.append(picture.name)
        backlog.done(picture)
    return names


def test_first_pictures_go_first_and_then_the_newest() -> None:
    backlog = Backlog()
    for name, arrived, first in (("old", 1, False), ("old first", 2, True), ("new", 9, False), ("new first", 8, True)):
        backlog.add(waiting(name, arrived, first=first))
    assert drain(backlog) == ["new first", "old first", "new", "old"]


def test_an_event_is_one_camera_one_word_and_ten_seconds() -> None:
    events = Events()
    assert events.is_first("A", "LINE", 100)
    assert not events.is_first("A", "LINE", 109)
    assert not events.is_first("A", "LINE", 118), "the event goes on as long as pictures come"
    assert events.is_first("A", "FACE", 118)
    assert events.is_first("B", "LINE", 118)
    assert events.is_first("A", "LINE", 130)
    assert events.is_first("A", "LINE", 130 - 86400), "the clock was set back: not the same event"


def test_a_picture_that_waits_for_its_next_attempt_blocks_nobody() -> None:
    backlog = Backlog()
    backlog.add(waiting("bad", 9))
    bad = backlog.take(0)
    assert bad
    backlog.postpone(bad, until=60)
    backlog.add(waiting("good", 1))
    assert drain(backlog, now=1) == ["good"]
    assert backlog.next_due() == 60
    backlog.wake()
    assert drain(backlog, now=1) == ["bad"]


def test_a_probe_takes_one_whose_pause_is_not_over_rather_than_none() -> None:
    backlog = Backlog()
    backlog.add(waiting("one", 1))
    one = backlog.take(0)
    assert one
    backlog.postpone(one, until=60)
    assert backlog.take(1) is None
    assert backlog.take(1, early=True) is one


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["add", "take", "postpone", "done", "wake", "discard"]))))
def test_no_picture_is_lost_or_doubled_whatever_happens(steps: list[tuple[int, str]]) -> None:
    backlog, held, out = Backlog(), set[str](), dict[str, Waiting]()
    for number, step in steps:
        match step:
            case "add":
                assert backlog.add(waiting(str(number), number)) == (str(number) not in held)
                held.add(str(number))
            case "take":
                if picture := backlog.take(0):
                    assert picture.name not in out
                    out[picture.name] = picture
            case "postpone" if out:
                backlog.postpone(out.popitem()[1], until=number)
            case "done" if out:
                name, picture = out.popitem()
                backlog.done(picture)
                held.remove(name)
            case "wake":
                backlog.wake()
            case "discard":
                chosen = list(backlog)[:1]
                assert backlog.discard([*chosen, *out.values()]) == chosen, "not those that are on their way"
                held -= {picture.name for picture in chosen}
        assert {picture.name for picture in backlog} | out.keys() == held
        assert len(backlog) + len(out) == len(held)


def test_memory_is_bounded_and_the_rest_is_found_again_on_disk() -> None:
    backlog = Backlog()
    for number in range(MOST + 1):
        backlog.add(waiting(str(number), number))
    assert len(backlog) == MOST // 2
    assert backlog.beyond == {"": Tally(MOST // 2 + 1, MOST // 2 + 1, 0.0)}, "and counted, so that nobody is misled"
    assert backlog.discard([waiting("0", 0)])
    assert backlog.beyond == {"": Tally(MOST // 2, MOST // 2, 0.0)}
    assert drain(backlog)[0] == str(MOST), "the newest stay"
    assert backlog.add(waiting("0", 0)), "those that were let go may come again"


def uplink() -> Uplink:
    return Uplink(8, random.Random(1).random)


def test_one_failure_is_no_outage() -> None:
    link = uplink()
    link.failed(0, "reset")
    assert link.condition is Condition.UP
    assert link.allowed(0) == 8


def test_an_outage_is_asked_about_by_one_probe_after_growing_pauses() -> None:
    link, now, pauses = uplink(), 0.0, []
    for _ in range(8):
        link.failed(now, "refused")
    for _ in range(12):
        assert link.condition is Condition.DOWN
        assert link.allowed(now) == 0
        due = link.next_probe()
        assert due is not None
        pauses.append(due - now)
        now = due
        assert link.allowed(now) == 1
        link.failed(now, "refused")
    assert pauses[0] <= 0.5
    assert max(pauses) <= LONGEST_PAUSE
    assert pauses[-1] > 5
    link.succeeded(now)
    assert link.condition is Condition.UP
    assert link.allowed(now) == 8


def test_uploads_that_had_begun_before_the_outage_do_not_lengthen_its_pauses() -> None:
    link = uplink()
    for _ in range(8):
        link.failed(0, "hang")
    due = link.next_probe()
    for _ in range(7):
        link.failed(0.01, "hang")
    assert link.next_probe() == due


def test_slow_down_halves_and_success_adds_a_little() -> None:
    link = uplink()
    link.failed(0, "SlowDown", slow_down=True)
    assert (link.condition, link.allowed(0)) == (Condition.SLOW, 4)
    link.failed(0.1, "SlowDown", slow_down=True)
    assert link.allowed(0.1) == 4, "one burst of refusals counts once"
    for _ in range(60):
        link.succeeded(1)
    assert (link.condition, link.allowed(1)) == (Condition.UP, 8)


@given(st.lists(st.tuples(st.sampled_from(["ok", "bad", "slow"]), st.floats(0, 30)), max_size=200))
def test_there_is_always_a_way_on(steps: list[tuple[str, float]]) -> None:
    link, now = uplink(), 0.0
    for step, seconds in steps:
        now += seconds
        if step == "ok":
            link.succeeded(now)
        else:
            link.failed(now, step, slow_down=step == "slow")
        assert 0 <= link.allowed(now) <= 8
        assert link.allowed(now + LONGEST_PAUSE) >= 1


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_pauses_grow_and_have_an_end(attempts: int, chance: float) -> None:
    assert 0 < pause(attempts, longest=60, chance=chance) <= 60


def test_a_closed_gate_opens_only_with_room_to_spare() -> None:
    assert assess(99, 100, Room.ENOUGH) is Room.FULL
    assert assess(110, 100, Room.FULL) is Room.FULL
    assert assess(126, 100, Room.FULL) is Room.LOW
    assert assess(150, 100, Room.ENOUGH) is Room.LOW
    assert assess(200, 100, Room.LOW) is Room.ENOUGH
    assert assess(0, 0, Room.ENOUGH) is Room.ENOUGH, "a floor of nothing switches the gate off"


def test_quantiles_are_of_the_last_thousand() -> None:
    latencies = Latencies()
    assert Latency().quantile(0.5) is None
    for number in range(1100):
        latencies.note("A", float(number), float(number))
    latency = latencies.cameras["A"]
    assert (latency.sent, latency.last_arrived) == (1100, 1099)
    assert latency.quantile(0.5) == 599
    assert latency.quantile(0.99) == 1089
    assert latency.quantile(1.0) == 1099
