"""The grounding suite: false sentences that must be refused, true ones that must pass.

Every false sentence is a true one with one change (`evaluation.mutations`), checked against the
passage that the true one stands in and, harder, against the whole document with its other
numbers. A change that gives another sentence of the document is not counted. It knows no model.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from elara_local.evaluation.mutations import KINDS, mutations
from elara_local.evaluation.sourced import NAMES, Sourced, read_sourced
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.grounding.check import check_sentence
from elara_local.passages.folder import open_index
from elara_local.records import Evidence, Verdict
from elara_local.settings import PREBUILT_INDEX

PARAPHRASES = Path(__file__).resolve().parent.parent / "content" / "evaluation" / "paraphrases"
EACH = 150  # mutations of each class from each collection
MOST_READ = 6_000  # sentences that are looked through for a class
VERBATIM = 2_000  # sentences of PubMedQA and of MedQuAD; the handbook's are all checked
# What a reason may be called for a mutation of a class: an altered age is a number and says for
# whom, and a sentence that lost its condition may be called by what the condition held.
NAMED = {
    "number": "number duration frequency range population",
    "unit": "unit number duration frequency population basis",
    "basis": "basis unit frequency",
    "frequency": "frequency",
    "duration": "duration number frequency population order comparator",
    "route": "route",
    "range": "range number comparator frequency duration population",
    "comparator": "comparator range duration population number",
    "drug": "drug",
    "population": "population",
    "negation": "negation modality condition",
    "modality": "modality negation",
    "condition": "condition",
    "entity": "content population condition order negation modality comparator duration frequency",
    "quotation": "quotation",
    "citation": "citation",
    "deletion": "",
}


@dataclass(frozen=True)
class Paraphrase:
    """A fair way to say a handbook sentence, which must pass."""

    text: str
    document: str
    sentence: str
    half: str


def read_paraphrases(folder: Path = PARAPHRASES) -> list[Paraphrase]:
    """Read the paraphrases of every file in a folder."""
    files = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.toml"))]
    return [
        Paraphrase(e["text"], e["document"], e["sentence"], e["half"])
        for file in files
        for e in file["paraphrase"]
    ]


def read_items(bench: Bench) -> Iterator[Item]:
    """Yield the items of all collections; the public ones only where their folder is named.

    Raises:
        Missing: the folder lacks one of the sets.
    """
    for name in NAMES if bench.data else NAMES[:1]:
        sentences = read_sourced(name, bench.data, bench.seed)
        yield from _verbatim(name, sentences if name == "handbook" else sentences[:VERBATIM])
        sentences = [s for s in sentences if bench.half in ("all", s.half)]
        for kind in KINDS:
            for n, (source, made) in enumerate(draw(kind, sentences, bench.seed)):
                yield Item(f"{name} {kind} {n}", partial(judge, name, kind, source, made))
        for n, (source, other) in enumerate(_strangers(sentences)):
            yield Item(f"{name} citation {n}", partial(_judge_citation, name, source, other))
    yield from _paraphrased(bench)


def draw(
    kind: str, sentences: Sequence[Sourced], seed: int, most: int = EACH
) -> list[tuple[Sourced, str]]:
    """Return up to `most` false sentences of a class, at most one of each true one."""
    return list(islice(_draw(kind, sentences[:MOST_READ], seed), most))


def _draw(kind: str, sentences: Iterable[Sourced], seed: int) -> Iterator[tuple[Sourced, str]]:
    for source in sentences:
        whole = " ".join(source.document.text.split()).casefold()
        made = [m for m in mutations(kind, source.text) if m.casefold().strip(" .") not in whole]
        if made:
            chance = random.Random(f"{seed} {kind} {source.text}")
            yield source, chance.choice(made)


def judge(name: str, kind: str, source: Sourced, made: str) -> Case:
    """Check one false sentence against its passage and against its document."""
    verdict, wide = (check_sentence(made, [e]) for e in (source.passage, source.document))
    values = {
        f"{kind} refused": float(not verdict.passed),
        f"{kind} refused, whole document": float(not wide.passed),
    }
    if not verdict.passed and NAMED[kind]:
        values[f"{kind} named"] = float(is_named(kind, verdict))
    note = "" if not (verdict.passed or wide.passed) else f"passed: {made[:160]}"
    return Case(values, (name,), note)


def is_named(kind: str, verdict: Verdict) -> bool:
    """True when a reason of the verdict names the class of the change."""
    named = {reason.partition(":")[0] for reason in verdict.reasons}
    return not named.isdisjoint(NAMED[kind].split())


def _strangers(sentences: Sequence[Sourced]) -> list[tuple[Sourced, Sourced]]:
    """Pairs of which the first cites the passage of the second, of another document."""
    pairs = zip(sentences, sentences[1:], strict=False)
    fair = (
        (one, other)
        for one, other in pairs
        if one.document != other.document and one.text not in other.passage.text
    )
    return list(islice(fair, EACH))


def _judge_citation(name: str, source: Sourced, other: Sourced) -> Case:
    verdict = check_sentence(source.text, [other.passage])
    values = {"citation refused": float(not verdict.passed)}
    if not verdict.passed:
        values["citation named"] = float(is_named("citation", verdict))
    return Case(values, (name,), f"passed: {source.text[:160]}" if verdict.passed else "")


def _verbatim(name: str, sentences: Sequence[Sourced]) -> Iterator[Item]:
    """One item for each passage: the share of its sentences that are refused."""
    places: dict[Evidence, list[str]] = {}
    for source in sentences:
        places.setdefault(source.passage, []).append(source.text)
    for passage, texts in places.items():
        key = hashlib.sha256(f"{passage.title} {passage.section} {passage.text}".encode())
        yield Item(
            f"{name} verbatim {key.hexdigest()[:12]}",
            partial(_judge_verbatim, name, passage, texts),
        )


def _judge_verbatim(name: str, passage: Evidence, texts: Sequence[str]) -> Case:
    refused = [text for text in texts if not check_sentence(text, [passage]).passed]
    note = f"refused: {refused[0][:160]}" if refused else ""
    return Case({"verbatim refused": len(refused) / len(texts)}, (name,), note)


def _paraphrased(bench: Bench) -> Iterator[Item]:
    found = [p for p in read_paraphrases() if bench.half in ("all", p.half)]
    index = open_index(PREBUILT_INDEX)
    wanted = {p.document for p in found}
    passages = [
        (p.document, Evidence("s1", p.text, p.title, p.section, shelf="handbook"))
        for p in index.store.passages()
        if p.document in wanted
    ]
    index.close()
    for n, paraphrase in enumerate(found):
        said = " ".join(paraphrase.sentence.split())
        place = next(
            (e for name, e in passages
             if name == paraphrase.document and said in " ".join(e.text.split())), None,
        )  # fmt: skip
        if place is not None:  # a sentence that was reworded since is no measure
            yield Item(f"paraphrase {n}", partial(_judge_paraphrase, paraphrase, place))


def _judge_paraphrase(paraphrase: Paraphrase, place: Evidence) -> Case:
    verdict = check_sentence(paraphrase.text, [replace(place, id="s1")])
    note = "" if verdict.passed else f"refused: {paraphrase.text[:120]} ({verdict.reasons[0]})"
    return Case(
        {"paraphrase refused": float(not verdict.passed)},
        (f"paraphrases, {paraphrase.half}",),
        note,
    )


LEAST = 0.99
SUITE = Suite(
    "grounding",
    "The grounding check: false sentences refused, true ones let through",
    "True sentences of the handbook, of PubMedQA abstracts and of MedQuAD answers with one change "
    "each, by class, against their passage and against the whole document; every sentence word for "
    "word; paraphrases of handbook sentences. Halves by the hash of the sentence: what was mended "
    "was seen on dev. It shows neither what a model would write wrongly nor errors of two changes.",
    read_items,
    {f"{kind} refused": Goal(LEAST) for kind in (*KINDS, "citation")}
    | {f"{kind} refused, whole document": Goal(LEAST) for kind in KINDS}
    | {f"{kind} named": Goal(0.95) for kind in NAMED if NAMED[kind]}
    | {"verbatim refused": Goal(0.0, most=True), "paraphrase refused": Goal(0.05, most=True)},
)
