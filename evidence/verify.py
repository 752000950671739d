#!/usr/bin/env python3
"""Check archived pictures against their chain of hashes, without the project, a network or any library.

    aws s3 sync s3://BUCKET/CAMERA/archive/ CAMERA/        # or any other way to get the folder
    python3 verify.py CAMERA/ --public-key RWQ...          # exit status 0: everything is whole

One file, Python 3.9 or newer; time stamps (--timestamp-certificates FILE) are checked by the program openssl.
docs/evidence.md says what a good result proves, and what it does not.
"""

import argparse
import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from datetime import date, datetime
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


def is_public_key(public_key):
    """Say whether a line is a public key of minisign."""
    try:
        key = base64.b64decode(public_key, validate=True)
    except ValueError:
        return False
    return len(key) == 42 and key[:2] == b"Ed"


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
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


STAMPED = re.compile(r"Time stamp: ([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT", re.ASCII)


def stamped_at(certificates, document, stamp):
    """Return the time of a good time stamp (RFC 3161), None for one that is not of this file and authority."""
    # Around the part that the authority signs stands a status in anybody's words, which openssl prints before the time.
    with tempfile.TemporaryDirectory() as folder:
        token = Path(folder) / "token"
        run_openssl("-reply", "-in", stamp, "-token_out", "-out", token)
        shown = run_openssl("-reply", "-token_in", "-in", token, "-text")
    stated = [match for line in shown.stdout.split("\n") if (match := STAMPED.fullmatch(line))]
    try:
        (match,) = stated
        at = datetime.strptime(f"{match[1]} {match[2]} +0000", "%b %d %H:%M:%S %Y %z")
    except ValueError:
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


SAID = ("camera", "date", "archive", "archive_bytes", "archive_sha256", "index", "index_sha256", "captures")
"""What a link says of its archive: all but the index's sum stays when a lost index is made again."""


class Report:
    """Counts what is whole, and says what is not."""

    def __init__(self):
        self.pictures = self.archives = self.signed = self.stamped = self.wrong = 0

    def find(self, what, where, why):
        """Say what is wrong."""
        self.wrong += 1
        print(f"{what}: {where}: {why}")


LONGEST = 64 * 1024  # bytes of a link, a signature, a stamp
LONGEST_INDEX = 256 * 1024 * 1024
TEXTS = ("camera", "date", "archive", "archive_sha256", "index", "index_sha256", "previous")
NUMBERS = ("number", "archive_bytes", "captures")


def load(path, longest):
    """Return the bytes of a file and the mapping in them; ValueError for none."""
    if path.stat().st_size > longest:
        raise ValueError("it is longer than any")
    document = path.read_bytes()
    try:
        stated = json.loads(document)
    except RecursionError as error:
        raise ValueError("it nests too deep") from error
    if not isinstance(stated, dict):
        raise ValueError("it is no mapping")
    return document, stated


def load_link(path):
    """Return a link's bytes and fields; ValueError for what is no link."""
    document, link = load(path, LONGEST)
    for names, kind in ((TEXTS, str), (NUMBERS, int)):
        for name in names:
            if type(link.get(name)) is not kind:
                raise ValueError(f"{name} is of the wrong kind")
    where = f"{link['camera']}/archive/"
    name = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(\.\d{1,4})?\.tar\.gz", file_name(link["archive"]), re.ASCII)
    if not name or name[1] != link["date"] or file_name(link["index"]) != f"{name[1]}{name[2] or ''}.index.json":
        raise ValueError("it names no archive of its day")
    if not all(("/" + link[key]).endswith(f"/{where}{file_name(link[key])}") for key in ("archive", "index")):
        raise ValueError("it names an archive of another camera")
    return document, link


def file_name(key):
    """Return the last part of a key."""
    return key.rpartition("/")[2]


def link_files(folder):
    """Return the files of the links by number: 00000001.json is the first, and 1.json is none."""
    files = (path for path in (folder / "chain").glob("*.json") if path.is_file())
    named = ((path.name.partition(".")[0], path) for path in files)
    found = ((int(digits), path) for digits, path in named if re.fullmatch(r"[0-9]{8,12}", digits))
    return sorted((number, path) for number, path in found if number and path.name == f"{number:08}.json")


