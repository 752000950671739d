"""Have somebody follow the guides in a scenario:  ``python -m tests.molecule.documented STAGE``

Types every block that is marked for the scenario and the stage. The reader's computer is a folder, from
which SSH leads to the scenario's machines at the addresses of the guides.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.documentation import by_hand
from tests.documentation.blocks import HERE, Block, blocks, marked
from tests.documentation.reader import Reader
from tests.molecule.given import BETWEEN, GIVEN, furnish
from tests.molecule.tunnel import tunnelled

FROM_THE_TOP = {"site converge"}
"""Where the page's own commands are typed as well, up to the last one that is marked."""


def main(stage: str) -> None:
    """Follow what is marked, and leave word that it was done."""
    place = f"{os.environ['MOLECULE_SCENARIO_NAME']} {stage}"
    here = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
    state: dict[str, Any] = json.loads((here / "store.json").read_text())["site"]
    reader = Reader(here / "reader", state["url"])
    sockets = f"/run/cctv-molecule-{os.environ['CCTV_CHECKOUT']}/ssh"  # their names may not be longer than 107 bytes
    reader.environment["ANSIBLE_SSH_CONTROL_PATH_DIR"] = sockets
    if not reader.home.exists():
        reader.settle()
        by_hand.credentials(reader, state["access_key"], state["secret_key"])
        furnish(reader, json.loads(os.environ["MACHINES"]), state)
        GIVEN[place.split()[0]](reader)
    given = chosen(place)
    if not given:
        sys.exit(f"nothing is marked for {place}")
    for block in given:
        if "ssh -L" in block.body:
            tunnelled(reader, block)
    by_hand.follow(reader, [typed(block) for block in given if "ssh -L" not in block.body], BETWEEN)
    (here / f"documented-{stage}").touch()


def chosen(place: str) -> list[Block]:
    """Return what is typed there, in order."""
    own = marked(place)
    if place not in FROM_THE_TOP:
        return own
    assert {block.page for block in own} == {own[-1].page}
    page = blocks(own[-1].page)
    return [block for block in page[: page.index(own[-1]) + 1] if block.place in (HERE, place)]


def typed(block: Block) -> Block:
    """Log in first, for what is typed inside."""
    if not block.inside:
        return block
    words = ["bash", "-c", f"set -eux\n{block.body}"]
    return replace(block, body=f"ssh -tt pi@192.168.1.2 {shlex.quote(shlex.join(words))}\n")


if __name__ == "__main__":
    main(sys.argv[1])
