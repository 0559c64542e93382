"""Public question sets with known answers, read from a folder of the user's.

BioASQ questions with gold snippets, PubMedQA questions with their abstracts, MedQuAD questions
with their answers; nothing of them is part of this repository. Each question belongs to a half
by the hash of its words: weights may be set on "dev", "test" is only reported. It knows no
index.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from elara_local.errors import Missing

BIOASQ = "mirage_bioasq/bioasq_gold_half.jsonl.gz"
PUBMEDQA = "pubmedqa/pubmedqa_half.json"
MEDQUAD = "medquad/medquad_answered.jsonl.gz"
SAMPLE = 2_000  # MedQuAD questions that are asked


@dataclass(frozen=True)
class Asked:
    """One question of a set, the ids of the texts that answer it, and what an answer says.

    `references` are whole answers; `label` is yes, no or maybe where the set gives one.
    """

    text: str
    relevant: frozenset[str]
    references: tuple[str, ...] = ()
    label: str = ""

    @property
    def half(self) -> str:
        """Return "dev" or "test", by the question's words alone."""
        return "dev" if _digest(self.text)[0] % 2 else "test"


@dataclass(frozen=True)
class Text:
    """One text of a pool; its title and heading are "" where the set gives none."""

    body: str
    title: str = ""
    section: str = ""


@dataclass(frozen=True)
class QuestionSet:
    """Questions with the texts by id in which the answers lie."""

    name: str
    questions: tuple[Asked, ...]
    texts: Mapping[str, Text]


def read_pools(folder: Path) -> list[list[QuestionSet]]:
    """Read the pools of the suite: the sets of a pool are asked among each other's texts.

    BioASQ among the abstracts of PubMedQA; PubMedQA and MedQuAD among each other's texts; MedQuAD
    once more as answers without their titles.

    Raises:
        Missing: a file is not in the folder.
    """
    pubmedqa = read_pubmedqa(folder)
    lent = replace(pubmedqa, questions=())
    bare = read_medquad(folder, bare=True)
    return [[read_bioasq(folder), lent], [pubmedqa, read_medquad(folder)], [bare]]


def read_bioasq(folder: Path) -> QuestionSet:
    """Read the BioASQ gold pool: the texts are the gold snippets of each document, joined.

    Raises:
        Missing: the file is not in the folder.
    """
    snippets: dict[str, dict[str, None]] = defaultdict(dict)
    questions = []
    for entry in _read_lines(folder / BIOASQ):
        for snippet in entry["snippets"]:
            snippets[snippet["document"]][" ".join(snippet["text"].split())] = None
        relevant = frozenset(s["document"] for s in entry["snippets"])
        label = entry["exact_answer"] if entry["type"] == "yesno" else ""
        questions.append(Asked(entry["body"], relevant, _texts(entry["ideal_answer"]), label))
    texts = {
        name: Text(" ".join(_without_repeats(list(parts)))) for name, parts in snippets.items()
    }
    return QuestionSet("BioASQ", tuple(questions), texts)


def read_pubmedqa(folder: Path) -> QuestionSet:
    """Read PubMedQA: each question's own abstract, without its conclusion and its title.

    Raises:
        Missing: the file is not in the folder.
    """
    entries = json.loads(_present(folder / PUBMEDQA).read_text(encoding="utf-8"))
    questions = [
        Asked(e["QUESTION"], frozenset({f"pmid:{i}"}), (e["LONG_ANSWER"],), e["final_decision"])
        for i, e in entries.items()
    ]
    texts = {f"pmid:{i}": Text(" ".join(e["CONTEXTS"])) for i, e in entries.items()}
    return QuestionSet("PubMedQA", tuple(questions), texts)


def read_medquad(folder: Path, bare: bool = False, count: int = SAMPLE) -> QuestionSet:
    """Read MedQuAD: every answer as an index holds it, and a fixed sample of the questions.

    An answer stands under what its page is about and the kind of answer ("Symptoms"), never
    under the question; `bare` leaves both out. Every exact copy of an answer counts as right.
    The questions are the `count` whose line numbers have the smallest hashes.

    Raises:
        Missing: the file is not in the folder.
    """
    lines = _read_lines(folder / MEDQUAD)  # its own ids are given twice and more
    entries = {f"medquad:{number}": entry for number, entry in enumerate(lines)}
    bodies = {name: " ".join(entry["answer"].split()) for name, entry in entries.items()}
    copies: dict[str, list[str]] = defaultdict(list)
    for name, body in bodies.items():
        copies[body].append(name)
    asked = tuple(
        Asked(entries[name]["question"], frozenset(copies[bodies[name]]), (bodies[name],))
        for name in sorted(entries, key=_digest)[:count]
    )
    texts = {
        name: Text(body)
        if bare
        else Text(body, entries[name]["focus"], entries[name]["qtype"].capitalize())
        for name, body in bodies.items()
    }
    return QuestionSet("MedQuAD, bare" if bare else "MedQuAD", asked, texts)


def _texts(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()


def _read_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    with gzip.open(_present(path), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _present(path: Path) -> Path:
    if not path.is_file():
        raise Missing(f"The question set {path} is not there.", "Name its folder with --data.")
    return path


def _without_repeats(parts: list[str]) -> list[str]:
    """Leave out a snippet that stands whole inside another one."""
    return [p for p in parts if not any(p != other and p in other for other in parts)]
