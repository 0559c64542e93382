"""The abstention suite: is what no source holds refused, and what they hold still answered?

Made-up and absent medicines, diseases, tests and combinations, absurd premises and questions on
other matters are in content/evaluation/fakes.toml, written before any was asked. Beside them
stand golden questions, real questions with a misspelt word and, where the public sets are there,
MedQuAD questions. Every question is answered in exact quotes; refused means that no sentence
was shown. It can't show how people who did not write the handbook make up a name.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from elara_local.assistant import QUOTING, Assistant
from elara_local.classes import plain_words
from elara_local.evaluation.datasets import read_medquad
from elara_local.evaluation.golden import ask, read_golden
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite

FAKES = Path(__file__).resolve().parent.parent / "content" / "evaluation" / "fakes.toml"
MARK = re.compile(r"\{([^}>]+)(?:>([^}]+))?\}")
METRICS = {
    "misspelt": "answered_misspelt",
    "off topic": "off_topic",
    "foreign off topic": "foreign",
    "foreign uncovered": "foreign",
}  # every other kind is a fake: "refused"
MEDQUAD_QUESTIONS = 300


@dataclass(frozen=True)
class Fake:
    """One question. `marks` holds each marked name, or misspelling, with what that means or ""."""

    text: str
    kind: str
    half: str  # "dev" or "test"
    marks: tuple[tuple[str, str], ...]

    @property
    def metric(self) -> str:
        """Return the metric that the question adds to."""
        return METRICS.get(self.kind, "refused")


def read_fakes(path: Path = FAKES) -> list[Fake]:
    """Read the questions of the file, in its order, without their marks."""
    groups = tomllib.loads(path.read_text(encoding="utf-8"))["group"]
    return [
        Fake(
            MARK.sub(r"\1", text),
            group["kind"],
            group["half"],
            tuple((found[1], found[2] or "") for found in MARK.finditer(text)),
        )
        for group in groups
        for text in group["texts"]
    ]


def judge(assistant: Assistant, text: str, metric: str, groups: tuple[str, ...]) -> Case:
    """Ask a question; a metric whose name begins with "answered" wants an answer, others none."""
    answered = bool(ask(assistant, text, QUOTING).sentences)
    wanted = metric.startswith("answered")
    fault = "" if answered == wanted else f"{'refused' if wanted else 'answered'}: {text}"
    return Case({metric: float(answered == wanted)}, groups, fault)


def _read(bench: Bench) -> Iterator[Item]:
    assistant = bench.elara().assistant
    for fake in read_fakes():
        if bench.half in ("all", fake.half):
            groups = (fake.kind, f"{fake.kind}, {fake.half}", fake.half)
            yield _item(assistant, fake.text, fake.metric, groups)
    for golden in read_golden():
        if bench.half in ("all", golden.half):
            metric = "answered" if golden.topic else "refused_unanswerable"
            groups = ("golden", f"golden, {golden.half}", golden.half)
            yield _item(assistant, golden.text, metric, groups)
    if bench.data is not None:
        yield from _read_medquad(bench, bench.data)


def _item(assistant: Assistant, text: str, metric: str, groups: tuple[str, ...]) -> Item:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Item(f"{metric}/{digest[:12]}", partial(judge, assistant, text, metric, groups))


def _read_medquad(bench: Bench, folder: Path) -> Iterator[Item]:
    """MedQuAD questions, by whether a document of the index is called by what they are about."""
    elara = bench.elara()
    names = {
        " ".join(plain_words(name))
        for document in elara.index.store.documents()
        for name in (document.title, *document.keywords.split("; "))
    }
    found = read_medquad(folder, count=MEDQUAD_QUESTIONS)
    for asked in found.questions:
        about = " ".join(plain_words(found.texts[min(asked.relevant)].title))
        group = "held" if about in names else "not held"
        if bench.half in ("all", asked.half):
            digest = hashlib.sha256(asked.text.encode()).hexdigest()
            deed = partial(_count, elara.assistant, asked.text, group)
            yield Item(f"medquad/{digest[:12]}", deed)


def _count(assistant: Assistant, text: str, group: str) -> Case:
    """Count an answer, which is right where the index holds it; no goal was set."""
    answered = bool(ask(assistant, text, QUOTING).sentences)
    return Case({f"medquad_{group.replace(' ', '_')}_shown": float(answered)})


SUITE = Suite(
    "abstention",
    "Not in the sources",
    "Made-up and absent medicines, diseases, tests and combinations, and questions on other "
    "matters, which must be refused, beside golden and misspelt real questions, which must be "
    "answered. The gate was set on the dev halves; test was written before any was asked and "
    "is only reported. Of MedQuAD the share that was answered is shown for subjects that a "
    "document is called by and for others; it has no goal, since other documents may hold them.",
    _read,
    {
        "refused": Goal(0.8),
        "answered": Goal(0.95),
        "answered_misspelt": Goal(0.95),
        "refused_unanswerable": Goal(1.0),
        "foreign": Goal(0.95),
        "off_topic": Goal(0.95),
    },
)
