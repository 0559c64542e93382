"""Public question sets with known answers, read from a folder of the user's.

BioASQ questions with gold snippets, and PubMedQA questions with their abstracts; nothing of
them is part of this repository. It knows no index.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elara_local.errors import Missing

BIOASQ = "mirage_bioasq/bioasq_gold_half.jsonl.gz"
PUBMEDQA = "pubmedqa/pubmedqa_half.json"


@dataclass(frozen=True)
class Asked:
    """One question of a set and the ids of the texts that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class QuestionSet:
    """Questions with a pool of texts by id, in which the answers lie."""

    name: str
    questions: tuple[Asked, ...]
    texts: Mapping[str, str]


def read_bioasq(folder: Path) -> QuestionSet:
    """Read the BioASQ gold pool: the texts are the gold snippets of each document, joined.

    Raises:
        Missing: the file is not in the folder.
    """
    snippets: dict[str, dict[str, None]] = defaultdict(dict)
    questions = []
    with gzip.open(_present(folder / BIOASQ), "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            for snippet in entry["snippets"]:
                snippets[snippet["document"]][" ".join(snippet["text"].split())] = None
            relevant = frozenset(s["document"] for s in entry["snippets"])
            questions.append(Asked(entry["body"], relevant))
    texts = {name: " ".join(_without_repeats(list(parts))) for name, parts in snippets.items()}
    return QuestionSet("BioASQ", tuple(questions), texts)


def read_pubmedqa(folder: Path) -> QuestionSet:
    """Read PubMedQA: each question's own abstract, without its conclusion.

    Raises:
        Missing: the file is not in the folder.
    """
    entries = json.loads(_present(folder / PUBMEDQA).read_text(encoding="utf-8"))
    questions = [Asked(e["QUESTION"], frozenset({f"pmid:{i}"})) for i, e in entries.items()]
    texts = {f"pmid:{i}": " ".join(e["CONTEXTS"]) for i, e in entries.items()}
    return QuestionSet("PubMedQA", tuple(questions), texts)


def _present(path: Path) -> Path:
    if not path.is_file():
        raise Missing(f"The question set {path} is not there.", "Name its folder with --data.")
    return path


def _without_repeats(parts: list[str]) -> list[str]:
    """Leave out a snippet that stands whole inside another one."""
    return [p for p in parts if not any(p != other and p in other for other in parts)]
