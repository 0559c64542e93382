"""Sketches of texts: MinHash over word 3-grams, and which pairs may be near-duplicates.

A sketch is 128 numbers (rensa's R-MinHash); two texts whose 3-grams overlap by J share each
with chance J. They become a candidate where they share all 5 numbers of one of 25 bands: of
pairs at J = 0.8 one in 20,000 is missed, of pairs at 0.5 half are looked at (computed). Each
candidate is then compared by its own 3-grams, so a sketch decides nothing. Texts of fewer than
three words have no 3-grams and are never near-duplicates.
This module knows no record and no file; the same text gives the same sketch everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
import xxhash
from rensa import RMinHash

PERMUTATIONS = 128
BANDS, ROWS = 25, 5
SEED = 42
ALIKE = 0.80  # Jaccard similarity of near-duplicates (Lee et al. 2022, arXiv 2107.06499)
CROWD = 50  # neighbours in a bucket that a text is compared with
MOST_WORDS = 1 << 17  # whose hashes are remembered
# Letters in small, marks as spaces: what a word is here. Bytes above 127 are letters.
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789") | frozenset(range(0x80, 0x100))
PLAIN = bytes(low if (low := ord(chr(b).lower())) in _KEPT and b < 0x80 else (b if b > 0x7F else 32)
              for b in range(0x100))  # fmt: skip
NO_KEY = np.uint64(0)

Hashes = npt.NDArray[np.uint64]
Sketches = npt.NDArray[np.uint32]


class _WordHashes(dict[bytes, int]):
    """Word -> 64-bit hash, remembered."""

    def __missing__(self, word: bytes) -> int:
        if len(self) >= MOST_WORDS:
            self.clear()
        value = self[word] = xxhash.xxh3_64_intdigest(word)
        return value


_WORDS = _WordHashes()


def shingle(texts: Sequence[str]) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """The 3-grams of each text as 64-bit hashes in one row, and where each text begins in it.

    Offsets have one entry more than there are texts.
    """
    cut = [text.encode("utf-8", "replace").translate(PLAIN).split() for text in texts]
    lengths = np.fromiter(map(len, cut), np.int64, len(cut))
    flat = np.fromiter(map(_WORDS.__getitem__, chain.from_iterable(cut)), np.uint64)
    ends = np.cumsum(lengths)
    if len(flat) < 3:
        return np.empty(0, np.uint64), np.zeros(len(texts) + 1, np.int64)
    rolled = _mix(flat[:-2], flat[1:-1], flat[2:])
    inside = np.ones(len(rolled), bool)
    for back in (1, 2):  # a 3-gram that runs over the end of its text
        over = ends[:-1] - back
        inside[over[(over >= 0) & (over < len(rolled))]] = False
    counts = np.maximum(lengths - 2, 0)
    return rolled[inside], np.concatenate(([0], np.cumsum(counts)))


def sketch(texts: Sequence[str]) -> Sketches:
    """One row of 128 numbers for each text; a row of zeros for a text without 3-grams."""
    hashes, offsets = shingle(texts)
    rows = np.zeros((len(texts), PERMUTATIONS), np.uint32)
    whole = np.flatnonzero(np.diff(offsets))
    if len(whole):
        starts = np.append(offsets[whole], offsets[-1])
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, starts, PERMUTATIONS, SEED)
        rows[whole] = matrix.to_rows()
    return rows


def similarity(one: str, other: str) -> float:
    """The exact Jaccard similarity of two texts' 3-grams, 0 to 1."""
    hashes, offsets = shingle([one, other])
    a, b = np.unique(hashes[: offsets[1]]), np.unique(hashes[offsets[1] :])
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / max(1, len(a) + len(b) - shared)


def band_keys(sketches: Sketches) -> Hashes:
    """One key for each text and band, an array (n, 25); a row of zeros has keys 0."""
    keys = np.zeros((len(sketches), BANDS), np.uint64)
    for band in range(BANDS):
        part = sketches[:, band * ROWS : (band + 1) * ROWS].astype(np.uint64)
        mixed = part[:, 0]
        for column in range(1, ROWS):
            mixed = _mix(mixed, part[:, column], np.uint64(column))
        keys[:, band] = mixed
    keys[~sketches.any(axis=1)] = NO_KEY
    return keys


def candidate_pairs(keys: Hashes) -> npt.NDArray[np.int64]:
    """Pairs of rows with a key of a band in common, as an array (n, 2), the lower row first.

    A row is paired with at most CROWD rows of its bucket before it and after it.
    """
    found = [np.empty((0, 2), np.int64)]
    for band in range(keys.shape[1]):
        order = np.argsort(keys[:, band], kind="stable")
        ordered = keys[order, band]
        for apart in range(1, CROWD + 1):
            same = np.flatnonzero((ordered[apart:] == ordered[:-apart]) & (ordered[apart:] != 0))
            if not len(same):
                break
            found.append(np.stack((order[same], order[same + apart]), axis=1))
    return np.unique(np.concatenate(found), axis=0)


def _mix(one: Hashes, two: Hashes, three: Hashes | np.uint64) -> Hashes:
    """Three hashes as one, in order."""
    with np.errstate(over="ignore"):
        mixed = one * np.uint64(0x9E3779B97F4A7C15) ^ (two + np.uint64(0x632BE59BD9B4E019))
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ three) * np.uint64(0x94D049BB133111EB)
        last: Hashes = mixed ^ (mixed >> np.uint64(32))
    return last
