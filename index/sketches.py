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

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

PERMUTATIONS = 128
BANDS, ROWS = 25, 5
SEED = 42
ALIKE = 0.80  # Jaccard similarity of near-duplicates (Lee et al. 2022, arXiv 2107.06499)
CROWD = 50  # neighbours in a bucket that a text is compared with
# Letters in small, marks as 0: what a word is here. Bytes above 127 are letters.
PLAIN = bytes(b if b > 0x7F or chr(b).isalnum() else 0 for b in range(0x100)).lower()
NO_KEY = np.uint64(0)
# An odd number for each of a word's first places (a longer word goes round).
PLACES = np.random.Generator(np.random.PCG64(SEED)).integers(1, 1 << 63, 256, np.uint64) * 2 + 1

Hashes = npt.NDArray[np.uint64]
Sketches = npt.NDArray[np.uint32]


def shingle(texts: Sequence[str]) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """The 3-grams of each text as 64-bit hashes in one row, and where each text begins in it.

    Offsets have one entry more than there are texts.
    """
    coded = [text.encode("utf-8", "replace") for text in texts]
    flat, starts = _hash_words(b" ".join((b"", *coded, b"")))
    begins = np.cumsum([1, *(len(code) + 1 for code in coded)])
    firsts = np.searchsorted(starts, begins)
    lengths, ends = np.diff(firsts), firsts[1:]
    if len(flat) < 3:
        return np.empty(0, np.uint64), np.zeros(len(texts) + 1, np.int64)
    rolled = _mix(flat[:-2], flat[1:-1], flat[2:])
    inside = np.ones(len(rolled), bool)
    for back in (1, 2):  # a 3-gram that runs over the end of its text
        over = ends[:-1] - back
        inside[over[(over >= 0) & (over < len(rolled))]] = False
    counts = np.maximum(lengths - 2, 0)
    return rolled[inside], np.concatenate(([0], np.cumsum(counts)))


def _hash_words(data: bytes) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """The hash of each word and where it begins; the data begin and end with a space.

    A word's hash is the sum, modulo 2^64, of its bytes, each times the number of its place.
    """
    codes = np.frombuffer(data.translate(PLAIN), np.uint8)
    inside = codes != 0
    starts = np.flatnonzero(inside[1:] > inside[:-1]) + 1
    if not len(starts):
        return np.empty(0, np.uint64), starts
    first = int(starts[0])
    places = np.arange(first, len(codes), dtype=np.int32)
    places -= np.repeat(starts.astype(np.int32), np.diff(np.append(starts, len(codes))))
    places &= len(PLACES) - 1
    weighed = PLACES.take(places)
    weighed *= codes[first:]
    return np.add.reduceat(weighed, starts - first), starts


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
    a, b = set(hashes[: offsets[1]].tolist()), set(hashes[offsets[1] :].tolist())
    return len(a & b) / max(1, len(a | b))


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
        order = np.argsort(keys[:, band])
        ordered = keys[order, band]
        for apart in range(1, CROWD + 1):
            same = np.flatnonzero((ordered[apart:] == ordered[:-apart]) & (ordered[apart:] != 0))
            if not len(same):
                break
            found.append(np.stack((order[same], order[same + apart]), axis=1))
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def _mix(one: Hashes, two: Hashes, three: Hashes | np.uint64) -> Hashes:
    """Three hashes as one, in order."""
    with np.errstate(over="ignore"):
        mixed = one * np.uint64(0x9E3779B97F4A7C15) ^ (two + np.uint64(0x632BE59BD9B4E019))
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ three) * np.uint64(0x94D049BB133111EB)
        last: Hashes = mixed ^ (mixed >> np.uint64(32))
    return last
