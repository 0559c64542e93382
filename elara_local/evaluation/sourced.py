"""True sentences with the passage and the document that they stand in, from three collections.

The handbook (the index that is shipped), abstracts of PubMedQA and answers of MedQuAD. The
order is drawn by a seed; "dev" and "test" are told apart by the hash of the sentence.
It does not check anything.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from elara_local.errors import Missing
from elara_local.evaluation.datasets import PUBMEDQA, read_medquad
from elara_local.passages.folder import open_index
from elara_local.records import Evidence, Passage
from elara_local.settings import PREBUILT_INDEX
from elara_local.text import sentence_spans, words

FEWEST_WORDS = 5
MOST_WORDS = 60  # of a sentence; longer ones are tables and lists that lost their line breaks
MOST_ANSWERS = 3_000  # of MedQuAD, which holds 160,000 sentences
PASSAGE = 6  # sentences of a long answer that stand in one passage
NAMES = ("handbook", "PubMedQA", "MedQuAD")


@dataclass(frozen=True)
class Sourced:
    """One sentence, the passage that it stands in and the whole document."""

    text: str
    passage: Evidence
    document: Evidence

    @property
    def half(self) -> str:
        """Return "dev" or "test", by the sentence's words alone."""
        return "dev" if hashlib.sha256(self.text.encode()).digest()[0] % 2 else "test"


def read_sourced(name: str, data: Path | None, seed: int) -> list[Sourced]:
    """Return the sentences of one collection of NAMES in an order drawn by the seed.

    Raises:
        Missing: the folder of public test sets, or a file of it, is not there.
    """
    if name == "handbook":
        found = list(_read_handbook())
    elif data is None:
        raise Missing(f"The sentences of {name} are not there.", "Name their folder with --data.")
    else:
        found = list(_read_pubmedqa(data) if name == "PubMedQA" else _read_medquad(data, seed))
    found.sort(key=lambda s: s.text)
    random.Random(seed).shuffle(found)
    return found


def _read_handbook() -> Iterator[Sourced]:
    index = open_index(PREBUILT_INDEX)
    held: dict[str, list[Passage]] = {}
    for passage in index.store.passages():
        held.setdefault(passage.document, []).append(passage)
    index.close()
    for passages in held.values():
        text = "\n\n".join(passage.text for passage in passages)
        document = Evidence("s1", text, passages[0].title, shelf="handbook")
        for p in passages:
            yield from _cut(Evidence("s1", p.text, p.title, p.section, shelf="handbook"), document)


def _read_pubmedqa(data: Path) -> Iterator[Sourced]:
    path = data / PUBMEDQA
    if not path.is_file():
        raise Missing(f"The question set {path} is not there.", "Name its folder with --data.")
    entries: Mapping[str, Mapping[str, list[str]]] = json.loads(path.read_text(encoding="utf-8"))
    for entry in entries.values():
        document = Evidence("s1", " ".join(entry["CONTEXTS"]))
        for context in entry["CONTEXTS"]:
            yield from _cut(Evidence("s1", context), document)


def _read_medquad(data: Path, seed: int) -> Iterator[Sourced]:
    texts = sorted({text.body for text in read_medquad(data).texts.values()})
    random.Random(seed).shuffle(texts)
    for text in texts[:MOST_ANSWERS]:
        document = Evidence("s1", text)
        spans = sentence_spans(text)
        for block in (spans[n : n + PASSAGE] for n in range(0, len(spans), PASSAGE)):
            passage = Evidence("s1", text[block[0][0] : block[-1][1]])
            yield from _cut(passage, document)


def _cut(passage: Evidence, document: Evidence) -> Iterator[Sourced]:
    for start, end in sentence_spans(passage.text):
        text = " ".join(passage.text[start:end].split())
        if FEWEST_WORDS <= len(words(text)) <= MOST_WORDS and not text.endswith(":"):
            yield Sourced(text, passage, document)
