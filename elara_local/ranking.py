"""What makes a passage's score: keywords, nearness, words held, its document, heading, patient.

The weights were set on the dev halves of BioASQ, PubMedQA and MedQuAD and of the golden
questions (docs/decisions.md). Pure arithmetic: it knows no index, no passage and no question.
"""

from __future__ import annotations

from collections.abc import Mapping

DENSE = 0.6  # weight of the cosine against the keyword score
AT_LENGTH = 0.5  # ... of a long message, whose vector is blurred
OTHER_LANGUAGE = 0.4  # ... of a question that is not in English, which the starter model reads ill
COVERED = 0.4  # weight of the share of the question's words that a passage holds
NAMED = 0.35  # weight of the share of them that stands in its document's title and keywords
HEADING = 0.25  # how much a heading that fits the kind of question lifts a passage
SUITED = 0.15  # how much sentences that are said to be for the patient lift a passage


def fuse(
    keyword: Mapping[int, float], dense: Mapping[int, float], near: float = DENSE
) -> dict[int, float]:
    """Fuse BM25 scores and cosines into one score in [0, 1] for each id of either.

    Each leg is spread over 0 to 1 by its least and its greatest score; a passage that one leg
    does not know has its least there, so both should score every candidate. `near` is the weight
    of the cosines.
    """
    left, right = _spread(keyword), _spread(dense)
    return {i: (1 - near) * left.get(i, 0.0) + near * right.get(i, 0.0) for i in {**left, **right}}


def lift(score: float, share: float, named: float, fit: float, suit: float = 0.0) -> float:
    """Return the score in [0, 1] of a passage that holds `share` of the question's words.

    `named` is the share of them in the title and keywords of its document: what a document is
    about counts more than what it mentions. `fit`, -1 to 1, says how well the heading fits the
    kind of question, `suit`, -1 to 1, how well the sentences fit the patient.
    """
    held = (score + COVERED * share + NAMED * named) / (1 + COVERED + NAMED)
    return held * (1 + HEADING * fit) / (1 + HEADING) * (1 + SUITED * suit) / (1 + SUITED)


def _spread(scores: Mapping[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    spread = (high - low) or 1.0
    return {i: (score - low) / spread if high > low else 1.0 for i, score in scores.items()}
