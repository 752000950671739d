"""Run one target under atheris: ``python -m tests.fuzz capture 600`` for ten minutes. Findings are written to .fuzz/.

The corpus in tests/fuzz/corpus/ holds a few good examples and every finding; it stays small.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cctv", "forwarder", "viewer", "rfc3161_client", "evidence"]):
    from tests.fuzz.targets import CORPUS, TARGETS

WORDS = Path(__file__).parent / "words.dict"
"""What the documents are made of: no fuzzer guesses a field's name."""


def main() -> None:
    name, seconds = sys.argv[1], int(sys.argv[2])
    folder = Path(".fuzz") / name
    folder.mkdir(parents=True, exist_ok=True)
    folders = [str(folder), str(CORPUS / name)]  # what is new goes to the first
    limits = [f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=1024", f"-artifact_prefix=.fuzz/{name}-"]
    atheris.Setup([sys.argv[0], *folders, *limits, f"-dict={WORDS}", "-print_final_stats=1"], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
