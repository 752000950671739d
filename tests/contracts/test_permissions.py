"""One list of permissions: the calls of the store, the role's policies and the documentation say the same."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
import yaml
from ansible.module_utils.cctv.store.errors import ACTIONS

from tests.contracts.permissions import PAGE, ROOT, actions, load, page_with, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

CEILING = {
    "s3:ListBucket",
    "s3:PutObject",
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:PutObjectTagging",
    "s3:DeleteObject",
}
"""The original toolkit's policy, but for listing all buckets and asking for the location."""
LOCKS = {"s3:GetBucketObjectLockConfiguration", "s3:GetObjectRetention", "s3:GetObjectLegalHold"}
ADDED = {
    "sort": LOCKS,
    "archive": {"s3:AbortMultipartUpload", *LOCKS},
    "mount": {"s3:AbortMultipartUpload"},
    "restore": {"s3:RestoreObject"},
    "purge": {"s3:GetBucketVersioning", *LOCKS},
    "undelete": {
        "s3:AbortMultipartUpload",
        "s3:DeleteObjectVersion",
        "s3:GetBucketVersioning",
        "s3:GetLifecycleConfiguration",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionTagging",
        "s3:ListBucketVersions",
    },
}
OPERATIONS, JOBS = load()


def calls() -> Iterator[str]:
    """The S3 operations that the store asks for: the first argument of each of its ways to call."""
    for file in (ROOT / "module_utils" / "cctv" / "store").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in {"_call", "call", "_ask", "_request", "_named"}:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield first.value


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_the_store_calls_what_the_list_knows_and_nothing_else() -> None:
    assert set(calls()) == set(OPERATIONS)


def test_no_call_passes_by_the_functions_that_name_it() -> None:
    """A client's method called by its own name would be missing from the list unseen."""
    store = ROOT / "module_utils" / "cctv" / "store"
    direct = {
        f"{file.name}:{node.lineno}"
        for file in store.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _name(node.func.value) == "_client"
    }
    assert not direct


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refusal_names_the_actions_that_the_policy_grants(operation: str) -> None:
    needs = OPERATIONS[operation]
    assert set(ACTIONS[operation]) == {*needs["bucket"], *needs["objects"]}


@pytest.mark.parametrize("job", JOBS)
def test_each_job_stays_below_the_ceiling(job: str) -> None:
    granted = {*actions(job, "bucket"), *actions(job, "objects")}
    assert granted - CEILING == ADDED.get(job, set())


def test_only_jobs_that_delete_may_delete() -> None:
    assert {job for job in JOBS if "s3:DeleteObject" in actions(job, "objects")} == {
        "mount",
        "sort",
        "archive",
        "purge",
        "undelete",
    }


def test_what_a_relay_with_the_spool_may_do_is_create() -> None:
    assert (actions("ingest", "bucket"), actions("ingest", "objects")) == (["s3:ListBucket"], ["s3:PutObject"])


def test_only_one_job_may_change_the_past_and_the_bucket_denies_it_to_all_others() -> None:
    data = yaml.safe_load((ROOT / "roles" / "bucket" / "vars" / "main.yml").read_text())
    history = set(data["__bucket_history"])
    assert {job for job in JOBS if history & {*actions(job, "bucket"), *actions(job, "objects")}} == {"undelete"}


def test_only_jobs_that_write_may_write() -> None:
    assert "s3:PutObject" not in actions("view", "objects") + actions("purge", "objects")


def test_the_role_offers_the_jobs_of_the_list() -> None:
    spec = yaml.safe_load((ROOT / "roles" / "bucket" / "meta" / "argument_specs.yml").read_text())
    options = spec["argument_specs"]["main"]["options"]["bucket_principals"]["options"]
    assert options["jobs"]["choices"] == list(JOBS)


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page_with(tables(), PAGE.read_text()), "run python -m tests.contracts.permissions"
