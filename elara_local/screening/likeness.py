"""Whether a text is like examples of our own: the second stage of a screening, by meaning.

A subject has two kinds of examples: marked ones with a label (what is refused, what is grave)
and unmarked ones (honest work, harmless scenes). Each example is one text, or several of which
the mean vector stands for it. A new text is scored by a Gaussian kernel over all examples with
weights from ridge regression: about +1 like the marked, -1 like the unmarked, 0 like both or
like neither.

What is covered: English in words that no rule lists. What is not covered: languages that the
embedding model does not know (the starter's knows English), negation that turns only a word or
two, numbers, and what is told over several sentences that are each harmless.
The vectors are kept in a file, tied to the sha256 of the examples and of the embedding model;
where either differs they are made anew at the first question (seconds).
`python -m benchmarks.refusal --write` writes the files. This module knows no subject and no rule.
"""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from elara_local.ports import Embedder, for_queries
from elara_local.text import sentence_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCALE = 400.0  # of the int8 in which vectors are kept; components of the starter's lie below 0.3
LONGEST_READ = 40  # words of a sentence that is embedded whole; a longer one also in windows
WINDOW = 30


@dataclass(frozen=True)
class Examples:
    """Per example its texts and its label ("" = unmarked), and the sha256 of their files."""

    texts: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    sha256: str


@dataclass(frozen=True)
class Subject:
    """What is looked for: how its examples are read, where their vectors are kept, the fit.

    `nearness` is of the kernel exp(-nearness * squared distance), `ridge` of the regression;
    both, and the bound of the score, are set on the dev halves of the subject's own sets.
    """

    read: Callable[[], Examples]
    kept: Path
    nearness: float
    ridge: float


@dataclass(frozen=True)
class Likeness:
    """The vectors (n, d) of the examples, their weights (n,), their labels, the kernel's width."""

    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    labels: tuple[str, ...]
    nearness: float

    def score(self, vectors: NDArray[np.float32]) -> list[tuple[float, str]]:
        """Return for each row of unit vectors its score and the label of the nearest marked one."""
        import numpy as np

        cosines = vectors @ self.vectors.T
        scores = np.exp(-2 * self.nearness * (1 - cosines)) @ self.weights
        marked = [place for place, label in enumerate(self.labels) if label]
        nearest = cosines[:, marked].argmax(axis=1)
        return [
            (float(score), self.labels[marked[place]])
            for score, place in zip(scores, nearest, strict=True)
        ]


class Once:
    """An embedder of questions that embeds each text once, for several subjects of one turn."""

    def __init__(self, embedder: Embedder) -> None:
        self._side = for_queries(embedder)
        self.fingerprint = _name(embedder)
        self._rows: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d); raises whatever the embedder raises."""
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if new:
            self._rows.update(zip(new, self._side.embed(new), strict=True))
        return np.stack([self._rows[text] for text in texts])


_loaded: dict[tuple[Subject, str], Likeness] = {}
_loading = threading.Lock()


def liken(texts: Sequence[str], subject: Subject, embedder: Embedder) -> list[tuple[float, str]]:
    """Return for each text its score and the label of the marked example it comes nearest to.

    Raises:
        WrongFile: the examples can't be read. Whatever the embedder raises is passed on.
    """
    side, model = for_queries(embedder), _name(embedder)
    with _loading:
        if (subject, model) not in _loaded:
            _loaded[subject, model] = load_likeness(subject, model) or fit(subject, side)
    return _loaded[subject, model].score(side.embed(list(texts)))


def cut(text: str) -> list[str]:
    """Return the text, its sentences, and windows over the long ones, each once."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    units = [text, *sentences]
    for sentence in sentences:
        parts = sentence.split()
        if len(parts) > LONGEST_READ:
            starts = range(0, len(parts) - WINDOW // 2, WINDOW // 2)
            units += [" ".join(parts[start : start + WINDOW]) for start in starts]
    return list(dict.fromkeys(units))


def fit(subject: Subject, embedder: Embedder) -> Likeness:
    """Embed the examples and weigh them."""
    import numpy as np

    examples = subject.read()
    rows = embedder.embed([text for texts in examples.texts for text in texts])
    ends = np.cumsum([len(texts) for texts in examples.texts])[:-1]
    means = np.stack([part.mean(axis=0) for part in np.split(rows, ends)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    vectors = _keep(means).astype(np.float32) / SCALE
    weights = weigh(vectors, examples.labels, subject)
    return Likeness(vectors, weights, examples.labels, subject.nearness)


def weigh(
    vectors: NDArray[np.float32], labels: Sequence[str], subject: Subject
) -> NDArray[np.float32]:
    """Return the weights (n,) of vectors (n, d) with these labels, both kinds alike in sum."""
    import numpy as np

    wanted = np.array([1.0 if label else -1.0 for label in labels])
    share = np.where(wanted > 0, (wanted > 0).mean(), (wanted < 0).mean())
    cosines = (vectors @ vectors.T).astype(np.float64)
    kernel = np.exp(-2 * subject.nearness * (1 - cosines))
    weights = np.linalg.solve(kernel + np.diag(subject.ridge * 2 * share), wanted)
    return weights.astype(np.float32)


def save_likeness(likeness: Likeness, subject: Subject, model: str) -> None:
    """Write the vectors and weights, with the sha256 of the examples and the model's."""
    import numpy as np

    np.savez_compressed(
        subject.kept,
        vectors=_keep(likeness.vectors),
        weights=likeness.weights,
        tied=np.array([model, subject.read().sha256]),
    )


def load_likeness(subject: Subject, model: str) -> Likeness | None:
    """Return what was kept, or None when it is absent or made of other examples or a model."""
    import numpy as np

    examples = subject.read()
    try:
        with np.load(subject.kept, allow_pickle=False) as kept:
            if [str(name) for name in kept["tied"]] != [model, examples.sha256]:
                return None
            vectors, weights = kept["vectors"].astype(np.float32) / SCALE, kept["weights"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if not len(examples.labels) == len(weights) == len(vectors):
        return None
    return Likeness(vectors, weights, examples.labels, subject.nearness)


def _name(embedder: Embedder) -> str:
    return str(getattr(embedder, "fingerprint", f"unnamed-{id(embedder)}"))


def _keep(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    import numpy as np

    kept: NDArray[np.int8] = np.clip(np.rint(vectors * SCALE), -127, 127).astype(np.int8)
    return kept
