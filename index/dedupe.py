"""Which records stay: the newest version of each, one of each text, one of each near-duplicate.

Records are settled as a whole, from what `enter` keeps of each, so the outcome does not depend
on their order. A newer version replaces an older one; a deletion takes every version with it;
that a record was retracted outlives its versions and its exact copies. Of duplicates under
different ids the corrected one stays, then the newer; the one that stays names the others in
`also`. Near-duplicates are merged only where their 3-grams overlap by 0.8, `sameness` finds no
difference that matters, and both carry the same warning.

What is not covered: records that say the same in other words. This module knows no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import xxhash

from index.clean import clean_record
from index.quality import STAGE as QUALITY
from index.quality import find_fault
from index.records import (
    CORRECTED,
    Dropped,
    Fate,
    Record,
    is_deleted,
    warning_of,
)
from index.sketches import ALIKE, Hashes, band_keys, candidate_pairs, similarity, sketch

VERSIONS, EXACT, NEAR = "versions", "exact duplicates", "near duplicates"
Pair = tuple[int, int]
Compare = Callable[[Sequence[Pair], bool], list[bool]]


class Entry(NamedTuple):
    """What is kept of a record until all are settled; `digest` is xxh3-128 of its text."""

    id: str
    version: int
    date: str
    notice: str
    fault: str
    digest: bytes
    also: tuple[str, ...] = ()

    @property
    def worth(self) -> tuple[bool, str, int]:
        """Of two duplicates the one that is worth more stays: the corrected one, the newer."""
        return CORRECTED in self.notice.casefold(), self.date, self.version


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a record goes; `kept` is the index of the one that stays for it, or -1."""

    stage: str
    reason: str
    kept: int = -1


@dataclass
class Settled:
    """The fate of every record by its index: lost, or kept with what it takes over."""

    losses: dict[int, Loss] = field(default_factory=dict)
    notices: dict[int, str] = field(default_factory=dict)
    also: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def heir(self, index: int) -> int:
        """The index of the record that stays for this one, itself perhaps; -1 for none."""
        while index in self.losses:
            index = self.losses[index].kept
        return index


def enter(record: Record, languages: tuple[str, ...] = ("en",)) -> Entry:
    """What is kept of a clean record until all are settled."""
    fault = find_fault(record, languages)
    digest = xxhash.xxh3_128_digest(record.whole.replace("\n", " ").encode("utf-8", "replace"))
    return Entry(record.id, record.version, record.date, record.notice, fault, digest, record.also)


def is_same(one: Record, other: Record, *, alike: bool = False) -> bool:
    """True when two records are near-duplicates that differ in nothing that matters.

    `alike`: a third one is already known to be like both, so the 3-grams need not be counted.
    """
    from index.sameness import find_difference  # its word lists are read where texts are compared

    if warning_of(one.notice) != warning_of(other.notice):
        return False
    a, b = one.whole, other.whole
    return not find_difference(a, b) and (alike or similarity(a, b) >= ALIKE)


def settle(entries: Sequence[Entry], keys: Hashes | None, compare: Compare) -> Settled:
    """Decide which records stay.

    `keys` are the rows of sketches.band_keys, or None where near-duplicates may stay;
    `compare` says of each pair of indices whether `is_same` holds, with its `alike`.
    """
    settled = Settled()
    _settle_versions(entries, settled)
    for index, entry in enumerate(entries):
        if entry.fault and index not in settled.losses:
            settled.losses[index] = Loss(QUALITY, entry.fault)
    _settle_exact(entries, settled)
    if keys is not None:
        _settle_near(entries, settled, keys, compare)
    _name_the_lost(entries, settled)
    return settled


def sift(
    records: Iterable[Record], languages: tuple[str, ...] = ("en",), *, near: bool = True
) -> Iterator[Fate]:
    """Take records through every stage in memory and yield the fate of each, in order."""
    clean = [clean_record(record) for record in records]
    entries = [enter(record, languages) for record in clean]
    keys = band_keys(sketch([record.whole for record in clean])) if near else None

    def compare(pairs: Sequence[Pair], alike: bool) -> list[bool]:
        return [is_same(clean[a], clean[b], alike=alike) for a, b in pairs]

    settled = settle(entries, keys, compare)
    for index, record in enumerate(clean):
        yield fate_of(record, index, entries, settled)


def fate_of(record: Record, index: int, entries: Sequence[Entry], settled: Settled) -> Fate:
    """The record with what it takes over from others, or why it goes."""
    if index in settled.losses:
        return dropped_of(index, entries, settled)
    notice = settled.notices.get(index, record.notice)
    also = settled.also.get(index, record.also)
    same = (notice, also) == (record.notice, record.also)
    return record if same else replace(record, notice=notice, also=also)


