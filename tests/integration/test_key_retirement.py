"""When site.yml and jobs_deploy.yml retire a key: as soon as whoever uses it has the new one, and no earlier."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.emulator.client import Emulator
from tests.integration.bucket_account import BUCKET, ROOT, Account, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("cctv_principal", "cctv_jobs_principal", "cctv_viewer_principal")
FAIL = """
- hosts: all:!localhost
  gather_facts: false
  tasks:
    - ansible.builtin.fail: {msg: out of reach}
      when: inventory_hostname in missed
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with the users of two hosts."""
    principals = [{"name": name, "jobs": ["view"]} for name in ("one", "two")]
    with Emulator.start(enforce_iam=True) as aws:
        account = Account(aws, tmp_path_factory.mktemp("home"), principals)
        assert account.deploy().status == 0
        yield account


def host(kind: str, name: str) -> dict[str, object]:
    """One whose user of ``kind`` is ``name``."""
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    return here | {each: {"name": name if each == kind else "nobody"} for each in KINDS}


def finish(
    account: Account, missed: list[str], *, playbook: str = "site.yml", kind: str = KINDS[0], **more: object
) -> str:
    """Run the last plays of ``playbook`` as after plays that failed on the hosts ``missed``, which know ``more``."""
    group = {"site.yml": "relays", "jobs_deploy.yml": "jobs"}[playbook]
    last = yaml.safe_load((ROOT / "playbooks" / playbook).read_text())[-2:]
    plays = yaml.safe_load(FAIL) + [{key: value for key, value in play.items() if key != "roles"} for play in last]
    hosts = {name: host(kind, name) | more for name in ("one", "two")}
    groups = {"jobs": {"hosts": {"far": host(KINDS[0], "one")}}} | {group: {"hosts": hosts}}
    inventory = {"all": {"hosts": {"localhost": host("", "")}, "children": groups}}
    finishing = account.home / "finish.yml"
    finishing.write_text(json.dumps(plays))
    (account.home / "hosts.yml").write_text(json.dumps(inventory))
    given = {
        "bucket_name": BUCKET,
        "bucket_endpoint_url": account.aws.url,
        "bucket_principals": account.principals,
        "missed": missed,
    }
    chosen = ["-i", str(account.home / "hosts.yml"), "--extra-vars", json.dumps(given)]
    done = account.ansible("ansible-playbook", str(finishing), *chosen)
    return done.stdout + done.stderr


def test_a_site_retires_an_old_key_when_its_relay_has_the_new_one(site: Account) -> None:
    old = {name: site.client(name) for name in ("one", "two")}
    run = site.deploy(bucket_rotate_key=True, bucket_retire_keys=False)
    assert run.status == 0, run.output
    for client in old.values():
        client.list_objects_v2(Bucket=BUCKET)
    output = finish(site, ["two"])
    assert site.key_ids("one") == [site.key("one")[0]], output
    assert refused(old["one"].list_objects_v2, Bucket=BUCKET)
    old["two"].list_objects_v2(Bucket=BUCKET)
    assert "Old keys of nobody, two stay" in " ".join(output.split())
    assert (site.deploy(bucket_retire_keys=False).changed) == 0
    output = finish(site, [])
    assert site.key_ids("two") == [site.key("two")[0]], output
    assert "changed=0" in finish(site, [])


def test_a_key_of_jobs_is_retired_when_its_host_has_the_new_one(site: Account) -> None:
    old = {name: site.client(name) for name in ("one", "two")}
    assert site.deploy(bucket_rotate_key=True, bucket_retire_keys=False).status == 0
    output = finish(site, ["two"], playbook="jobs_deploy.yml", kind=KINDS[1])
    assert site.key_ids("one") == [site.key("one")[0]], output
    assert refused(old["one"].list_objects_v2, Bucket=BUCKET)
    old["two"].list_objects_v2(Bucket=BUCKET)
    output = finish(site, [], playbook="jobs_deploy.yml", kind=KINDS[1])
    assert site.key_ids("two") == [site.key("two")[0]], output
    assert "changed=0" in finish(site, [], playbook="jobs_deploy.yml", kind=KINDS[1])


def test_a_viewer_keeps_its_old_key_until_its_relay_was_reached(site: Account) -> None:
    old = {name: site.client(name) for name in ("one", "two")}
    assert site.deploy(bucket_rotate_key=True, bucket_retire_keys=False).status == 0
    users = {"owner": "scrypt:x"}
    output = finish(site, ["two"], kind=KINDS[2], vault_viewer_users=users)
    assert site.key_ids("one") == [site.key("one")[0]], output
    old["two"].list_objects_v2(Bucket=BUCKET)
    output = finish(site, [], kind=KINDS[2], vault_viewer_users=users)
    assert site.key_ids("two") == [site.key("two")[0]], output
