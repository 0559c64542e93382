"""The report beside a model file: what it was made of, and proof that it says the same.

`convert verify` writes `MODEL.json` beside `MODEL.gguf`; this module is its format and its
reader, and decides whether a chat model may be chosen. A report is believed only as far as it
can be recomputed: the file's sha256 is compared, and the verdict is worked out again from the
figures against the limits below, never read.

What is covered: a file altered after it was proven, figures outside their limits, figures that
lack. What is not: a report forged together with its file; whether the model is any good. It
knows no engine and runs no model.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elara_local.errors import Missing, WrongFile
from elara_local.weights import digest

# Mean Kullback-Leibler divergence (natural logarithm) of the next token's distribution from the
# float32 reference's, at most; and the mean squared error of the logits over their variance.
# Sources: llama.cpp's tools/perplexity README (Llama-3-8B on wikitext-2) with room for a small
# model, and its examples/model-conversion/check-nmse.py for the normalised error.
# Measured on SmolLM2-135M from its Q4_1 file, so rounded twice (1,024 tokens; KL, NMSE): F16
# 5.1e-6, 1.9e-6; BF16 2.1e-4, 9.9e-5; Q8_0 0.0058, 0.0019; Q6_K 0.015, 0.0048; Q4_K_M 0.084,
# 0.037; Q4_0 0.39, 0.25. The Q4_1 file against its own numbers in float32: 0.0042, for llama.cpp
# rounds what flows between layers to 8 bits too. So a model as small passes in F16 and BF16 and
# is refused in Q8_0 and the k-quants: the limits say how far an answer may drift.
KL_LIMITS: Mapping[str, float] = {
    "F32": 1e-5, "F16": 1e-5, "BF16": 5e-4, "Q8_0": 0.002, "Q6_K": 0.008, "Q5_K_M": 0.015,
    "Q5_K_S": 0.02, "Q4_K_M": 0.05, "Q4_K_S": 0.06, "Q4_1": 0.08, "Q4_0": 0.09,
    "IQ4_XS": 0.06, "IQ4_NL": 0.06, "Q3_K_L": 0.1, "Q3_K_M": 0.12, "Q3_K_S": 0.2, "Q2_K": 0.5,
}  # fmt: skip
NMSE_LIMITS: Mapping[str, float] = {"F32": 1e-5, "F16": 1e-5, "BF16": 1e-3}
OTHER_NMSE = 0.05
TOP_TOKEN = {"F32": 0.999, "F16": 0.99, "BF16": 0.98, "Q8_0": 0.95, "Q6_K": 0.93}
OTHER_TOP_TOKEN = 0.80
# Divergence from the untouched base, at least so many times that from the reference: 10 for
# floats (measured: 2.5e5, and under 1e-5 where the adapter was left out). A rounded file adds its
# own error to both sides, so twice is asked of it: one that lacks the adapter has less than 1.
ADAPTER_IN = {"F32": 10.0, "F16": 10.0, "BF16": 10.0}
OTHER_ADAPTER_IN = 2.0
PUBLISHED = "as published"  # a reference: the file was checked by itself, compared with nothing
FORMAT = 1
DAMAGE = (
    OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """One report.

    `figures` holds, where they apply:

    token_parity   share of texts tokenised as the reference does (must be 1); of a file that is
                   as published: share that comes back from its tokens as it was
    template_parity  share of conversations rendered as the reference does (must be 1); of a
                   file that is as published: 1.0 when its template renders the program's prompts
    nmse, kl, kl_p99, top_token   against the float32 reference: see the limits
    adapter_in     divergence from the untouched base over that from the reference
    golden         share of the ten golden questions with the reference's first tokens; of a
                   file that is as published: share that it answers at all (must be 1)
    loaded         1.0 when a process of its own loaded the file and evaluated a token
    """

    file: str
    sha256: str
    quantization: str
    architecture: str
    base: str
    base_sha256: str
    reference: str  # what it was compared with: PUBLISHED, or a few words
    figures: Mapping[str, float]
    adapter: str = ""
    adapter_sha256: str = ""
    template_sha256: str = ""
    licence: str = ""
    command: str = ""
    made: str = ""  # the day, ISO 8601
    versions: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[Mapping[str, str], ...] = ()  # question, reference, file: the first words
    notes: tuple[str, ...] = ()
    format: int = FORMAT


def proof_path(model: Path) -> Path:
    """Where the report of a model file lies."""
    return model.with_suffix(".json")


def write_proof(proof: Proof, model: Path) -> Path:
    """Write the report beside the file, whole or not at all; return its path."""
    path = proof_path(model)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(dataclasses.asdict(proof), indent=1, ensure_ascii=False) + "\n")
    part.replace(path)
    return path


def read_proof(model: Path) -> Proof:
    """Read the report of a model file.

    Raises:
        Missing: there is none.
        WrongFile: it is not a report of this format.
    """
    path = proof_path(model)
    if not path.is_file():
        raise Missing(f"{model.name} has no report ({path.name}).", _verify_hint(model))
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']}")
        for name in (f.name for f in dataclasses.fields(Proof) if f.type == "str"):
            if not isinstance(values.get(name, ""), str):
                raise ValueError(f"{name} is no text")
        figures = {str(k): float(v) for k, v in values["figures"].items()}
        several = {name: tuple(values.get(name, ())) for name in ("answers", "notes")}
        return Proof(**{**values, "figures": figures, **several})
    except DAMAGE as error:
        raise WrongFile(f"{path.name} is not a report ({error}).", _verify_hint(model)) from error


def find_faults(proof: Proof) -> list[str]:
    """Return what keeps the file from being used; empty when it has passed."""
    kind = proof.quantization
    held = {n: v for n, v in proof.figures.items() if math.isfinite(v) and v >= 0}
    needed = {"token_parity": 1.0, "template_parity": 1.0, "loaded": 1.0}
    most: dict[str, float] = {}
    if proof.reference == PUBLISHED:
        needed["golden"] = 1.0
    else:
        needed["top_token"] = TOP_TOKEN.get(kind, OTHER_TOP_TOKEN)
        most = {"kl": KL_LIMITS.get(kind, 0.0), "nmse": NMSE_LIMITS.get(kind, OTHER_NMSE)}
    if proof.adapter and proof.reference != PUBLISHED:
        needed["adapter_in"] = ADAPTER_IN.get(kind, OTHER_ADAPTER_IN)
    faults = [
        f"{name} is {held.get(name, math.nan):.4g}, at least {least:g} is asked"
        for name, least in needed.items()
        if not held.get(name, math.nan) >= least
    ]
    return faults + [
        f"{name} is {held.get(name, math.nan):.4g}, at most {limit:g} is allowed for {kind}"
        for name, limit in most.items()
        if not held.get(name, math.nan) <= limit
    ]


def require_proof(model: Path, sha256: str = "") -> Proof:
    """Return the report of a file that may be used.

    `sha256` is the file's where its bytes were just read; "" = they are read here.

    Raises:
        Missing: it has no report.
        WrongFile: the report did not pass, or the file is not the one that was proven.
    """
    proof = read_proof(model)
    if faults := find_faults(proof):
        raise WrongFile(f"{model.name} was not proven: {'; '.join(faults)}.", _verify_hint(model))
    if (sha256 or digest(model)) != proof.sha256:
        raise WrongFile(f"{model.name} was altered after it was proven.", _verify_hint(model))
    return proof


def _verify_hint(model: Path) -> str:
    return f"Run: python3 launcher.py convert verify REFERENCE {model.name}, or convert it again."
