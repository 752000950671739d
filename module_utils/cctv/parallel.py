"""Do many things at once, bounded, and hand the results back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def spread(
    pool: ThreadPoolExecutor, work: Callable[[T], R], items: Sequence[T], *, threads: int
) -> Callable[[], list[R]]:
    """Have ``pool`` do ``work(item)`` for each item, ``threads`` at once; return what waits for the results.

    Each thread takes the next item until none is left: for small work a third of the CPU of a future per item.
    """
    results: dict[int, R] = {}
    following = count()

    def take_turns() -> None:
        while (number := next(following)) < len(items):
            results[number] = work(items[number])

    takers = [pool.submit(take_turns) for _ in range(min(threads, len(items)))]

    def collect() -> list[R]:
        for taker in takers:
            taker.result()
        return [results[number] for number in range(len(items))]

    return collect


def ordered_map(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    threads: int,
    budget: int,
    weight: Callable[[T], int] = lambda _: 1,
) -> Iterator[R]:
    """Yield ``work(item)`` for each item in order, with at most ``threads`` at once.

    ``budget`` bounds the summed ``weight`` of what is running or finished and not yet taken (bytes, say), so
    that memory does not grow with the number of items; a single item heavier than it goes alone. An exception
    of ``work`` is raised where its result would have been.
    """
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[tuple[Future[R], int]] = deque()
        load = 0
        try:
            for item in items:
                cost = weight(item)
                while ahead and load + cost > budget:
                    done, its_cost = ahead.popleft()
                    yield done.result()
                    load -= its_cost
                ahead.append((pool.submit(work, item), cost))
                load += cost
            while ahead:
                yield ahead.popleft()[0].result()
        finally:
            for future, _ in ahead:
                future.cancel()
