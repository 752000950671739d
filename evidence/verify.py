#!/usr/bin/env python3
"""Check archived pictures against their chain of hashes, without the project, a network or any library.

    aws s3 sync s3://BUCKET/CAMERA/archive/ CAMERA/        # or any other way to get the folder
    python3 verify.py CAMERA/ --public-key RWQ...          # exit status 0: everything is whole

One file, Python 3.9 or newer; time stamps (--timestamp-certificates FILE) are checked by the program openssl.
docs/evidence.md says what a good result proves, and what it does not.
"""

import argparse
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from datetime import datetime
from pathlib import Path

# Ed25519 (RFC 8032), verification only: slow and plain.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def x_of(y, sign):
    """Return the x of the point at ``y`` with that lowest bit, None for no point."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def add(one, other):
    """Return the sum of two points of the curve, in affine coordinates."""
    (a, b), (c, d) = one, other
    cross = D * a * b * c * d % P
    x = (a * d + c * b) * pow(1 + cross, P - 2, P) % P
    y = (b * d + a * c) * pow(1 - cross, P - 2, P) % P
    return x, y


def times(number, point):
    """Return ``number`` times a point."""
    total = (0, 1)
    while number:
        total = add(total, point) if number & 1 else total
        point, number = add(point, point), number >> 1
    return total


def point_of(packed):
    """Return the point in 32 bytes, None for no point."""
    number = int.from_bytes(packed, "little")
    y = number & (2**255 - 1)
    x = x_of(y, number >> 255) if y < P else None
    return None if x is None else (x, y)


def is_ed25519(public, message, signature):
    """Say whether a signature of 64 bytes is that of ``message`` by the owner of ``public``."""
    key, first = point_of(public), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or first is None or scalar >= ORDER:
        return False
    mixed = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return times(scalar, (x_of(BASE_Y, 0), BASE_Y)) == add(first, times(mixed, key))


def is_minisign(public_key, document, text):
    """Say whether ``text`` is minisign's signature of ``document`` by ``public_key``."""
    try:
        key = base64.b64decode(public_key.strip().splitlines()[-1], validate=True)
        lines = text.decode().splitlines()
        first, last = base64.b64decode(lines[1], validate=True), base64.b64decode(lines[3], validate=True)
    except (ValueError, IndexError):
        return False
    comment = lines[2].partition("trusted comment: ")[2].encode()
    message = hashlib.blake2b(document).digest() if first[:2] == b"ED" else document
    known = key[:2] == b"Ed" and first[:2] in (b"Ed", b"ED") and key[2:10] == first[2:10]
    good = known and is_ed25519(key[10:], message, first[10:])
    return good and is_ed25519(key[10:], first[10:] + comment, last)


def run_openssl(*words):
    """Run openssl's command for time stamps."""
    command = ["openssl", "ts", *words]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - no shell


def stamped_at(certificates, document, stamp):
    """Return the time of a good time stamp (RFC 3161), None for one that is not of this file and authority."""
    shown = run_openssl("-reply", "-in", stamp, "-text")
    stated = [line.partition(": ")[2] for line in shown.stdout.splitlines() if line.startswith("Time stamp: ")]
    try:
        at = datetime.strptime(re.sub(r"\.\d+", "", stated[0]).replace("GMT", "+0000"), "%b %d %H:%M:%S %Y %z")
    except (ValueError, IndexError):
        return None
    # The certificates have to be good at that time, and may be out of date by now.
    files = ("-data", document, "-in", stamp, "-CAfile", certificates, "-attime", str(int(at.timestamp())))
    return None if run_openssl("-verify", *files).returncode else at


def file_sha256(path):
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


class Report:
    """Counts what is whole, and says what is not."""

    def __init__(self):
        self.pictures = self.archives = self.signed = self.stamped = self.wrong = 0

    def find(self, what, where, why):
        """Say what is wrong."""
        self.wrong += 1
        print(f"{what}: {where}: {why}")


def check_chain(folder, public_key, report):
    """Yield the links of the chain, each held against the one before."""
    expected, previous, uncovered = 1, "", None
    for path in sorted((folder / "chain").glob("*.json")):
        document = path.read_bytes()
        try:
            link = json.loads(document)
            fields = (link["number"], link["previous"], link["archive"], link["index"], link["index_sha256"])
        except (ValueError, KeyError, TypeError):
            report.find("changed", path, "it is no link")
            continue
        while expected < int(path.stem):
            report.find("missing", f"link {expected}", "the chain has a gap")
            expected, previous = expected + 1, None
        if fields[0] != int(path.stem) or (previous is not None and fields[1] != previous):
            report.find("changed", path, "it does not fit the link before it")
        expected, previous = expected + 1, hashlib.sha256(document).hexdigest()
        signature = path.with_name(path.name + ".minisig")
        if public_key and signature.exists() and is_minisign(public_key, document, signature.read_bytes()):
            report.signed, uncovered = report.signed + 1, None
        else:
            if public_key and signature.exists():
                report.find("changed", signature, "the signature is not of this link and key")
            uncovered = uncovered or path
        yield link
    if expected == 1:
        report.find("missing", folder / "chain", "there is no link at all")
    else:
        print(f"The chain ends with link {expected - 1}, SHA-256 {previous}")
    if public_key and uncovered:
        report.find("unsigned", uncovered, "no signature covers this link and those after it")


