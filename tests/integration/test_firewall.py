"""The rules of role firewall, loaded by the kernel: a relay, a camera, the owner and a stranger in namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = Path(__file__).parents[2] / "roles" / "firewall"
HOSTS = {"camera": "10.9.1", "owner": "10.9.2", "stranger": "10.9.3"}
OPEN = {("camera", 21), ("camera", 50100), ("owner", 8181), ("owner", 22)}

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("ip"), reason="needs root, nftables and iproute2"
)
LISTEN = """
import socket, sys, time
for port in map(int, sys.argv[1:]):
    server = socket.create_server(("", port))
    globals()[f"keep{port}"] = server
print("up", flush=True)
time.sleep(60)
"""
CONNECT = """
import socket, sys
address, port, source = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with socket.socket() as connection:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.settimeout(1)
    connection.bind(("", source))
    connection.connect((address, port))
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def inside(name: str, *command: str) -> list[str]:
    return ["ip", "netns", "exec", f"fw-{name}", *command]


def rules(**changes: object) -> str:
    variables = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()) | changes
    template = (ROLE / "templates" / "etc" / "cctv-firewall.nft.j2").read_text()
    return str(Templar(DataLoader(), variables=variables).template(trust_as_template(template)))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Four hosts; everything listens everywhere."""
    file = tmp_path_factory.mktemp("nft") / "rules.nft"
    networks = {"firewall_camera_networks": ["10.9.1.0/24", "fd00::/64"], "firewall_owner_networks": ["10.9.2.0/24"]}
    file.write_text(rules(**networks))
    names = ["relay", *HOSTS]
    servers = []
    try:
        for name in names:
            ip("netns", "add", f"fw-{name}")
            ip("-n", f"fw-{name}", "link", "set", "lo", "up")
        for name, net in HOSTS.items():
            ip("link", "add", f"fw-{name}", "netns", "fw-relay", "type", "veth", "peer", "eth0", "netns", f"fw-{name}")
            for where, device, address in (("relay", f"fw-{name}", f"{net}.1"), (name, "eth0", f"{net}.2")):
                ip("-n", f"fw-{where}", "address", "add", f"{address}/24", "dev", device)
                ip("-n", f"fw-{where}", "link", "set", device, "up")
        for _ in range(2):  # loading them again replaces them
            subprocess.run(inside("relay", "nft", "-f", str(file)), check=True)
        for name in names:
            command = inside(name, "python3", "-c", LISTEN, "21", "22", "443", "8181", "50100", "4444")
            server = subprocess.Popen(command, stdout=subprocess.PIPE)
            servers.append(server)
            assert server.stdout
            assert server.stdout.readline()
        yield
    finally:
        for server in servers:
            server.kill()
            server.wait()
        for name in names:
            subprocess.run(["ip", "netns", "delete", f"fw-{name}"], check=False)


def reaches(source: str, address: str, port: int, *, from_port: int = 0) -> bool:
    command = inside(source, "python3", "-c", CONNECT, address, str(port), str(from_port))
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize("host", HOSTS)
def test_each_reaches_what_is_its_own_and_nothing_else(network: None, host: str) -> None:
    for port in (21, 22, 8181, 50100, 4444):
        assert reaches(host, f"{HOSTS[host]}.1", port) == ((host, port) in OPEN), port


def test_the_relay_reaches_s3_and_nothing_else(network: None) -> None:
    address = f"{HOSTS['stranger']}.2"
    assert [port for port in (21, 22, 443, 4444, 8181) if reaches("relay", address, port)] == [443]


def test_active_ftp_reaches_the_camera_and_nobody_else(network: None) -> None:
    """After PORT the server connects from port 20, to whichever port the camera named."""
    reached = [host for host in HOSTS if reaches("relay", f"{HOSTS[host]}.2", 4444, from_port=20)]
    assert reached == ["camera"]
    assert not reaches("relay", f"{HOSTS['camera']}.2", 4444)


def test_the_relay_may_be_held_to_named_networks(network: None, tmp_path: Path) -> None:
    networks = {"firewall_camera_networks": ["10.9.1.0/24"], "firewall_owner_networks": ["10.9.2.0/24"]}
    for allowed, reached in (["10.9.2.2/32", "fd00::/64"], ["owner"]), ([], ["owner", "stranger"]):
        file = tmp_path / "rules.nft"
        file.write_text(rules(**networks, firewall_output_networks=allowed))
        subprocess.run(inside("relay", "nft", "-f", str(file)), check=True)
        assert [host for host in ("owner", "stranger") if reaches("relay", f"{HOSTS[host]}.2", 443)] == reached


def test_addresses_come_by_dhcp_of_either_kind() -> None:
    text = rules(firewall_camera_networks=["10.0.0.0/8"], firewall_owner_networks=["10.1.0.0/16"])
    assert "ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept" in text
    assert "udp dport { 67, 123, 547 } accept" in text


def test_output_may_be_left_open() -> None:
    open_end = {"firewall_camera_networks": ["10.0.0.0/8"], "firewall_owner_networks": ["::1/128"]}
    text = rules(**open_end, firewall_restrict_output=False)
    assert "hook output" not in text
    assert "ip6 saddr { ::1/128 } tcp dport { 8181, 22 } accept" in text
