"""Do many things at once, bounded, and hand the results back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Crew:
    """Threads that work off lists of small things, the first list first, ``room()`` of them at once.

    A thread takes the next thing until none is left: a third of the CPU of a future for each. It has another one
    begin where there is room.
    """

    def __init__(self, pool: ThreadPoolExecutor, *, room: Callable[[], int]) -> None:
        self._pool, self._room = pool, room
        self._changing = Lock()
        self._lists: deque[_List[Any, Any]] = deque()
        self._at_work = 0

    def begin(self, work: Callable[[T], R], items: Sequence[T]) -> Callable[[], list[R]]:
        """Have ``work(item)`` done for each item; return what waits for the results, or raises what went wrong."""
        begun = _List(work, items)
        if items:
            with self._changing:
                self._enlist(len(items))
                self._lists.append(begun)
        return begun.wait

    def _enlist(self, wanted: int) -> None:
        """Have up to so many more threads begin; where no more can be had, those at work do it all."""
        for _ in range(min(self._room() - self._at_work, wanted)):
            try:
                self._pool.submit(self._take_turns)
            except RuntimeError:
                if not self._at_work:
                    raise
                return
            self._at_work += 1

    def _take_turns(self) -> None:
        theirs: _List[Any, Any] | None = None
        while True:
            with self._changing:
                if theirs:
                    theirs.end_one()
                while self._lists and not self._lists[0].left:
                    self._lists.popleft()
                if not self._lists or self._at_work > max(self._room(), 1):
                    self._at_work -= 1
                    return
                theirs = self._lists[0]
                number = theirs.take()
                self._enlist(min(1, theirs.left))
            theirs.do(number)


class _List(Generic[T, R]):
    """Things to be done. ``left``: how many nobody has taken. Guarded by its crew, but for ``do`` and ``wait``."""

    def __init__(self, work: Callable[[T], R], items: Sequence[T]) -> None:
        self._work, self._items = work, items
        self._results: dict[int, R] = {}
        self._errors: list[BaseException] = []
        self._all_done = Event()
        self.left = self._open = len(items)
        if not items:
            self._all_done.set()

    def take(self) -> int:
        """Return the number of the next thing."""
        self.left -= 1
        return len(self._items) - self.left - 1

    def do(self, number: int) -> None:
        """Do one thing."""
        try:
            self._results[number] = self._work(self._items[number])
        except BaseException as error:  # raised where somebody waits
            self._errors.append(error)

    def end_one(self) -> None:
        """Take note that one was done."""
        self._open -= 1
        if not self._open:
            self._all_done.set()

    def wait(self) -> list[R]:
        """Return all results in order."""
        self._all_done.wait()
        for error in self._errors:
            raise error
        return [self._results[number] for number in range(len(self._items))]


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
