"""What each scenario gives the reader of the guides to begin with, beyond what they are told to do."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.documentation import by_hand
from tests.documentation.blocks import ROOT
from tests.documentation.reader import Reader
from tests.emulator.client import Emulator
from tests.molecule import store

ADMINISTRATION = ROOT / "docs" / "administration.md"
COMPANY = "acme-video-surveillance"
LOOSE = "kyiv-office/CAM-EXT-001/192.168.1.64_01_20220224071500123_LINE_CROSSING_DETECTION.jpg"
HERE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


Hook = Callable[[Reader], None]


def furnish(reader: Reader, machines: dict[str, str], state: dict[str, Any]) -> None:
    """Lead SSH at the guides' addresses into containers, and have the examples name the emulator and the wheels."""
    # OpenSSH takes the folder of the system's account for a home, whatever HOME says.
    ssh = reader.home / ".ssh"
    settings = [f"{name}={os.environ[name]}" for name in ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")]
    text = f"UserKnownHostsFile {ssh}/known_hosts\nIdentityFile {ssh}/id_ed25519\nUser pi\n"
    for address, container in machines.items():
        way = shlex.join(["env", *settings, "podman", "exec", "--interactive", container, "/usr/sbin/sshd", "-i"])
        text += f"Host {address}\n  ProxyCommand {way}\n"
    (ssh / "config").write_text(text)
    program = reader.home / "bin" / "ssh"
    program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {ssh}/config "$@"\n')
    program.chmod(0o755)
    place = {"cctv_endpoint_url": state["url"], "toolkit_wheels": wheels()}
    if container := machines.get("192.168.1.2"):
        place["cctv_relay_address"] = output(
            "podman", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", container
        )
    (reader.project / "inventory" / "group_vars" / "all" / "place.yml").write_text(yaml.safe_dump(place))


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wheels() -> str:
    """Return where ../wheels leaves those for a host, as Ansible has to work it out."""
    python = "{{ ansible_facts.python.version.major }}.{{ ansible_facts.python.version.minor }}"
    return f"{ROOT}/.cache/wheels-{python}/{output('sha256sum', str(ROOT / 'requirements-runtime.txt')).split()[0]}"


def let_in(reader: Reader, *addresses: str) -> None:
    """Let the reader into machines, as home.md does into one."""
    make, bring, *_ = by_hand.block_of(by_hand.HOME, "ssh-keygen").lines
    reader.type("\n".join([make, *(bring.replace("192.168.1.2", address) for address in addresses)]))


def site(reader: Reader) -> None:
    """Nothing, but the scenario looks for the keys where the guide has them."""
    (HERE / "keys").symlink_to(reader.home / ".config" / "hkawstoolkit" / store.BUCKET)


def adopt(reader: Reader) -> None:
    """Let them into the relay, and name it in their inventory."""
    let_in(reader, "192.168.1.2")
    reader.type(by_hand.block_of(by_hand.HOME, "mkdir inventory/home").body)
    by_hand.name_relay(reader)


def company(reader: Reader) -> None:
    """Two relays of the example, and the host for the jobs of one that it has as a comment."""
    addresses = ["10.1.0.5", "10.3.0.5", "10.3.0.6"]
    hosts = make_acme(reader, addresses)
    text = re.sub(r"^ {8}lviv-warehouse:\n( {10}.*\n)+", "", hosts.read_text(), flags=re.MULTILINE)
    text = text.replace("    jobs:\n      hosts: {}\n", "    jobs:\n      hosts:\n")
    text = re.sub(r"^ {6}#  (.*)$", r"        \1", text, flags=re.MULTILINE)
    assert [address for address in addresses if address not in str(yaml.safe_load(text))] == []
    hosts.write_text(text)
    with (hosts.parent / "group_vars" / "all" / "bucket.yml").open("a") as file:
        file.write("cctv_region: eu-central-1\ncctv_profile: my-admin\n")
    by_hand.give_vault(reader)


def workers(reader: Reader) -> None:
    """Three workers, which have a key where those in EC2 have a role, and a site with a loose picture."""
    addresses = ["10.9.0.1", "10.9.0.2", "10.9.0.3"]
    hosts = make_acme(reader, addresses)
    known = yaml.safe_load(hosts.read_text())
    state = json.loads((HERE / "store.json").read_text())["site"]
    group = known["all"]["children"]["workers"]
    group["vars"] |= {"cctv_access_key": state["access_key"], "cctv_secret_key": state["secret_key"]}
    group["hosts"] = {f"worker-{number}": {"ansible_host": address} for number, address in enumerate(addresses)}
    hosts.write_text(yaml.safe_dump(known))
    where = {"LocationConstraint": store.REGION}
    store.client(state, "s3").create_bucket(Bucket=COMPANY, CreateBucketConfiguration=where)
    put_loose(reader)


def make_acme(reader: Reader, addresses: list[str]) -> Path:
    """Let the reader into the company's machines, and have its inventory made; return the file of hosts."""
    let_in(reader, *addresses)
    reader.type(by_hand.block_of(ADMINISTRATION, "mkdir inventory/acme").body)
    return reader.project / "inventory" / "acme" / "hosts.yml"


def put_loose(_: Reader) -> None:
    """Have had a camera in Kyiv send a picture an hour ago, which is none any more that may still be written."""
    state = json.loads((HERE / "store.json").read_text())["site"]
    emulator = Emulator(state["url"], state["access_key"], state["secret_key"])
    emulator.set(clock_offset_seconds=-3600)
    store.client(state, "s3").put_object(Bucket=COMPANY, Key=LOOSE, Body=b"a picture")
    emulator.set(clock_offset_seconds=0)


GIVEN: dict[str, Hook] = {"site": site, "adopt": adopt, "company": company, "workers": workers}
BETWEEN: dict[str, Hook] = {"list-cameras --bucket acme": put_loose}
"""What happens meanwhile, before the block that has this part."""
