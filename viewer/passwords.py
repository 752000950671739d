"""Passwords and their hashes (scrypt): ``python -m viewer.passwords`` makes one for the vault."""

from __future__ import annotations

import getpass
import re
import sys
import threading
from collections.abc import Mapping

from werkzeug.security import check_password_hash, generate_password_hash

LONGEST = 1024
_HASH = re.compile(r"(scrypt|pbkdf2)(:[a-z0-9]+)*\$[^$]+\$([0-9a-f]{2}){16,}")
_one_at_a_time = threading.Lock()


def is_hash(text: str) -> bool:
    """Say whether passwords can be checked against ``text``."""
    if not _HASH.fullmatch(text):
        return False
    try:
        check_password_hash(text, "")
    except (ValueError, OverflowError, MemoryError):
        return False
    return True


class Passwords:
    """Checks a name and a password. Takes as long for a name that nobody has."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)
        self._nobody = generate_password_hash("nobody")

    def check(self, name: str, password: str) -> bool:
        """Say whether ``password`` is the one of ``name``; each check takes 32 MB, so one at a time."""
        known = self._hashes.get(name)
        with _one_at_a_time:
            right = check_password_hash(known or self._nobody, password[:LONGEST])
        return right and known is not None


def main() -> None:
    """Ask for a password and print its hash."""
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < 10:
        sys.exit("Choose a password of at least 10 characters.")
    sys.stdout.write(generate_password_hash(password) + "\n")


if __name__ == "__main__":
    main()
