"""Citation recall and precision by ALCE's definitions (Gao et al. 2023), in our own code.

Recall: the share of sentences that the passages they cite, taken together, support; a sentence
that cites nothing, or a passage that does not exist, counts 0. Precision: the share of
citations that are needed. A citation of a sentence that is not supported is wrong; one of a
sentence that is supported is superfluous when its passage alone does not support the sentence
and the others still do.

ALCE asks an 11B entailment model what is supported; here the grounding check does, or a small
entailment model where one is installed. The check is strict on words and says "no" to a fair
paraphrase that an entailment model would pass, so its figures can't be put beside published
ones. Judged by the check that also let each sentence through, recall shows that nothing slipped
past it, not that an answer is good.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from elara_local.grounding.check import check_sentence
from elara_local.ports import Entailment
from elara_local.records import Answer, Evidence, Sentence

ENTAILED = 0  # the column of ports.Entailment
Judge = Callable[[str, Sequence[Evidence]], bool]


@dataclass(frozen=True)
class CitationQuality:
    """Shares in [0, 1] for one answer."""

    recall: float
    precision: float


def is_supported(sentence: str, cited: Sequence[Evidence]) -> bool:
    """Return whether the grounding check lets the sentence stand on these passages.

    A sentence is shown under its passage's own heading ("Treatment: give ..."), which is put
    before it after the check; what comes after such a heading is what is asked of the check.
    """
    return check_sentence(without_heading(sentence, cited), cited).passed


def without_heading(sentence: str, cited: Sequence[Evidence]) -> str:
    """Return the sentence without a lead that is made of a cited passage's title and headings."""
    known = {part for e in cited for part in (e.title, *e.section.split(" › ")) if part}
    for colon in re.finditer(": ", sentence):
        if set(sentence[: colon.start()].split(" › ")) <= known:
            return sentence[colon.end() :]
    return sentence


def judge_by(entailment: Entailment) -> Judge:
    """Return a judge that asks an entailment model whether the joined passages say the sentence.

    The likeliest of its three verdicts counts, as in ALCE.
    """

    def judge(sentence: str, cited: Sequence[Evidence]) -> bool:
        told = "\n".join(f"{e.title}. {e.section}. {e.text}" for e in cited)
        verdict = entailment.judge([(told, sentence)])[0]
        return int(verdict.argmax()) == ENTAILED

    return judge


def measure_citations(
    sentences: Sequence[Sentence], passages: Mapping[str, Evidence], judge: Judge = is_supported
) -> CitationQuality:
    """Measure the citations of an answer's sentences; `passages` are what they may cite, by id.

    An answer without sentences, or without citations, has 0 of what it lacks.
    """
    supported, needed, citations = 0, 0, 0
    for sentence in sentences:
        cited = [passages[name] for name in sentence.citations if name in passages]
        whole = bool(cited) and len(cited) == len(sentence.citations)
        if whole and judge(sentence.text, cited):
            supported += 1
            needed += sum(_is_needed(sentence.text, cited, n, judge) for n in range(len(cited)))
        citations += len(sentence.citations)
    return CitationQuality(
        supported / len(sentences) if sentences else 0.0,
        needed / citations if citations else 0.0,
    )


def _is_needed(text: str, cited: Sequence[Evidence], number: int, judge: Judge) -> bool:
    """True when a citation of a supported sentence supports it alone, or the rest does not."""
    rest = [*cited[:number], *cited[number + 1 :]]
    return not rest or judge(text, [cited[number]]) or not judge(text, rest)


def evidence_shown(answer: Answer) -> dict[str, Evidence]:
    """Return what an answer's citations point at: the whole passages, by id."""
    return {
        s.id: Evidence(s.id, s.context or s.quote, s.title, s.section, shelf=s.shelf)
        for s in answer.sources
    }