def check_chain(folder, asked, report):
    """Yield the links of the chain, each held against the one before."""
    number, before, uncovered, camera, is_on_chain = 0, "", None, asked.camera, False
    for this, path in link_files(folder):
        if this > number + 1:
            missing = f"links {number + 1} to {this - 1}" if this > number + 2 else f"link {number + 1}"
            report.find("missing", missing, "the chain has a gap")
            before = None
        previous, before, number = before, None, this
        try:
            before = file_sha256(path)
            is_on_chain = is_on_chain or asked.head in (before, f"{number}:{before}")
            document, link = load_link(path)
        except ValueError as error:
            report.find("changed", path, f"it is no link: {error}")
            continue
        camera = camera or link["camera"]
        if link["camera"] != camera:
            report.find("changed", path, f"it is of camera {link['camera']!r}, not of {camera!r}")
        if link["number"] != number or previous not in (None, link["previous"]):
            report.find("changed", path, "it does not fit the link before it")
        is_good = is_covered(path, document, asked.public_key, report)
        uncovered = None if is_good else uncovered or path
        yield link
    if number:
        print(f"The chain of camera {camera!r} ends with link {number}, SHA-256 {before}")
    else:
        report.find("missing", folder / "chain", "there is no link at all")
    if asked.public_key and uncovered:
        report.find("unsigned", uncovered, "no signature covers this link and those after it")
    if asked.head and not is_on_chain:
        report.find("missing", asked.head, "the head that you expect is not on the chain: cut off, or written anew")


def is_covered(path, document, public_keys, report):
    """Say whether a link has a good signature, which covers those before it, too."""
    signature = path.with_name(path.name + ".minisig")
    if not public_keys or not signature.is_file():
        return False
    text = signature.read_bytes() if signature.stat().st_size <= LONGEST else b""
    if not any(is_minisign(key, document, text) for key in public_keys):
        report.find("changed", signature, "the signature is not of this link and key")
        return False
    report.signed += 1
    return True


def check_stamps(folder, certificates, report):
    """Hold the time stamp of each link against it: a good one covers the links before it, too."""
    uncovered, last = None, None
    for _, path in link_files(folder):
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


def check_archive(folder, link, report, purged_before=""):
    """Hold one archive and its index against the link."""
    archive, index = (folder / file_name(link[name]) for name in ("archive", "index"))
    if link["date"] < purged_before and not archive.is_file():
        print(f"expired: {archive}: past the time that pictures are kept")
        return
    missing = [path for path in (archive, index) if not path.is_file()]
    for path in missing:
        report.find("missing", path, "it is gone")
    if missing:
        return
    before = report.wrong
    if file_sha256(index) != link["index_sha256"]:
        report.find("changed", index, "its bytes are not those of the chain")
        return
    try:
        wanted = load_index(index, link)
    except ValueError as error:
        report.find("changed", index, f"it is no index of this link's archive: {error}")
        return
    check_members(archive, wanted, report)
    for name in wanted:
        report.find("missing", f"{archive} {name}", "it is not in the archive")
    if report.wrong == before and file_sha256(archive) != link["archive_sha256"]:
        report.find("changed", archive, "other bytes, around whole pictures")
    report.archives += report.wrong == before


def load_index(path, link):
    """Return the sums in an index by name; ValueError when it is not what its link says."""
    stated = load(path, LONGEST_INDEX)[1]
    archive, pictures = stated.get("archive"), stated.get("captures")
    if not isinstance(archive, dict) or not isinstance(pictures, list):
        raise ValueError("it lists nothing")
    said = (stated.get("camera"), stated.get("date"), archive.get("key"), archive.get("bytes"), archive.get("sha256"))
    if said != tuple(link[name] for name in ("camera", "date", "archive", "archive_bytes", "archive_sha256")):
        raise ValueError("it says other things than the link")
    sums = {}
    for picture in pictures:
        pair = (picture.get("name"), picture.get("sha256")) if isinstance(picture, dict) else (None, None)
        if not all(isinstance(text, str) for text in pair):
            raise ValueError("a line of it is none")
        sums[pair[0]] = pair[1]
    if len(pictures) != link["captures"] or len(sums) != len(pictures):
        raise ValueError("it has another number of pictures than the link says")
    return sums


