"""hk-aws-tool as people, cron lines and scripts call it: what it prints where, and what it returns."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.bucket_contents import DAY, name

if TYPE_CHECKING:
    from tests.emulator.client import Emulator
    from tests.integration.bucket_contents import Contents

PROGRAM = Path(__file__).parents[2] / "bin" / "hk-aws-tool"
OLD = """\
---
aws: {{profile: hk-aws-toolkit, cctv_bucket: {bucket}, cctv_region: eu-central-1}}
archive: {{keep_files_days: 365, extension: tar.gz, batch_folder_limit: 31, glacier: true}}
web: {{host: 0.0.0.0, port: 8181}}
"""
"""A configuration file with the old toolkit's keys."""


class Tool:
    """The command, with the old toolkit's files in a home of its own."""

    def __init__(self, emulator: Emulator, bucket: str, home: Path) -> None:
        self.config = home / "config.yaml"
        self.config.write_text(OLD.format(bucket=bucket))
        (home / ".aws").mkdir()
        key = f"aws_access_key_id={emulator.access_key}\naws_secret_access_key={emulator.secret_key}\n"
        (home / ".aws" / "credentials").write_text(f"[hk-aws-toolkit]\n{key}")
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "TERM": "xterm",
            "COLUMNS": "120",
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self._home = home

    def run(self, *words: str, program: Path = PROGRAM) -> subprocess.CompletedProcess[str]:
        command = [str(program), "-c", str(self.config), *words]
        return subprocess.run(
            command, cwd=self._home, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def data(self, *words: str) -> list[str]:
        """What -q prints, after a run that went well and said nothing else."""
        done = self.run(*words, "-q")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()


@pytest.fixture
def tool(emulator: Emulator, bucket: str, tmp_path: Path) -> Tool:
    return Tool(emulator, bucket, tmp_path)


def test_a_bucket_through_its_life_by_the_old_words(tool: Tool, contents: Contents) -> None:
    contents.put(f"CAM-1/{name(1)}", f"CAM-1/{name(2)}", "CAM-1/a.mp4", f"CAM-2/{name(3)}")
    contents.day("CAM-1", 2, day="2021-12-20")
    contents.day("CAM-2", 1, day="2021-12-21")
    time.sleep(1)  # S3 tells the second of an arrival; the tool's own clock is finer
    tool.config.write_text(tool.config.read_text() + "cctv: {min_age_seconds: 0}\n")
    assert tool.data("-a", "list-cameras") == ["CAM-1", "CAM-2"]
    assert tool.data("-a", "list-camera-dirs", "-m", "CAM-1") == ["CAM-1/2021-12-20"]
    loose = [f"CAM-1/{name(1)}", f"CAM-1/{name(2)}"]
    assert sorted(tool.data("-a", "list-camera-files", "-m", "CAM-1", "-p", "*.jpg")) == loose
    assert tool.data("-a", "store-camera-files", "-m", "CAM-1", "-p", "*.jpg") == []
    assert tool.data("-a", "store-all-files", "-p", "*.jpg") == []
    assert tool.data("-a", "list-camera-files", "-m", "CAM-1") == ["CAM-1/a.mp4"]
    on_date = ["-a", "list-camera-files-on-date", "-m", "CAM-1", "-d", DAY]
    assert tool.data(*on_date) == [f"CAM-1/{DAY}/{name(second)}" for second in (1, 2)]
    assert tool.data("-a", "archive-camera-folder-on-date", "-m", "CAM-1", "-d", DAY) == []
    assert tool.data(*on_date) == [f"CAM-1/archive/{DAY}.tar.gz!/{name(second)}" for second in (1, 2)]
    assert tool.data("-a", "archive-camera-folder-pattern", "-m", "CAM-1", "-p", "*2021-12-*") == []
    assert tool.data("-a", "archive-all-by-pattern", "-p", "*2021-12-*") == []
    archives = [key for key in contents.listed() if key.endswith(".tar.gz")]
    assert archives == [f"CAM-1/archive/{day}.tar.gz" for day in ("2021-12-20", DAY)] + [
        "CAM-2/archive/2021-12-21.tar.gz"
    ]
    assert tool.data("-a", "list-camera-dirs", "-m", "CAM-1") == ["CAM-1/archive"]


def test_an_old_pattern_that_names_the_cameras_folder(tool: Tool, contents: Contents) -> None:
    """The old toolkit held patterns against the whole key."""
    contents.put("CAM-1/a.mp4", "CAM-2/b.mp4")
    contents.day("CAM-1", 2)
    assert tool.data("list-camera-files", "-m", "CAM-1", "-p", "CAM-1/*.mp4") == ["CAM-1/a.mp4"]
    on_date = ("-a", "list-camera-files-on-date", "-m", "CAM-1", "-d", DAY, "-p", f"CAM-1/{DAY}/*")
    assert len(tool.data(*on_date)) == 2
    assert tool.data("archive-all-by-pattern", "-d", DAY) == []
    assert len(tool.data(*on_date)) == 2
    shown = tool.run("store-camera-files", "-m", "CAM-1", "-p", "CAM-1/*.mp4").stderr
    assert shown == "0 pictures sorted, 1 left for the next run.\n"


def test_the_old_cron_line_under_the_old_name(tool: Tool, contents: Contents, tmp_path: Path) -> None:
    contents.put(f"CAM-1/{name(1)}")
    old = tmp_path / "hk-aws-tool.py"
    old.symlink_to(PROGRAM)
    done = tool.run("-a", "store-all-files", "-p", "*.jpg", program=old)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "0 pictures sorted, 1 left for the next run.\n"


def test_a_dry_run_changes_nothing(tool: Tool, contents: Contents) -> None:
    contents.day("CAM-1", 3)
    before = contents.state()
    done = tool.run("archive-all-by-pattern", "--dry-run")
    assert done.stdout == f"CAM-1/archive/{DAY}.tar.gz\n"
    assert done.stderr.startswith("Nothing is done yet, this would be: 1 archive written, 3 pictures removed")
    for words in (["cleanup"], ["purge", "--older-than", "1"]):
        done = tool.run(*words)
        assert (done.returncode, done.stdout) == (0, f"CAM-1/{DAY}/\n")
        assert done.stderr.endswith("Nothing was deleted: add --delete to delete.\n")
    # A line of the old toolkit, whose cleanup never deleted, has no word that makes it delete.
    for words in (["-a", "cleanup", "-f"], ["cleanup", "--delete", "--dry-run"], ["purge", "--older-than", "1", "-f"]):
        assert tool.run(*words).returncode == 0
    assert contents.state() == before
    assert tool.data("cleanup", "--delete") == []
    assert contents.listed() == []


def test_json_is_the_modules_result(tool: Tool, contents: Contents) -> None:
    contents.day("CAM-1", 1)
    shown: dict[str, Any] = json.loads(tool.run("list-cameras", "--json").stdout)
    assert (shown["action"], shown["names"], shown["cameras"][0]["sorted_days"]) == ("list-cameras", ["CAM-1"], 1)


def test_back_out_of_the_cold(tool: Tool, contents: Contents, emulator: Emulator, tmp_path: Path) -> None:
    keys = contents.day("CAM-1", 2)
    bodies = {contents.read(key) for key in keys}
    assert tool.data("archive-all-by-pattern") == []
    emulator.set(restore_heads=1)
    words = ["-m", "CAM-1", "-d", DAY, "--destination", str(tmp_path / "evidence")]
    quoted = tool.run("quote", *words)
    assert quoted.returncode == 0
    assert "5 hours" in quoted.stderr
    assert "1 requested" in quoted.stderr
    assert tool.run("restore", *words).returncode == 75, "S3 has only been asked"
    assert [Path(path).read_bytes() in bodies for path in tool.data("restore", *words, "--wait")] == [True, True]


def test_what_is_archived_is_verified(tool: Tool, contents: Contents) -> None:
    tool.config.write_text(tool.config.read_text().replace("glacier: true", "glacier: false"))
    contents.day("CAM-1", 2)
    assert tool.data("archive-all-by-pattern") == []
    whole = tool.run("verify")
    assert (whole.returncode, whole.stdout) == (0, "")
    assert whole.stderr.startswith("Whole: 2 pictures in 1 archive; 0 findings in 1 day. Signatures were not checked,")
    assert re.search(r"^CAM-1 ends with link 1, SHA-256 [0-9a-f]{64}$", whole.stderr, re.MULTILINE)
    assert tool.run("verify", "-d", "2030-01-01").returncode == 3, "nothing was verified, so nothing looks good"
    key = f"CAM-1/archive/{DAY}.tar.gz"
    contents.client.delete_object(Bucket=contents.bucket, Key=key)
    gone = tool.run("verify", "--quick", "-q")
    assert (gone.returncode, gone.stdout) == (1, f"missing: {key}: it is gone\n")


def test_what_lies_in_the_cold_is_not_said_to_have_been_read(tool: Tool, contents: Contents) -> None:
    contents.day("CAM-1", 2)
    assert tool.data("archive-all-by-pattern") == []
    done = tool.run("verify")
    key = f"CAM-1/archive/{DAY}.tar.gz"
    assert (done.returncode, done.stdout) == (
        0,
        f"unread: {key}: it is in GLACIER: S3's checksum is right, its bytes were not read\n",
    )
    assert "2 pictures in 1 archive, 1 by S3's checksum alone: not read; 1 finding in 1 day." in done.stderr


def test_a_month_of_every_camera_goes_by_one_line(tool: Tool, contents: Contents) -> None:
    tool.config.write_text(tool.config.read_text().replace("batch_folder_limit: 31", "batch_folder_limit: 2"))
    for camera in ("CAM-1", "CAM-2"):
        for day in ("2021-12-20", "2021-12-21", "2021-12-22"):
            contents.day(camera, 1, day=day)
    done = tool.run("-a", "archive-all-by-pattern", "-p", "*2021-12-*")
    assert done.returncode == 0
    assert "4 archives written, 4 pictures removed, 2 days deferred" in done.stderr
    left = [key for key in contents.listed() if "/archive/" not in key]
    assert [key[: len("CAM-1/2021-12-22")] for key in left] == ["CAM-1/2021-12-22", "CAM-2/2021-12-22"]


def test_how_a_job_works_is_how_the_tool_works(tool: Tool, contents: Contents) -> None:
    """But for which pictures its schedule means: jobs.archive.older_than_days is not of a line that names a day."""
    job = "jobs: {archive: {older_than_days: 100000, storage_class: STANDARD_IA}}\n"
    tool.config.write_text(tool.config.read_text() + job)
    contents.day("CAM-1", 1)
    assert tool.data("archive-camera-folder-on-date", "-m", "CAM-1", "-d", DAY) == []
    head = contents.client.head_object(Bucket=contents.bucket, Key=f"CAM-1/archive/{DAY}.tar.gz")
    assert head["StorageClass"] == "STANDARD_IA"


def test_a_night_is_brought_back_before_it_is_sorted(tool: Tool, contents: Contents, tmp_path: Path) -> None:
    loose = [f"CAM-1/{name(second)}" for second in (1, 2)]
    contents.put(*loose, f"CAM-1/{name(3, '2022-02-25')}")
    words = ["-m", "CAM-1", "-d", DAY, "--destination", str(tmp_path / "evidence")]
    planned = tool.data("quote", *words)
    places = [f"{tmp_path}/evidence/CAM-1/{DAY}/{name(second)}" for second in (1, 2)]
    assert planned == places
    assert tool.data("restore", *words) == places
    assert [Path(place).read_text() for place in places] == loose
    contents.day("CAM-1", 1)
    refused = tool.run("restore", "-m", "CAM-1", "-d", DAY)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "give a destination" in refused.stderr


def test_quiet_is_quiet(tool: Tool, contents: Contents) -> None:
    contents.put("CAM-1/a.mp4")
    assert tool.data("store-all-files", "-p", "*.jpg") == []
    assert "Of 1 loose picture none matches *.jpg." in tool.run("store-all-files", "-p", "*.jpg").stderr


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_what_is_too_young_to_be_sorted_matches_all_the_same(tool: Tool, contents: Contents, more: list[str]) -> None:
    contents.put("CAM-1/a.mp4", f"CAM-1/{name(1)}")
    said = tool.run("store-all-files", "-p", "*.jpg", *more).stderr
    assert "1 left for the next run" in said
    assert "none matches" not in said


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["list-camera-files"], 2, "list-camera-files needs -m CAMERA."),
        (["-a", "upload"], 2, "invalid choice"),
        ([], 2, "Say what to do"),
        (["list-camera-dirs", "-m", "CAM-9"], 3, "No camera is called CAM-9"),
        (["archive-all-by-pattern", "-d", "yesterday"], 2, "'yesterday' is not a date"),
        (["archive-all-by-pattern", "--limit", "0"], 2, "'0' is not a whole number of at least 1"),
        (["purge", "--older-than", "-5"], 2, "'-5' is not a whole number"),
        (["purge", "--older-than", "0", "--delete"], 3, "give at least 1"),
        (["purge", "-m", "", "--older-than", "1", "--delete"], 2, "argument -m/--camera: it is empty"),
        (["list-cameras", "--bucket", ""], 2, "argument --bucket: it is empty"),
        (["purge", "-d", DAY, "--older-than", "1", "--delete"], 2, "purge does not take -d;"),
        (["store-all-files", "-m", "CAM-1"], 2, "store-all-files does not take -m;"),
        (["status", "--archives"], 2, "status does not take --archives;"),
        (["quote", "-m", "CAM-1", "-d", DAY, "--to", DAY], 2, "Give either -d, or --from and --to."),
        (["quote", "-m", "CAM-1", "--from", "2022-02-02", "--to", "2022-02-01"], 2, "swap them"),
        (["quote", "-m", "CAM-1", "-d", "2030-01-01"], 3, f"the first day there is {DAY}"),
        (["list-cameras", "--endpoint-url", "foo"], 3, "'foo' is no address"),
        (["--print-completion", "fish"], 2, "invalid choice"),
        (["list-cameras", "--profile", "nobody"], 3, "nobody"),
        (["list-cameras", "-c", "/nonexistent"], 3, "/nonexistent cannot be read"),
        (["list-cameras", "-c", "/nonexistent", "--bucket", "b"], 3, "/nonexistent cannot be read"),
        (["status"], 3, "run this on the relay"),
        (["web"], 3, "viewer_deploy.yml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_said(
    tool: Tool, contents: Contents, words: list[str], code: int, sentence: str
) -> None:
    contents.day("CAM-1", 1)
    before = contents.state()
    done = tool.run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert contents.state() == before


