"""What fuzzing started from, and what it has found: none of it breaks anything any more."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import CORPUS, TARGETS

CASES = [(name, file.name) for name in TARGETS for file in sorted((CORPUS / name).iterdir())]


@pytest.mark.parametrize(("target", "case"), CASES)
def test_the_corpus(target: str, case: str) -> None:
    TARGETS[target]((CORPUS / target / case).read_bytes())
