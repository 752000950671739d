"""Do many things at once, bounded, and hand the results back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_all(work: Callable[[T], R], items: Sequence[T], *, threads: int) -> list[R]:
    """Return ``work(item)`` for each item, in order, with at most ``threads`` at once.

    Each thread takes the next item until none is left: for small work a third of the CPU of a future per item.
    """
    results: dict[int, R] = {}
    following = count()

    def take_turns(_: int) -> None:
        while (number := next(following)) < len(items):
            results[number] = work(items[number])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(take_turns, range(min(threads, len(items)))))
    return [results[number] for number in range(len(items))]


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