def check_stamps(folder, certificates, report):
    """Hold the time stamp of each link against it: a good one covers the links before it, too."""
    uncovered, last = None, None
    for path in sorted((folder / "chain").glob("*.json")):
        stamp = path.with_name(path.name + ".tsr")
        at = stamped_at(certificates, path, stamp) if stamp.exists() else None
        if at:
            if uncovered:
                print(f"late: {uncovered}: {path.name} has the first stamp that covers it")
            report.stamped, uncovered, last = report.stamped + 1, None, f"{path.name} was stamped at {at.isoformat()}"
            continue
        if stamp.exists():
            report.find("changed", stamp, "the time stamp is not of this link by this authority")
        uncovered = uncovered or path
    if last:
        print(f"{last}; it and all links before it were there then")
    if uncovered:
        report.find("unstamped", uncovered, "no time stamp covers this link and those after it")


def check_archive(folder, link, report):
    """Hold one archive and its index against the link."""
    archive, index = (folder / link[name].rpartition("/")[2] for name in ("archive", "index"))
    missing = [path for path in (archive, index) if not path.exists()]
    for path in missing:
        report.find("missing", path, "it is gone")
    if missing:
        return
    before = report.wrong
    if file_sha256(index) != link["index_sha256"]:
        report.find("changed", index, "its bytes are not those of the chain")
        return
    wanted = {entry["name"]: entry["sha256"] for entry in json.loads(index.read_bytes())["captures"]}
    check_members(archive, wanted, report)
    for name in wanted:
        report.find("missing", f"{archive} {name}", "it is not in the archive")
    if report.wrong == before and file_sha256(archive) != link["archive_sha256"]:
        report.find("changed", archive, "other bytes, around whole pictures")
    report.archives += report.wrong == before


def check_members(archive, wanted, report):
    """Hold each picture of an archive against the sum in ``wanted``, which keeps what is not there."""
    try:
        with tarfile.open(archive, mode="r|gz") as tar:
            for member in tar:
                digest = hashlib.sha256()
                file = tar.extractfile(member)
                while file and (piece := file.read(1 << 20)):
                    digest.update(piece)
                stated = wanted.pop(member.name, None)
                if stated is None:
                    report.find("added", f"{archive} {member.name}", "the manifest does not know it")
                elif stated != digest.hexdigest():
                    report.find("changed", f"{archive} {member.name}", "its bytes are others")
                else:
                    report.pictures += 1
    except (tarfile.TarError, OSError, EOFError) as error:
        report.find("changed", archive, f"it cannot be read on: {error}")


def main():
    """Check one camera's folder, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the camera's folder archive/, with chain/ in it")
    parser.add_argument("--public-key", default="", help="base64 line of the owner's minisign public key")
    parser.add_argument("--timestamp-certificates", default="", help="file with the authority's certificates (PEM)")
    parser.add_argument("--date", default="", help="look into this day alone, YYYY-MM-DD; the chain is checked whole")
    asked = parser.parse_args()
    if asked.timestamp_certificates and not shutil.which("openssl"):
        parser.error(
            "time stamps are checked by the program openssl: install it, or leave --timestamp-certificates out"
        )
    if asked.timestamp_certificates and not Path(asked.timestamp_certificates).is_file():
        parser.error(f"there is no file {asked.timestamp_certificates}")
    report, known = Report(), set()
    for link in list(check_chain(asked.folder, asked.public_key, report)):
        known |= {link["archive"].rpartition("/")[2], link["index"].rpartition("/")[2]}
        if asked.date in ("", link["date"]):
            check_archive(asked.folder, link, report)
    if asked.timestamp_certificates:
        check_stamps(asked.folder, asked.timestamp_certificates, report)
    for path in sorted(asked.folder.glob("*")):
        if path.is_file() and path.name not in known and asked.date in ("", path.name[:10]):
            report.find("added", path, "the chain does not know it")
    signed = f", {report.signed} signatures are good" if asked.public_key else ", signatures were not checked"
    stamped = f", {report.stamped} time stamps are good" if asked.timestamp_certificates else ""
    print(
        f"{report.pictures} pictures in {report.archives} archives are whole{signed}{stamped}, {report.wrong} findings."
    )
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
