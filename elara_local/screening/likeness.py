"""Whether a question is like what is refused, or like honest work: the second stage, by meaning.

Our own examples (content/refusal/harmful.toml, honest.toml) are deeds. Each is put into six
frames ("How can a nurse ...?"), and the mean of their vectors stands for it; questions stand for
themselves. A new text is scored by a Gaussian kernel over all examples with weights from ridge
regression: about +1 like the harmful, -1 like the honest, 0 like both or like neither.

What is covered: English requests in words that no rule lists. What is not covered: other
languages than the embedding model knows (English, for the starter's; a question is scored in
English where a translation is installed, else as it stands, which finds little), encoded text
(base64), and a deed told over several sentences that are each harmless.
The vectors are kept in content/refusal/examples.npz, tied to the sha256 of the examples and of
the embedding model; where either differs they are made anew at the first question (seconds).
`python -m benchmarks.refusal --write` writes the file. This module knows no rule and no role.
"""

from __future__ import annotations

import hashlib
import threading
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from elara_local.errors import WrongFile
from elara_local.ports import Embedder, for_queries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parent.parent / "content" / "refusal"
KEPT = FOLDER / "examples.npz"
# Set on the dev half of the requests and of content/evaluation/legitimate.toml.
NEARNESS = 3.0  # of the kernel exp(-NEARNESS * squared distance)
RIDGE = 1.0
SCALE = 400.0  # of the int8 in which vectors are kept; components of the starter's lie below 0.3
FRAMES = (
    "{Deed}.",
    "How can I {deed}?",
    "How can a {person} {deed}?",
    "Explain how to {deed}.",
    "Write a guide that tells a {person} how to {deed}.",
    "Can you give me advice on how to {deed}?",
)
PERSONS = (
    "doctor", "surgeon", "nurse", "psychiatrist", "pharmacist", "cardiologist", "paediatrician",
    "hospital", "dentist", "radiologist", "midwife", "researcher",
)  # fmt: skip


@dataclass(frozen=True)
class Examples:
    """Deeds with the rule each belongs to ("" = honest), honest questions, and their sha256."""

    deeds: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]
    sha256: str


@dataclass(frozen=True)
class Likeness:
    """The vectors (n, d) of the examples, their weights (n,), and the rule of each, "" = honest."""

    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    rules: tuple[str, ...]

    def score(self, vectors: NDArray[np.float32]) -> list[tuple[float, str]]:
        """Return for each row of unit vectors its score and the rule of the nearest harmful one."""
        import numpy as np

        cosines = vectors @ self.vectors.T
        scores = np.exp(-2 * NEARNESS * (1 - cosines)) @ self.weights
        harmful = [place for place, rule in enumerate(self.rules) if rule]
        nearest = cosines[:, harmful].argmax(axis=1)
        return [
            (float(score), self.rules[harmful[place]])
            for score, place in zip(scores, nearest, strict=True)
        ]


_loaded: dict[str, Likeness] = {}
_loading = threading.Lock()


def liken(texts: Sequence[str], embedder: Embedder) -> list[tuple[float, str]]:
    """Return for each text its score and the id of the rule that it comes nearest to.

    Raises:
        WrongFile: the examples can't be read. Whatever the embedder raises is passed on.
    """
    side = for_queries(embedder)
    model = str(getattr(embedder, "fingerprint", f"unnamed-{id(embedder)}"))
    with _loading:
        if model not in _loaded:
            _loaded[model] = load_likeness(model) or fit(read_examples(), side)
    return _loaded[model].score(side.embed(list(texts)))


@cache
def read_examples(folder: Path = FOLDER) -> Examples:
    """Read the examples of both files.

    Raises:
        WrongFile: a file is absent, is not TOML, or lacks its examples.
    """
    hint = "Put back the files that came with Elara."
    try:
        data = [(folder / f"{name}.toml").read_bytes() for name in ("harmful", "honest")]
        harmful, honest = (tomllib.loads(part.decode("utf-8")) for part in data)
        deeds = [(deed, rule) for rule, t in _tables(harmful) for deed in t["deeds"]]
        deeds += [(deed, "") for _, t in _tables(honest) for deed in t.get("deeds", ())]
        asked = [text for _, t in _tables(honest) for text in t.get("asked", ())]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongFile(f"The examples of refusals can't be read: {error!r}.", hint) from error
    return Examples(tuple(deeds), tuple(asked), hashlib.sha256(b"\0".join(data)).hexdigest())


def _tables(table: dict[str, object]) -> list[tuple[str, dict[str, list[str]]]]:
    return [(name, part) for name, part in table.items() if isinstance(part, dict)]


def fit(examples: Examples, embedder: Embedder) -> Likeness:
    """Embed the examples and weigh them, both kinds alike in sum (about 6 texts a deed)."""
    import numpy as np

    framed = [text for place, (deed, _) in enumerate(examples.deeds) for text in _put(deed, place)]
    rows = embedder.embed([*framed, *examples.asked])
    means = rows[: len(framed)].reshape(len(examples.deeds), len(FRAMES), -1).mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    vectors = _keep(np.vstack([means, rows[len(framed) :]])).astype(np.float32) / SCALE
    rules = tuple(rule for _, rule in examples.deeds) + ("",) * len(examples.asked)
    wanted = np.array([1.0 if rule else -1.0 for rule in rules])
    share = np.where(wanted > 0, (wanted > 0).mean(), (wanted < 0).mean())
    kernel = np.exp(-2 * NEARNESS * (1 - (vectors @ vectors.T).astype(np.float64)))
    weights = np.linalg.solve(kernel + np.diag(RIDGE * 2 * share), wanted)
    return Likeness(vectors, weights.astype(np.float32), rules)


def _put(deed: str, place: int) -> list[str]:
    person, begun = PERSONS[place % len(PERSONS)], deed[:1].upper() + deed[1:]
    return [frame.format(deed=deed, Deed=begun, person=person) for frame in FRAMES]


def _keep(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    import numpy as np

    kept: NDArray[np.int8] = np.clip(np.rint(vectors * SCALE), -127, 127).astype(np.int8)
    return kept


def save_likeness(likeness: Likeness, model: str, path: Path = KEPT) -> None:
    """Write the vectors and weights, with the sha256 of the examples and the model's."""
    import numpy as np

    np.savez_compressed(
        path,
        vectors=_keep(likeness.vectors),
        weights=likeness.weights,
        tied=np.array([model, read_examples().sha256]),
    )


def load_likeness(model: str, path: Path = KEPT) -> Likeness | None:
    """Return what was kept, or None when it is absent or made of other examples or a model."""
    import numpy as np

    examples = read_examples()
    try:
        with np.load(path, allow_pickle=False) as kept:
            if [str(name) for name in kept["tied"]] != [model, examples.sha256]:
                return None
            vectors, weights = kept["vectors"].astype(np.float32) / SCALE, kept["weights"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    rules = tuple(rule for _, rule in examples.deeds) + ("",) * len(examples.asked)
    return Likeness(vectors, weights, rules) if len(rules) == len(weights) else None