def check_members(archive, wanted, report):
    """Hold each picture of an archive against the sum in ``wanted``, which keeps what is not there."""
    try:
        # The archives of the old toolkit are one gzip stream per picture.
        with gzip.open(archive) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
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
    # Of many kinds: whoever packed the archive chose what its headers make the library raise.
    except Exception as error:
        report.find("changed", archive, f"it cannot be read on: {error}")


def check_links(asked, report):
    """Check each archive against its link, and return the names of the files that belong to one."""
    known, linked = set(), {}
    for link in check_chain(asked.folder, asked, report):
        name = file_name(link["archive"])
        known |= {name, file_name(link["index"])}
        first = linked.setdefault(name, link)  # two runs that finished the same cut one may both have linked it
        other = {field for field in SAID if first[field] != link[field]}
        if other == {"index_sha256"}:
            linked[name] = link
            earlier = f"the index that link {first['number']} names is gone"
            print(f"rebuilt: link {link['number']}: {earlier}; one was made from the same archive")
        elif other & {"archive_sha256", "index", "index_sha256"}:
            report.find("changed", f"link {link['number']}", f"it contradicts an earlier one on {name}")
    for link in linked.values():
        if asked.date in ("", link["date"]):
            check_archive(asked.folder, link, report, asked.purged_before)
    return known


ARCHIVE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\d{1,4})?\.(?:tar\.gz|index\.json(\.[0-9a-f]{32})?)", re.ASCII)


def find_added(asked, known, report):
    """Find the files that are neither an archive with its index nor part of the chain."""
    links, chain = {path.name for _, path in link_files(asked.folder)}, asked.folder / "chain"
    for path in sorted(path for path in asked.folder.rglob("*") if not path.is_dir() or path.is_symlink()):
        name = path.relative_to(asked.folder).as_posix()
        if path == chain or chain in path.parents:
            is_known = re.sub(r"\.(minisig|tsr)$", "", name.partition("/")[2]) in links
        else:
            match = ARCHIVE.fullmatch(name)
            # What a run that was cut short left of an index is only not finished.
            is_known = name in known or bool(match and (match[2] or asked.date not in ("", match[1])))
        if not is_known:
            report.find("added", path, "the chain does not know it")


def day(text):
    """Return a day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: give it as YYYY-MM-DD") from error


def main():
    """Check one camera's folder, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the camera's folder archive/, with chain/ in it")
    parser.add_argument(
        "--public-key",
        action="append",
        default=[],
        metavar="KEY",
        help="base64 line of the owner's minisign public key; again for each key that there was",
    )
    parser.add_argument("--timestamp-certificates", default="", help="file with the authority's certificates (PEM)")
    parser.add_argument("--date", default="", help="look into this day alone, YYYY-MM-DD; the chain is checked whole")
    parser.add_argument(
        "--purged-before",
        default="0001-01-01",
        type=day,
        metavar="DATE",
        help="archives of days before are not called missing",
    )
    parser.add_argument("--camera", default="", help="the camera that the folder is to be of; without it, any one")
    parser.add_argument("--head", default="", help="SHA-256, or NUMBER:SHA-256, of a link that has to be on the chain")
    asked = parser.parse_args()
    if asked.head and not re.fullmatch(r"([1-9][0-9]*:)?[0-9a-f]{64}", asked.head):
        parser.error("--head takes NUMBER:SHA-256, as the last check printed it")
    if not all(is_public_key(key) for key in asked.public_key):
        parser.error("--public-key takes the last line of the file that minisign -G made, RW...")
    if asked.timestamp_certificates and not shutil.which("openssl"):
        parser.error(
            "time stamps are checked by the program openssl: install it, or leave --timestamp-certificates out"
        )
    if asked.timestamp_certificates and not Path(asked.timestamp_certificates).is_file():
        parser.error(f"there is no file {asked.timestamp_certificates}")
    report = Report()
    known = check_links(asked, report)
    if asked.timestamp_certificates:
        check_stamps(asked.folder, asked.timestamp_certificates, report)
    find_added(asked, known, report)
    signed = f", {report.signed} signatures are good" if asked.public_key else ", signatures were not checked"
    stamped = f", {report.stamped} time stamps are good" if asked.timestamp_certificates else ""
    print(
        f"{report.pictures} pictures in {report.archives} archives are whole{signed}{stamped}, {report.wrong} findings."
    )
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
