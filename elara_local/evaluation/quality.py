"""The quality suite: Elara's whole answers beside reference answers of public sets.

Questions of PubMedQA (the authors' conclusion is the reference and is not among the texts),
BioASQ (ideal answers, the texts are the gold snippets) and MedQuAD (the answer, which is
itself among the texts) are asked end to end in a small pool (`evaluation.pools`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from hashlib import sha256

from elara_local.assistant import QUOTING, Assistant
from elara_local.evaluation.answers import compare_texts
from elara_local.evaluation.citation_quality import evidence_shown, judge_by, measure_citations
from elara_local.evaluation.datasets import Asked, QuestionSet
from elara_local.evaluation.golden import ask
from elara_local.evaluation.pools import draw, draw_pool, open_assistant, read_sets
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.ports import Embedder, Entailment
from elara_local.records import Answer

SAMPLE = 60  # questions of each set that are asked of quoting
WRITTEN = 10  # ... of a language model: it takes seconds for each


def judge(
    answer: Answer,
    asked: Asked,
    embedder: Embedder | None = None,
    entailment: Entailment | None = None,
) -> Case:
    """Compare an answer with the references; only "answered" where nothing was answered.

    The scores of words are of what was answered: read them beside "answered". `grounding` is
    the share of sentences that the check called quoted or supported. With an entailment model
    the citations are judged by it as well: "nli_citation_recall" and "nli_citation_precision".
    """
    # What code worked out is no claim of a writer: its own tests hold it to its sum.
    sentences = [sentence for sentence in answer.sentences if not sentence.is_worked]
    if not sentences:
        return Case({"answered": 0.0})
    said = " ".join(sentence.text for sentence in sentences)
    shown = evidence_shown(answer)
    quality = measure_citations(sentences, shown)
    values = {
        "answered": 1.0,
        **compare_texts(said, asked.references, embedder),
        "citation_recall": quality.recall,
        "citation_precision": quality.precision,
        "grounding": sum(s.support != "unsupported" for s in sentences) / len(sentences),
        "words": float(len(said.split())),
    }
    if entailment is not None:
        other = measure_citations(sentences, shown, judge_by(entailment))
        values |= {"nli_citation_recall": other.recall, "nli_citation_precision": other.precision}
    return Case(values, note="" if quality.recall == 1 else "a sentence is not supported")


def _read(bench: Bench) -> Iterator[Item]:
    sets = [replace(s, questions=draw(s.questions, SAMPLE, bench.seed)) for s in read_sets(bench)]
    elara = bench.elara()
    opened = cache(lambda: open_assistant(elara, draw_pool(sets, bench.seed))[0])
    for generator in elara.assistant.generators:
        for questions in sets:
            count = SAMPLE if generator == QUOTING else WRITTEN
            for asked in questions.questions[:count]:
                name = sha256(asked.text.encode()).hexdigest()[:12]
                deed = partial(
                    _judge, opened, questions, asked, generator, elara.retriever.embedder
                )
                yield Item(f"{generator}/{questions.name}/{name}", deed)


def _judge(
    opened: Callable[[], Assistant],
    questions: QuestionSet,
    asked: Asked,
    generator: str,
    embedder: Embedder,
) -> Case:
    answer = ask(opened(), asked.text, generator)
    case = judge(answer, asked, embedder, opened().meaning.entailment)
    note = f"{case.note}: {asked.text}" if case.note else ""
    return Case(case.values, _groups(generator, questions.name, asked), note)


def _groups(generator: str, name: str, asked: Asked) -> tuple[str, ...]:
    return (generator, f"{generator}, {name}", f"{generator}, {asked.half}")


SUITE = Suite(
    "quality",
    "Answers beside reference answers",
    "Sampled questions of PubMedQA, BioASQ and MedQuAD, asked end to end among the texts of small "
    "pools and compared with the sets' own answers. Scores of words are of what was answered. "
    "Citations are judged by the same check that let the sentences through, so 1 there means that "
    "nothing slipped past it. Nothing was tuned on these answers.",
    _read,
    {"citation_recall": Goal(1.0), "grounding": Goal(1.0)},
)
