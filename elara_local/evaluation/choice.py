"""The choice suite: multiple choice by log-probabilities, with and without retrieval.

Three ways for each question: "plain" (no passages), "retrieved" (the three best passages, always)
and "gated" (passages only when the gate of the search says that they are about the question,
else the plain prompt). The search sees the question, never the options (as in MIRAGE). "cost"
is what the gated way loses against the plain one: the goal is at most one point in a hundred.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from elara_local.chat_models import require_chat_model, require_proven
from elara_local.errors import Missing
from elara_local.evaluation.datasets import Asked, QuestionSet
from elara_local.evaluation.likelihood import Likelihood
from elara_local.evaluation.multiple_choice import (
    WAYS,
    Choice,
    Scoring,
    answer_choice,
    read_choices,
)
from elara_local.evaluation.pools import (
    draw,
    draw_pool,
    open_assistant,
    read_sets,
    require_data,
)
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.retrieve import Retriever

SAMPLE = 200  # questions of each public set
PASSAGES = 3
FILE = "benchmark.json"  # MIRAGE's own name; also in a folder of the data folder
LABELS = {"PubMedQA": ("yes", "no", "maybe"), "BioASQ": ("yes", "no")}


@dataclass(frozen=True)
class Sheet:
    """Questions and where their passages are sought."""

    choices: tuple[Choice, ...]
    retriever: Callable[[], Retriever]


def judge(model: Scoring, choice: Choice, retriever: Retriever, commonest: str) -> Case:
    """Answer one question in the three ways; a metric is named "plain letter" and so on.

    `commonest` is the letter that is right most often in the set: what one has for nothing.
    """
    found = retriever.search(choice.question, PASSAGES)
    passages = [hit.passage.text for hit in found.hits]
    plain, _ = answer_choice(model, choice)
    held, used = answer_choice(model, choice, passages)
    gated = held if found.about else plain
    values: dict[str, float] = {}
    for name, chosen in (("plain", plain), ("retrieved", held), ("gated", gated)):
        values |= {f"{name} {way}": chosen[way] == choice.answer for way in WAYS}
    for way in WAYS:
        values[f"cost {way}"] = float(values[f"plain {way}"]) - float(values[f"gated {way}"])
    values |= {"gate open": found.about, "passages": float(used)}
    values |= {"commonest": commonest == choice.answer, "chance": 1 / len(choice.options)}
    right = any(values[f"gated {way}"] for way in WAYS)
    # A file of the user's own may hold what is not for a report: its questions are not told.
    told = f": {choice.question}" if choice.set in LABELS else ""
    return Case(values, (choice.set,), "" if right else f"wrong in every way{told}")


def _read(bench: Bench) -> Iterator[Item]:
    folder = require_data(bench)
    sheets = list(_own(folder, bench))
    try:
        sheets += _public(bench)
    except Missing:
        if not sheets:
            raise
    require_chat_model(bench.elara().settings)
    model = cache(partial(_open_model, bench))
    for sheet in sheets:
        commonest = _commonest(sheet.choices)
        for choice in sheet.choices:
            deed = partial(_judge, model, sheet.retriever, choice, commonest[choice.set])
            yield Item(f"{choice.set}/{choice.id}", deed)


def _judge(
    model: Callable[[], Scoring],
    retriever: Callable[[], Retriever],
    choice: Choice,
    commonest: str,
) -> Case:
    return judge(model(), choice, retriever(), commonest)


def _open_model(bench: Bench) -> Likelihood:
    settings = bench.elara().settings
    model = require_chat_model(settings)
    require_proven(model)
    return Likelihood(model.file(".gguf"), settings.threads, settings.context, settings.gpu_layers)


def _public(bench: Bench) -> Iterator[Sheet]:
    sets = []
    for questions in read_sets(bench):
        labelled = [q for q in questions.questions if q.label in LABELS.get(questions.name, ())]
        drawn = draw(labelled, SAMPLE, bench.seed)
        sets.append(replace(questions, questions=drawn))
    opened = cache(lambda: open_assistant(bench.elara(), draw_pool(sets, bench.seed))[0].retriever)
    for questions in sets:
        if questions.name in LABELS:
            yield Sheet(tuple(_choices(questions)), opened)


def _choices(questions: QuestionSet) -> Iterator[Choice]:
    labels = LABELS[questions.name]
    letters = [chr(ord("A") + n) for n in range(len(labels))]
    for asked in questions.questions:
        answer = letters[labels.index(asked.label)]
        options = dict(zip(letters, labels, strict=True))
        yield Choice(questions.name, _name(asked), asked.text, options, answer)


def _name(asked: Asked) -> str:
    return sha256(asked.text.encode()).hexdigest()[:12]


def _own(folder: Path, bench: Bench) -> Iterator[Sheet]:
    """Yield the questions of files in MIRAGE's form, asked of what is installed."""
    for path in sorted([*folder.glob(FILE), *folder.glob(f"*/{FILE}")]):
        named = (replace(c, set=f"file: {c.set}") for c in read_choices(path))
        choices = [c for c in named if bench.half in ("all", _half(c))]
        yield Sheet(tuple(choices), lambda: bench.elara().retriever)


def _half(choice: Choice) -> str:
    return Asked(choice.question, frozenset()).half


def _commonest(choices: Sequence[Choice]) -> Mapping[str, str]:
    counts: dict[str, Counter[str]] = {}
    for choice in choices:
        counts.setdefault(choice.set, Counter())[choice.answer] += 1
    return {name: count.most_common(1)[0][0] for name, count in counts.items()}


SUITE = Suite(
    "choice",
    "Multiple choice by log-probabilities",
    "PubMedQA (yes, no, maybe) and BioASQ (yes, no) in small pools that hold the answers, and "
    "any benchmark.json in MIRAGE's form asked of what is installed. A model at chance "
    "(the starter of 135M parameters is) shows nothing about retrieval: compare it with "
    "'commonest', the share that one letter for all would reach. Nothing was tuned on it.",
    _read,
    {f"cost {way}": Goal(0.01, most=True) for way in WAYS},
)