def dropped_of(index: int, entries: Sequence[Entry], settled: Settled) -> Dropped:
    """What a rejects file says of a record that goes."""
    loss, heir = settled.losses[index], settled.heir(index)
    return Dropped(
        entries[index].id, loss.stage, loss.reason, entries[heir].id if heir >= 0 else ""
    )


def _settle_versions(entries: Sequence[Entry], settled: Settled) -> None:
    """Of records with one id keep the newest, unless one of them says that all are gone."""
    first: dict[str, int] = {}
    groups: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        if entry.id and first.setdefault(entry.id, index) != index:
            groups.setdefault(entry.id, [first[entry.id]]).append(index)
    for group in groups.values():
        gone = any(is_deleted(entries[index].notice) for index in group)
        newest = max(group, key=lambda index: _age(entries[index]))
        for index in group:
            if gone:
                settled.losses[index] = Loss(QUALITY, "deleted by its source")
            elif index != newest:
                settled.losses[index] = Loss(VERSIONS, _reason(entries, index, newest), newest)
                _hand_warning(entries, settled, index, newest)


def _age(entry: Entry) -> tuple[int, str, bool, bool, bytes]:
    """Newer is more; ties are decided by what the record says, never by its place."""
    return entry.version, *entry.worth[1::-1], bool(warning_of(entry.notice)), entry.digest


def _reason(entries: Sequence[Entry], index: int, newest: int) -> str:
    old, new = entries[index], entries[newest]
    if old.version != new.version:
        return f"replaced by version {new.version}"
    return f"replaced by that of {new.date}" if old.date != new.date else "the same record again"


def _settle_exact(entries: Sequence[Entry], settled: Settled) -> None:
    """Of records with one text keep the one that is worth most."""
    kept: dict[bytes, int] = {}
    for index, entry in enumerate(entries):
        if index in settled.losses:
            continue
        best = kept.setdefault(entry.digest, index)
        if best != index:
            best, worse = _by_worth(entries, best, index)
            kept[entry.digest] = best
            settled.losses[worse] = Loss(EXACT, "the same text", best)
            _hand_warning(entries, settled, worse, best)


def _by_worth(entries: Sequence[Entry], one: int, other: int) -> Pair:
    """The two indices, the one that stays first."""
    a, b = entries[one], entries[other]
    if a.worth != b.worth:
        return (one, other) if a.worth > b.worth else (other, one)
    return (one, other) if a.id <= b.id else (other, one)


def _settle_near(
    entries: Sequence[Entry], settled: Settled, keys: Hashes, compare: Compare
) -> None:
    """Join near-duplicates, best first; the best of those that were joined stays.

    A record that says the same as two others joins these too, if they say the same.
    """
    alive = [index for index in range(len(entries)) if index not in settled.losses]
    alive.sort(key=lambda index: entries[index].digest)  # any order but that of the stream
    found = candidate_pairs(keys[np.array(alive, np.int64)]).tolist()
    pairs = [(alive[one], alive[other]) for one, other in found]
    ranked = sorted({index for pair in pairs for index in pair}, key=lambda n: entries[n].id)
    ranked.sort(key=lambda index: entries[index].worth, reverse=True)
    place = {index: n for n, index in enumerate(ranked)}
    pairs = [(a, b) if place[a] < place[b] else (b, a) for a, b in pairs]
    same = [pair for pair, verdict in zip(pairs, compare(pairs, False), strict=True) if verdict]
    direct = set(same)
    for one, other in sorted(same, key=lambda pair: (place[pair[1]], place[pair[0]])):
        heirs = {settled.heir(one), settled.heir(other)}
        if len(heirs) < 2:
            continue
        best, worse = sorted(heirs, key=lambda index: place[index])
        if (best, worse) in direct or compare([(best, worse)], True)[0]:
            settled.losses[worse] = Loss(NEAR, "says the same", best)


def _hand_warning(entries: Sequence[Entry], settled: Settled, lost: int, kept: int) -> None:
    """Let a warning outlive the record that carried it."""
    ours = settled.notices.get(kept, entries[kept].notice)
    parts = [part.strip() for part in ours.split(";") if part.strip()]
    theirs = warning_of(settled.notices.get(lost, entries[lost].notice))
    new = [part for part in theirs.split("; ") if part and part not in ours.casefold()]
    if new:
        settled.notices[kept] = "; ".join([*parts, *new])


def _name_the_lost(entries: Sequence[Entry], settled: Settled) -> None:
    """Give every record that stays the ids of those that were merged into it."""
    names: dict[int, set[str]] = {}
    for index, loss in settled.losses.items():
        heir = settled.heir(index) if loss.kept >= 0 else -1
        if heir >= 0:
            merged = {entries[index].id, *entries[index].also}
            names.setdefault(heir, set(entries[heir].also)).update(merged - {entries[heir].id})
    settled.also = {heir: tuple(sorted(found)) for heir, found in names.items() if found}
