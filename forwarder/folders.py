"""All that lies below a folder, however deep."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path


def files(top: Path, *, without: Collection[str] = (), unreadable: dict[str, str] | None = None) -> Iterator[str]:
    """Yield the paths below ``top`` of all that is not a folder; what vanishes meanwhile is passed over.

    A folder that cannot be listed hides itself alone, and is noted in ``unreadable`` with the reason. Cameras can nest
    folders deeper than any recursion or path goes.
    """
    folders = [""]
    while folders:
        below = folders.pop()
        try:
            with os.scandir(top / below) as entries:
                for entry in entries:
                    path = f"{below}/{entry.name}" if below else entry.name
                    if not entry.is_dir(follow_symlinks=False):
                        yield path
                    elif path not in without:
                        folders.append(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            if unreadable is not None:
                unreadable[below] = error.strerror or str(error)