@pytest.mark.parametrize("text", ["aws: foo", "aws: {cctv_bucket: b}\njobs: [sort]", "aws: {cctv_bucket: \xe9}"])
def test_a_configuration_that_is_none_is_said_so(tool: Tool, text: str) -> None:
    tool.config.write_bytes(text.encode("latin-1"))
    done = tool.run("list-cameras")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"{tool.config}")
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_no_success(tool: Tool, contents: Contents) -> None:
    contents.day("CAM-1", 1)
    with Path("/dev/full").open("w") as full:
        command = [str(PROGRAM), "-c", str(tool.config), "list-cameras"]
        done = subprocess.run(
            command, env=tool.environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr.endswith("Stopped: No space left on device. Mend that and run it again.\n")
    assert "Traceback" not in done.stderr


def test_what_failed_is_told_and_the_rest_done(tool: Tool, contents: Contents, emulator: Emulator) -> None:
    contents.day("CAM-1", 1)
    contents.day("CAM-2", 1)
    emulator.fault("error", operation="GetObject", key="CAM-1/*", status=403, code="AccessDenied")
    done = tool.run("archive-all-by-pattern", "-q")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Failed: CAM-1/")
    assert tool.run("archive-all-by-pattern").stderr.count("GetObject") == 1, "told once"
    assert f"CAM-2/archive/{DAY}.tar.gz" in contents.listed()


def test_a_terminal_shows_rate_and_time_left(tool: Tool, contents: Contents, emulator: Emulator) -> None:
    contents.day("CAM-1", 59)
    emulator.set(latency_ms=150)
    shown = on_terminal(tool, "archive-all-by-pattern")[1]
    assert " of 59 pictures archived, " in shown
    assert re.search(r"\d/s left: (\x1b\[\d+m)?0:00:0", shown)
    assert "\x1b[?25h" in shown, "the cursor is given back"
    assert " keys looked at" in shown, "the listing before it is no silence"
    assert " keys looked at" in on_terminal(tool, "list-camera-dirs", "-m", "CAM-1")[1]


def test_a_verification_knows_how_much_it_reads(tool: Tool, contents: Contents) -> None:
    tool.config.write_text(tool.config.read_text().replace("glacier: true", "glacier: false"))
    contents.day("CAM-1", 2)
    contents.day("CAM-1", 2, day="2021-12-20")
    assert tool.data("archive-all-by-pattern") == []
    size = contents.client.head_object(Bucket=contents.bucket, Key=f"CAM-1/archive/{DAY}.tar.gz")["ContentLength"]
    shown = on_terminal(tool, "verify", "-d", DAY)[1]
    assert f"of {size:,} bytes read" in shown or f"of {size / 1000:.1f} kB read" in shown
    assert " of " not in on_terminal(tool, "verify", "--quick")[1].partition("Whole:")[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_is_safe(tool: Tool, contents: Contents, emulator: Emulator, number: signal.Signals) -> None:
    keys = contents.day("CAM-1", 60)
    emulator.set(latency_ms=60)
    code, shown = on_terminal(tool, "archive-all-by-pattern", interrupt=number)
    assert code == 130
    assert "Interrupted; nothing is lost." in shown
    assert "Traceback" not in shown
    assert set(keys) <= set(contents.listed())
    emulator.set(latency_ms=0)
    assert tool.data("archive-all-by-pattern") == []
    assert tool.data("list-camera-files-on-date", "-m", "CAM-1", "-d", DAY) == [
        f"CAM-1/archive/{DAY}.tar.gz!/{key.rpartition('/')[2]}" for key in keys
    ]


def on_terminal(tool: Tool, *words: str, interrupt: signal.Signals | None = None) -> tuple[int, str]:
    """The exit status and all that a terminal shows; interrupted once a rate is shown."""
    ours, its = pty.openpty()
    command = [str(PROGRAM), "-c", str(tool.config), *words]
    with subprocess.Popen(command, env=tool.environment, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the terminal is gone, as everybody has left it
                break
            if not piece:
                break
            shown += piece
            if interrupt and re.search(rb"(archived|deleted), [^\r\n]*/s", shown):
                process.send_signal(interrupt)
                interrupt = None
        os.close(ours)
    return process.returncode, shown.decode()


def test_a_purge_that_is_interrupted_does_not_comfort(tool: Tool, contents: Contents, emulator: Emulator) -> None:
    for number in range(1, 13):
        contents.day(f"CAM-{number}", 1)
    emulator.set(latency_ms=100)
    words = ("purge", "--older-than", "1", "--delete")
    code, shown = on_terminal(tool, *words, interrupt=signal.SIGINT)
    assert (code, "nothing is lost" in shown) == (130, False)
    assert "Interrupted; what was deleted so far is gone, as asked. Run it again to go on." in shown


def test_ctrl_c_while_it_still_starts(tool: Tool) -> None:
    command = [str(PROGRAM), "-c", str(tool.config), "list-cameras"]
    for wait in (0.05, 0.15, 0.3, 0.5):
        with subprocess.Popen(command, env=tool.environment, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(wait)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
        assert "Traceback" not in said


def completed(tool: Tool, *words: str) -> list[str]:
    """What bash offers in place of the last word."""
    script = tool.run("--print-completion", "bash").stdout
    line = " ".join(f"'{word}'" for word in words)
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _shtab_hk_aws_tool; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    bash = ["bash", "-c", f"{script}\ncomplete -p {words[0]} >&2 && {ask}"]
    done = subprocess.run(bash, capture_output=True, text=True, check=False)
    assert "complete -o bashdefault -F _shtab_hk_aws_tool" in done.stderr
    return done.stdout.split()


def test_bash_completes_what_an_action_takes_and_no_more(tool: Tool) -> None:
    assert completed(tool, "hk-aws-tool", "list-camera-f") == ["list-camera-files", "list-camera-files-on-date"]
    assert completed(tool, "hk-aws-tool.py", "-a", "list-camera-d") == ["list-camera-dirs"]
    assert completed(tool, "hk-aws-tool", "-") != []
    assert completed(tool, "hk-aws-tool", "cleanup", "--de") == ["--delete"]
    assert completed(tool, "hk-aws-tool", "list-cameras", "--de") == []
    assert completed(tool, "hk-aws-tool", "list-cameras", "--bu") == ["--bucket"]
    assert completed(tool, "hk-aws-tool.py", "-a", "cleanup", "--de") == ["--delete"]


def test_zsh_completes_under_both_names(tool: Tool) -> None:
    script = tool.run("--print-completion", "zsh").stdout
    assert script.startswith("#compdef hk-aws-tool hk-aws-tool.py\n")
    assert "compdef _shtab_hk_aws_tool -N hk-aws-tool hk-aws-tool.py\n" in script
    assert "{-a,--action}" in script
    options = script.partition("_shtab_hk_aws_tool_list_cameras_options=(")[2].partition("\n)")[0]
    assert "--bucket" in options
    assert "--older-than" not in options


def test_the_help_teaches_every_action_and_the_exit_statuses(tool: Tool) -> None:
    text = tool.run("--help").stdout
    for word in ("store-all-files", "quote", "examples:", "exit status:", "Ctrl-C"):
        assert word in text


def test_the_help_of_an_action_shows_what_it_takes(tool: Tool) -> None:
    text = tool.run("purge", "--help").stdout
    assert "--older-than DAYS" in text
    assert "--date" not in text


def test_the_old_name_and_the_version(tool: Tool) -> None:
    declared = tomllib.loads((PROGRAM.parents[1] / "pyproject.toml").read_text())["project"]["version"]
    done = tool.run("--version", program=PROGRAM.with_name("hk-aws-tool.py"))
    assert (done.returncode, done.stdout) == (0, f"hk-aws-tool {declared}\n")
