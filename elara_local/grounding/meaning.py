"""What models of meaning add to the exact rules: they refuse, and hardly ever rescue.

What is covered: a sentence that the rules let pass is refused when its vector is far from the
source's, or when an entailment model (NLI) says that the source contradicts it. A sentence
whose only faults are a few ordinary words of content/wording.toml may pass when both the
embedder and a real entailment model say that the source entails it; an unknown word, which
could be the name of a medicine, and a fault in a number, a unit, a drug, a
group, a route, a time, a negation, a modality, a condition or the order are never forgiven.
What is not covered: the rescue is unproven, as no real entailment weights were measured here;
without such a model nothing is ever rescued. Neither model can read a dose: a sentence with one
wrong fact lies nearer to its source (median cosine 0.99 of 400) than a fair paraphrase (0.95).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from elara_local.grounding.wording import plain_form, read_wording
from elara_local.ports import Embedder, Entailment

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_COSINE = 0.35  # below this the embedder refuses; unrelated sentences lie under 0.3
MOST_CONTRADICTION = 0.5  # above this the source contradicts the sentence: more likely than not
RESCUE_ENTAILED = 0.95  # not tuned: no weights to tune it on; high because it may let pass
RESCUE_COSINE = 0.75  # 170 of 173 fair paraphrases lie above; false sentences do too
MOST_FORGIVEN = 2  # words: fewer than the three at which the rules stop naming them
FORGIVABLE = re.compile(r"content: (?:'([^']*)' is not in the source sentence"
                        r"|the source says '([^']*)', the sentence leaves it out)$")  # fmt: skip
FAR = "content: its meaning is far from the source sentence"
CONTRADICTED = "content: the source sentence contradicts it"


@dataclass(frozen=True)
class Meaning:
    """The models of meaning there are; both may be absent."""

    embedder: Embedder | None = None
    entailment: Entailment | None = None

    def fault(self, claim: str, source: str) -> str:
        """Why a sentence that the rules let pass is refused all the same; "" if it is not."""
        if self.embedder is not None and not _cosine(self.embedder, claim, source) >= LOWEST_COSINE:
            return FAR  # also for NaN
        if self.entailment is not None:
            contradicted = float(self.entailment.judge([(source, claim)])[0, 2])
            if not contradicted <= MOST_CONTRADICTION:
                return CONTRADICTED
        return ""

    def forgives(self, faults: Iterable[str], claim: str, source: str) -> bool:
        """True when both models hold a sentence for entailed whose faults are words alone.

        `faults` are all that the rules found against this source sentence.
        """
        if self.embedder is None or self.entailment is None:
            return False
        found = list(faults)
        if not 0 < len(found) <= MOST_FORGIVEN or not all(map(_is_ordinary, found)):
            return False
        if not _cosine(self.embedder, claim, source) >= RESCUE_COSINE:
            return False
        entailed = float(self.entailment.judge([(source, claim)])[0, 0])
        return entailed >= RESCUE_ENTAILED


RULES_ALONE = Meaning()


class Nearness:
    """The embedder behind the port Entailment: nearness for entailment, never a contradiction.

    A cosine of LOWEST_COSINE or less counts as not entailed, 1 as entailed, straight between.
    It can't tell "give" from "do not give", so it may refuse and must not rescue.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def judge(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return float32 of shape (n, 3): entailed, neutral, contradicted (always 0)."""
        cosines = np.array([_cosine(self._embedder, *pair) for pair in pairs], dtype=np.float32)
        near = np.clip((cosines - LOWEST_COSINE) / (1 - LOWEST_COSINE), 0.0, 1.0)
        rows: NDArray[np.float32] = np.stack([near, 1 - near, np.zeros_like(near)], axis=1)
        return rows


def _is_ordinary(fault: str) -> bool:
    """True for a fault of one word that a group of wording.toml names and no binding list."""
    found = FORGIVABLE.match(fault)
    if found is None:
        return False
    lists = read_wording()
    word = plain_form((found.group(1) or found.group(2) or "").casefold())
    binding = lists.narrowing | lists.qualifiers | lists.turning
    return word in frozenset(lists.groups.values()) - binding


def _cosine(embedder: Embedder, one: str, other: str) -> float:
    ours, theirs = embedder.embed([one, other])
    return float(ours @ theirs)
