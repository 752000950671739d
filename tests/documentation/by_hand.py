"""What the guides have their reader do by hand between two commands, taken from the same pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tests.documentation.blocks import ROOT, Block, blocks
from tests.documentation.reader import VIEWER, Reader

HOME = ROOT / "docs" / "home.md"
PASSWORD = "all-of-them"  # of the cameras
VAULT = Path("group_vars/relays/vault.yml")


def fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", HOME.read_text(), re.MULTILINE | re.DOTALL)


def credentials(reader: Reader, access_key: str, secret_key: str) -> None:
    """Write the file of home.md, with these in place of Amazon's example."""
    (text,) = fences("ini")
    for name, value in (("aws_access_key_id", access_key), ("aws_secret_access_key", secret_key)):
        text = re.sub(rf"^({name} = ).*$", rf"\g<1>{value}", text, flags=re.MULTILINE)
    (reader.home / ".aws" / "credentials").write_text(text)


def name_relay(reader: Reader) -> None:
    """Put the relay into the inventory."""
    hosts = reader.project / "inventory" / "home" / "hosts.yml"
    known: dict[str, Any] = yaml.safe_load(hosts.read_text())
    known["all"]["children"] |= yaml.safe_load(fences("yaml")[0])
    hosts.write_text(yaml.safe_dump(known))


def fill_in(reader: Reader) -> None:
    """Name the relay, say what the site is, and have the cameras' password at hand for the vault."""
    name_relay(reader)
    with (reader.project / "inventory" / "home" / "group_vars" / "all" / "bucket.yml").open("a") as file:
        file.write(fences("yaml")[1])
    reader.edit_with(f"s/^vault_ftp_password: change-me/vault_ftp_password: {PASSWORD}/")


def set_viewer_password(reader: Reader, said: str) -> None:
    """Edit the vault again, and put the hash there that was printed."""
    (found,) = re.findall(r"^scrypt:\S+$", said, re.MULTILINE)
    assert VIEWER not in said
    (reader.home / "viewer.hash").write_text(found)
    reader.edit_with("s/^# vault_viewer_users:/vault_viewer_users:/", f's|^#   owner: .*|  owner: "{found}"|')
    reader.type(line(HOME, "ansible-vault edit"))


def give_vault(reader: Reader) -> None:
    """Give acme a vault of its own, as home.md does for a home."""
    folder = reader.project / "inventory" / "acme"
    if not (folder / VAULT).exists():
        script = "\n".join(line(HOME, part) for part in ("vault.yml.example", "ansible-vault encrypt"))
        reader.type(script.replace("inventory/home", "inventory/acme"))


def block_of(page: Path, part: str) -> Block:
    """Return the first block of a page that has this part."""
    return next(block for block in blocks(page) if part in block.body)


def line(page: Path, part: str) -> str:
    """Return the one command of a page that has this part."""
    (found,) = {line for block in blocks(page) for line in block.lines if part in line}
    return found


BEFORE: dict[str, Callable[[Reader], None]] = {"ansible-vault edit inventory/acme": give_vault}
AFTER: dict[str, Callable[[Reader, str], None]] = {
    "mkdir inventory/home": lambda reader, _: fill_in(reader),
    "-m viewer.passwords": set_viewer_password,
}


def follow(
    reader: Reader, given: Iterable[Block], more: Mapping[str, Callable[[Reader], None]] = MappingProxyType({})
) -> None:
    """Run blocks in order, those of a section in one shell unless something is done by hand between them.

    What is done before a block that has a part can be ``more`` than the page says.
    """
    before = BEFORE | more
    for _, section in groupby(given, lambda block: (block.page, block.section)):
        script = ""
        for block in section:
            for part in (part for part in before if part in block.body):
                reader.type(script)
                script = ""
                before[part](reader)
            script += block.body
            for part in (part for part in AFTER if part in block.body):
                said = reader.type(script)
                script = ""
                AFTER[part](reader, said)
        if script:
            reader.type(script)
