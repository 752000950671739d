"""Pictures of a day that an earlier run archived and could not remove: proven anew before they go.

An index alone proves nothing, since whoever can write below ``archive/`` can write one, and an archive for it. So an
archive counts that a link of the chain is of; one without, as a run leaves it that is cut before its link, only if its
day's pictures are all there and give the same bytes when packed again. And each picture counts only by its own bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .archive_outcome import Outcome
from .catalog import Catalog
from .chain import Chain
from .errors import CctvError, StoreError, UnusableError
from .link import Link
from .manifest import Manifest, Mark, link_manifest, mark_of, read_manifest, require_whole
from .packing import AHEAD, OVERHEAD, READERS, Packer
from .parallel import ordered_map
from .proof import PIECE, has_sha256
from .repacking import gives
from .store import Object

GONE = ("NoSuchKey", "404", "NotFound")
"""What S3 says of a picture that another run removed meanwhile."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Says which pictures are in the archives of their day for certain."""

    catalog: Catalog
    chain: Chain | None = None

    def prove(
        self,
        claimed: Iterable[Object],
        manifests: Sequence[Manifest],
        folder: str,
        outcome: Outcome,
    ) -> Iterator[tuple[Object, bool]]:
        """Yield each picture that an index names with whether it may go; one that cannot be read is a failure."""
        sums: dict[Mark, str] = {}
        claims = {mark_of(entry.key[len(folder) :], entry) for entry in claimed}
        for manifest in manifests:
            entries = [(mark_of(entry.name, entry), entry.sha256) for entry in manifest.index.captures]
            is_claimed = any(mark in claims for mark, _ in entries)
            if is_claimed and self._is_vouched(manifest, outcome):
                sums.update(entries)

        def check(source: Object) -> tuple[Object, bool | None]:
            stated = sums.get(mark_of(source.key[len(folder) :], source))
            try:
                return source, stated is not None and has_sha256(self.catalog.store, source, stated)
            except UnusableError:
                raise
            except StoreError as error:
                if error.code not in GONE:
                    outcome.failures[source.key] = str(error)
                return source, None

        checked = ordered_map(
            check, claimed, threads=READERS, budget=AHEAD, weight=lambda it: OVERHEAD + min(it.size, PIECE)
        )
        yield from ((source, verdict) for source, verdict in checked if verdict is not None)

    def is_packed_again(self, manifest: Manifest) -> bool:
        """Say whether the pictures that lie in the folder of the day give the archive when they are packed again."""
        archive, index = manifest.archive, manifest.index
        folder = self.catalog.layout.day_folder(archive.camera, archive.day)
        wanted = {mark_of(entry.name, entry) for entry in index.captures}
        listed = ((mark_of(entry.key[len(folder) :], entry), entry) for entry in self.catalog.store.list_all(folder))
        there = {mark: entry for mark, entry in listed if mark in wanted}
        if not index.captures or len(there) < len(index.captures):
            return False
        sources = (there[mark_of(entry.name, entry)] for entry in index.captures)
        packer = Packer(self.catalog, archive.camera, archive.day)
        return gives(packer, sources, index, self.catalog.store.head(manifest.held.key))

    def is_own_link(self, link: Link) -> bool:
        """Say whether a link that nobody signed is of an archive whose pictures are still there to prove it."""
        manifest = self._manifest_of(link)
        return manifest is not None and self.is_packed_again(manifest)

    def is_whole_link(self, link: Link) -> bool:
        """Say whether a link that nobody signed is of an archive that was read and is whole."""
        manifest = self._manifest_of(link)
        if manifest is None:
            return False
        require_whole(self.catalog, manifest)
        return True

    def _is_vouched(self, manifest: Manifest, outcome: Outcome) -> bool:
        if self.chain is None:
            # An archive that names no run is nobody's word for its pictures: it is read.
            return bool(manifest.index.build) or self._is_whole(manifest)
        named = (manifest.archive.camera, manifest.key, manifest.sha256)
        if self.chain.knows(*named):
            return True
        if not self.is_packed_again(manifest):
            if self.chain.knows(*named, afresh=True):  # another run was faster
                return True
            # Its index was lost and written anew: the link is of the archive itself, which is read.
            sealed = (manifest.archive.camera, manifest.key, manifest.index.seal.sha256)
            if self.chain.knows_archive(*sealed) and self._is_whole(manifest):
                return True
            outcome.failures[manifest.held.key] = (
                "no link of the chain is of it, and the pictures of its day do not give it: they are archived anew."
                " If you know whose archive this is, captures_archive.yml -e cctv_index_only=true reads and links it."
            )
            return False
        outcome.links += link_manifest(self.chain, manifest)
        return True

    def _is_whole(self, manifest: Manifest) -> bool:
        try:
            require_whole(self.catalog, manifest)
        except StoreError:
            raise
        except CctvError:
            return False
        return True

    def _manifest_of(self, link: Link) -> Manifest | None:
        for archive in self.catalog.archives(link.camera, link.date):
            if archive.index and archive.index.key == link.index:
                found = read_manifest(self.catalog, archive)
                stated = (link.archive, link.archive_bytes, link.archive_sha256, link.index_sha256, link.captures)
                if found and stated == (
                    found.held.key,
                    found.index.seal.bytes,
                    found.index.seal.sha256,
                    found.sha256,
                    len(found.index.captures),
                ):
                    return found
        return None
