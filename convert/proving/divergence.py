"""How far a model is from its reference: error of the logits, divergence, same top token.

Over all positions of the windows, in float64, one position at a time, so that a vocabulary of
150,000 needs no more memory than two rows:

    nmse       sum (q - p)^2 / sum (p - mean p)^2 over all logits, p the reference's: the mean
               squared error over the variance (llama.cpp, examples/model-conversion/scripts/
               utils/check-nmse.py)
    kl         mean over positions of sum softmax(p) (log softmax(p) - log softmax(q)), natural
               logarithm (llama.cpp, tools/perplexity: "Mean KLD")
    kl_p99     the 99th percentile of the same over positions
    top_token  share of positions whose most likely token is the reference's ("Same top p")

It knows no model, no text and no limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convert.proving.logits import Logits
from elara_local.errors import WrongFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Row = NDArray[np.float32]


@dataclass
class Divergence:
    """Sums over the positions seen so far; see the module for the figures."""

    positions: int = 0
    _count: int = 0
    _error: float = 0.0
    _sum: float = 0.0
    _squares: float = 0.0
    _same_top: int = 0
    _divergences: list[float] = field(default_factory=list)

    def add(self, reference: Row, model: Row) -> None:
        """Count one position.

        Raises:
            WrongFile: the rows have other lengths, or a logit is no finite number.
        """
        import numpy as np

        if reference.shape != model.shape:
            raise WrongFile(
                f"The reference has {reference.size} outputs and the model {model.size}.",
                "They are not the same model: name the reference that it was made from.",
            )
        p, q = reference.astype(np.float64), model.astype(np.float64)
        if not (np.isfinite(p).all() and np.isfinite(q).all()):
            raise WrongFile("A logit is not a finite number.", "Convert the model again.")
        self.positions += 1
        self._count += p.size
        self._error += float(np.square(q - p).sum())
        self._sum += float(p.sum())
        self._squares += float(np.square(p).sum())
        self._same_top += int(p.argmax() == q.argmax())
        log_p, log_q = _log_softmax(p), _log_softmax(q)
        self._divergences.append(max(float((np.exp(log_p) * (log_p - log_q)).sum()), 0.0))

    def figures(self) -> dict[str, float]:
        """Return the figures by name.

        Raises:
            WrongFile: no position was seen, or the reference says the same of every token.
        """
        import numpy as np

        mean = self._sum / self._count if self._count else 0.0
        spread = self._squares - self._count * mean**2
        if not spread > 0:
            raise WrongFile(
                "The reference tells no tokens apart, so nothing can be compared with it.",
                "Name a reference that was trained.",
            )
        return {
            "nmse": self._error / spread,
            "kl": float(np.mean(self._divergences)),
            "kl_p99": float(np.percentile(self._divergences, 99)),
            "top_token": self._same_top / self.positions,
        }


def compare(reference: Logits, model: Logits, windows: Iterable[Sequence[int]]) -> Divergence:
    """Ask both for the same windows of tokens, row by row.

    Raises:
        WrongFile: a model can't be evaluated, or they have other vocabularies.
    """
    found = Divergence()
    for window in windows:
        for p, q in zip(reference.logits(window), model.logits(window), strict=True):
            found.add(p, q)
    return found


def _log_softmax(row: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    shifted = row - row.max()
    found: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return found
