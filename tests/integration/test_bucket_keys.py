"""The access key of role bucket: made once, replaced safely, never lost and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.client import Emulator
from tests.integration.bucket_account import BUCKET, Account, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "home-cctv"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with a bucket, a user and its key."""
    with Emulator.start(enforce_iam=True) as aws:
        account = Account(aws, tmp_path_factory.mktemp("home"), [{"name": USER, "jobs": ["view"]}])
        run = account.deploy()
        assert run.status == 0, run.output
        yield account


def in_force(account: Account) -> bool:
    """Say whether the file's key is the user's only one, and works."""
    account.client(USER).list_objects_v2(Bucket=BUCKET)
    return account.key_ids(USER) == [account.key(USER)[0]]


def test_rotation_replaces_the_key_unseen(account: Account) -> None:
    old, old_client = account.key(USER), account.client(USER)
    run = account.deploy("-vvv", "--diff", bucket_rotate_key=True)
    assert run.status == 0, run.output
    new = account.key(USER)
    assert new[0] != old[0]
    assert in_force(account)
    assert refused(old_client.list_objects_v2, Bucket=BUCKET)
    assert new[1] not in run.output
    assert old[1] not in run.output


def test_rotation_cut_short_before_the_key_is_in_force_goes_on(account: Account) -> None:
    """The new key is written down, the old one still there."""
    made = account.aws.boto3_client("iam").create_access_key(UserName=USER)["AccessKey"]
    pending = account.key_file(USER).with_suffix(".yml.new")
    pending.write_text(f"cctv_access_key: {made['AccessKeyId']}\ncctv_secret_key: {made['SecretAccessKey']}\n")
    run = account.deploy()
    assert run.status == 0, run.output
    assert account.key(USER)[0] == made["AccessKeyId"]
    assert in_force(account)
    assert not pending.exists()


def test_rotation_whose_new_key_was_never_written_down_starts_over(account: Account) -> None:
    account.aws.boto3_client("iam").create_access_key(UserName=USER)
    assert len(account.key_ids(USER)) == 2
    assert account.deploy(bucket_rotate_key=True).status == 0
    assert in_force(account)


def test_new_key_that_does_not_work_leaves_the_old_one(account: Account) -> None:
    before = account.key(USER)
    pending = account.key_file(USER).with_suffix(".yml.new")
    pending.write_text("cctv_access_key: AKIANOBODY\ncctv_secret_key: x\n")
    run = account.deploy(__bucket_proof_retries=1)
    assert run.status != 0
    assert "The new key AKIANOBODY of home-cctv does not work, so the old one stays" in run.text
    pending.unlink()
    assert account.key(USER) == before
    assert in_force(account)


def test_missing_file_is_no_reason_for_a_second_key(account: Account) -> None:
    file = account.key_file(USER)
    away = file.rename(file.with_suffix(".away"))
    for arguments in ((), ("--check",)):
        run = account.deploy(*arguments)
        assert run.status != 0
        assert (
            f"User home-cctv already has {account.key_ids(USER)[0]}, but {file} is missing: put the file back"
            in run.text
        )
    away.rename(file)
    assert in_force(account)


def test_file_of_another_account_is_not_overwritten(account: Account) -> None:
    file = account.key_file(USER)
    original = file.read_text()
    file.write_text("cctv_access_key: AKIASOMEBODYELSE\ncctv_secret_key: x\n")
    run = account.deploy()
    assert run.status != 0
    assert "holds key AKIASOMEBODYELSE, which user home-cctv does not have: move the file away" in run.text
    assert "AKIASOMEBODYELSE" in file.read_text()
    file.write_text(original)


def test_key_files_are_encrypted_when_there_is_a_vault(account: Account) -> None:
    password = account.home / "vault-password"
    password.write_text("correct horse battery staple\n")
    vault = ("--vault-password-file", str(password))
    run = account.deploy(*vault, bucket_rotate_key=True, bucket_vault_password=password.read_text().strip())
    assert run.status == 0, run.output
    file = account.key_file(USER)
    assert file.read_text().startswith("$ANSIBLE_VAULT;")
    careless = account.deploy(*vault, bucket_rotate_key=True)
    assert careless.status != 0
    assert f"{file} is encrypted: set bucket_vault_password" in careless.text
    again = account.deploy(*vault)
    assert (again.status, again.changed) == (0, 0), again.output
    assert account.ansible("ansible-vault", "decrypt", *vault, str(file)).returncode == 0
    assert in_force(account)
    assert account.ansible("ansible-vault", "encrypt", *vault, str(file)).returncode == 0
    assert account.deploy(*vault).changed == 0
