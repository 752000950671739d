"""Many things at once, in order and within bounds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible.module_utils.cctv.parallel import Crew, ordered_map

from tests.unit.together import Together


def test_order_and_threads() -> None:
    together = Together()

    def work(item: int) -> int:
        with together:
            time.sleep(0.002 * (item % 3))
        return item * item

    squares = [item * item for item in range(50)]
    with ThreadPoolExecutor(8) as pool:
        assert Crew(pool, room=lambda: 4).begin(work, range(50))() == squares
    assert list(ordered_map(work, range(50), threads=4, budget=8)) == squares
    assert 1 < together.most <= 4


@pytest.mark.parametrize("budget", [3, 10])
def test_budget(budget: int) -> None:
    begun: list[int] = []
    taken = 0
    for result in ordered_map(lambda item: begun.append(item) or item, iter(range(30)), threads=2, budget=budget):
        assert result == taken
        assert len(begun) - taken <= budget + 1
        taken += 1
    assert taken == 30


def test_heavy_item_goes_alone() -> None:
    assert list(ordered_map(str, [5, 100, 5], threads=2, budget=10, weight=lambda item: item)) == ["5", "100", "5"]


def test_errors_come_in_their_place() -> None:
    results = ordered_map(lambda item: 6 // item, [1, 2, 0, 3], threads=2, budget=10)
    assert [next(results), next(results)] == [6, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)
    with ThreadPoolExecutor() as pool, pytest.raises(ZeroDivisionError):
        Crew(pool, room=lambda: 2).begin(lambda item: 6 // item, [1, 0])()


def test_a_crew_grows_with_the_room_and_ends_one_list_before_the_next() -> None:
    room, together, done = 2, Together(), list[int]()

    def work(item: int) -> int:
        nonlocal room
        with together:
            time.sleep(0.002)
        room = 6 if item > 20 else 2
        done.append(item)
        return item

    with ThreadPoolExecutor(16) as pool:
        crew = Crew(pool, room=lambda: room)
        waits = [crew.begin(work, range(start, start + 50)) for start in (0, 50, 100)]
        assert [wait() for wait in waits] == [list(range(start, start + 50)) for start in (0, 50, 100)]
        assert crew.begin(work, [])() == []
    assert 2 < together.most <= 6
    assert max(done.index(item) for item in range(50)) < min(done.index(item) for item in range(100, 150))


def test_a_crew_goes_on_with_the_threads_that_can_be_had() -> None:
    class Short(ThreadPoolExecutor):
        left = 0

        def submit(self, *arguments: Any, **more: Any) -> Any:
            if not self.left:
                raise RuntimeError("can't start new thread")
            self.left -= 1
            return super().submit(*arguments, **more)

    with Short(8) as pool:
        crew = Crew(pool, room=lambda: 8)
        with pytest.raises(RuntimeError):
            crew.begin(str, range(50))
        pool.left = 2
        assert crew.begin(str, range(50))() == [str(number) for number in range(50)]
