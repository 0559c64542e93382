"""How near an answer's words are to a reference: exact match, F1, BLEU, ROUGE, meaning.

All are in [0, 1]; with several references the best one counts. Exact match and token F1 follow
SQuAD's normalisation (lower case, no punctuation, no articles; Rajpurkar et al. 2016). BLEU is
sacrebleu's sentence score with its defaults (13a tokens, exponential smoothing), divided by 100.
ROUGE-1, -2 and -L are rouge-score's F-measures without stemming. The semantic score is greedy
matching as in BERTScore (Zhang et al. 2020), but of whole sentences: each sentence takes the
cosine of its nearest one on the other side, and the means of both directions give an F1.

What none of them shows: whether the answer is right. "15 mg/kg" for "50 mg/kg" costs almost
nothing here; the grounding check is there for that.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from elara_local.ports import Embedder
from elara_local.text import sentence_spans

ARTICLES = re.compile(r"\b(?:a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
ROUGE = ("rouge1", "rouge2", "rougeL")
Compare = Callable[[str, str], float]


def compare_texts(
    answer: str, references: Sequence[str], embedder: Embedder | None = None
) -> dict[str, float]:
    """Return every score of an answer; "semantic" only with an embedder.

    Raises:
        ValueError: there is no reference.
    """
    if not references:
        raise ValueError("an answer is compared with at least one reference")
    scores = {
        "exact_match": _best(exact_match, answer, references),
        "token_f1": _best(token_f1, answer, references),
        "bleu": bleu(answer, references),
        **rouge(answer, references),
    }
    if embedder is not None:
        scores["semantic"] = max(semantic(answer, ref, embedder) for ref in references)
    return scores


def normalise(text: str) -> list[str]:
    """Return the words of a text as SQuAD compares them."""
    return ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split()


def exact_match(answer: str, reference: str) -> float:
    """Return 1 when both have the same normalised words in the same order, else 0."""
    return float(normalise(answer) == normalise(reference))


def token_f1(answer: str, reference: str) -> float:
    """Return the F1 of shared normalised words, counted; two empty texts are alike."""
    said, wanted = normalise(answer), normalise(reference)
    if not said or not wanted:
        return float(said == wanted)
    shared = (Counter(said) & Counter(wanted)).total()
    return 2 * shared / (len(said) + len(wanted))


def bleu(answer: str, references: Sequence[str]) -> float:
    """Return sacrebleu's sentence BLEU over all references, in [0, 1]."""
    import sacrebleu

    return float(sacrebleu.sentence_bleu(answer, list(references)).score) / 100


def rouge(answer: str, references: Sequence[str]) -> Mapping[str, float]:
    """Return the F-measures of ROUGE-1, -2 and -L, each of its best reference."""
    from rouge_score.rouge_scorer import RougeScorer

    scores = RougeScorer(list(ROUGE)).score_multi(list(references), answer)
    return {name: float(scores[name].fmeasure) for name in ROUGE}


def semantic(answer: str, reference: str, embedder: Embedder) -> float:
    """Return the F1 of greedy sentence matching by cosine, at least 0; 0 for an empty text."""
    said, wanted = _sentences(answer), _sentences(reference)
    if not said or not wanted:
        return 0.0
    rows = embedder.embed([*said, *wanted])
    cosines = (rows[: len(said)] @ rows[len(said) :].T).clip(0, 1)
    precision, recall = float(cosines.max(1).mean()), float(cosines.max(0).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text) if text[start:end].strip()]


def _best(compare: Compare, answer: str, references: Sequence[str]) -> float:
    return max(compare(answer, reference) for reference in references)
