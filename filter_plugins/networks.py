"""Filters over addresses, for what a firewall lets in."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from ansible.errors import AnsibleFilterError


def network_of(address: str, networks: list[str]) -> str:
    """Return the first of ``networks`` that holds an address: ``192.168.1.7`` is of ``192.168.1.0/24``; or empty."""
    try:
        sought = ip_address(address.partition("%")[0])  # a link-local one may name its interface
        return next((network for network in networks if sought in ip_network(network, strict=False)), "")
    except ValueError as error:
        raise AnsibleFilterError(f"network_of wants addresses and networks such as 192.168.1.0/24: {error}") from error


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return them to Ansible."""
        return {"network_of": network_of}
