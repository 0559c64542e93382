"""An embedding model from safetensors to CTranslate2 int8, proven by the angle of its vectors.

The mapping is the app's own (`elara_local.engines.embedding.conversion`). The reference is
sentence-transformers in float32 where it is installed and the folder says how to pool; else the
same mapping in float32, which shows what int8 loses but no fault of the mapping. The report says
which. It knows no catalogue.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from convert.encoders.folders import require_folder, require_new
from convert.encoders.report import Report, hash_files, whole_folder, write_report
from convert.progress import Say, silent
from elara_local.engines.embedding.conversion import Manner, convert_encoder
from elara_local.engines.embedding.ct2 import CTranslate2
from elara_local.engines.embedding.reference import SentenceTransformers
from elara_local.errors import ElaraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPES = ("bert",)
INDEPENDENT = "sentence-transformers, float32"
SAME_MAPPING = "the same mapping in float32: what the mapping itself does was not compared"


def convert_embedder(
    source: Path,
    out: Path,
    texts: Sequence[str],
    manner: Manner | None = None,
    say: Say = silent,
    threads: int = 0,
    licence: str = "",
    command: str = "",
) -> Report:
    """Make the folder `out`, whole and proven or not at all; return its report.

    `manner` is how the model wants to be asked, where its folder does not say it.

    Raises:
        NotEqual: the vectors of `texts` are too far from the reference's.
        WrongUse, WrongFile: the source can't be converted.
    """
    require_folder(source, TYPES)
    require_new(out, source)
    if not texts:
        raise ElaraError("There is no text to compare the vectors on.", "Give some.")
    with whole_folder(out) as scratch:
        say(f"making int8 of {source.name}")
        convert_encoder(source, scratch / "model", manner)
        say(f"comparing the vectors of {len(texts)} texts")
        made = CTranslate2(scratch / "model", threads).embed(texts)
        expected, words = _embed_reference(source, scratch, texts, manner, threads)
        report = Report(
            kind="embedding",
            source=source.name,
            sources=hash_files(source, "*.safetensors"),
            files={},
            quantization="int8",
            reference=words,
            figures=measure_angles(made, expected),
            measured_on=f"{len(texts)} texts",
            licence=licence,
            command=command,
        )
        return write_report(report, scratch / "model")


def measure_angles(made: NDArray[np.float32], expected: NDArray[np.float32]) -> Mapping[str, float]:
    """Return the mean and the lowest cosine of two tables of rows, (n, d) each."""
    lengths = np.linalg.norm(made, axis=-1) * np.linalg.norm(expected, axis=-1)
    cosines = (made.astype(np.float64) * expected).sum(axis=-1) / np.maximum(lengths, 1e-12)
    return {"cosine_mean": float(cosines.mean()), "cosine_least": float(cosines.min())}


def _embed_reference(
    source: Path, scratch: Path, texts: Sequence[str], manner: Manner | None, threads: int
) -> tuple[NDArray[np.float32], str]:
    known = importlib.util.find_spec("sentence_transformers") is not None
    if known and (source / "modules.json").is_file():
        prefix = manner.passage_prefix if manner else ""
        reference = SentenceTransformers(source)
        return reference.embed([prefix + text for text in texts]), INDEPENDENT
    convert_encoder(source, scratch / "float32", manner, quantization="float32")
    exact = CTranslate2(scratch / "float32", threads, compute_type="float32")
    return exact.embed(texts), SAME_MAPPING
