"""The kinds of quantization that are offered, by llama.cpp's names, and how coarse each is.

It knows no file and no library but the numbers behind the names.
"""

from __future__ import annotations

from collections.abc import Sequence

from elara_local.engines.chat.native import load_library
from elara_local.errors import WrongUse

# llama.cpp's kinds (llama_ftype in llama.h), best first. Left out: TQ1_0, TQ2_0, Q1_0, Q2_0,
# MXFP4_MOE and NVFP4, which are for models that were trained so.
PLAIN = ("F32", "BF16", "F16")
GOOD = ("Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q5_1", "Q5_0", "Q4_K_M", "Q4_K_S", "Q4_1", "Q4_0",
        "IQ4_NL", "IQ4_XS", "Q3_K_L", "Q3_K_M", "IQ3_M")  # fmt: skip
# At most 3.5 bits a weight. llama.cpp's tools/perplexity README measures for Llama-3-8B as Q2_K
# a divergence of 0.4, with another first word in three of ten places: not for doses.
LOW = ("Q3_K_S", "IQ3_S", "IQ3_XS", "IQ3_XXS", "Q2_K", "Q2_K_S", "IQ2_M", "IQ2_S", "IQ2_XS",
       "IQ2_XXS", "IQ1_M", "IQ1_S")  # fmt: skip
KINDS = PLAIN + GOOD + LOW
# Types of single tensors (ggml_type), for overrides.
TYPES = (*PLAIN, "Q8_0", "Q6_K", "Q5_K", "Q5_1", "Q5_0", "Q4_K", "Q4_1", "Q4_0", "IQ4_NL",
         "IQ4_XS", "Q3_K")  # fmt: skip
LOW_TYPES = ("IQ3_S", "IQ3_XXS", "Q2_K", "IQ2_S", "IQ2_XS", "IQ2_XXS", "IQ1_M", "IQ1_S")


def require_kinds(kind: str, types: Sequence[str], allow_low_quality: bool) -> None:
    """Refuse a kind, or types of single tensors, that there are not or that nobody asked for.

    Raises:
        WrongUse: with the name and the way out.
    """
    if kind not in KINDS:
        raise WrongUse(f"'{kind}' is no kind of quantization.", f"Choose: {', '.join(KINDS)}.")
    for name in types:
        if name not in (*TYPES, *LOW_TYPES):
            raise WrongUse(f"'{name}' is no type of a tensor.", f"Choose: {', '.join(TYPES)}.")
    poor = [name for name in (kind, *types) if name in (*LOW, *LOW_TYPES)]
    if poor and not allow_low_quality:
        raise WrongUse(
            f"{poor[0]} keeps at most 3.5 bits of a weight: too coarse for clinical text.",
            "Take Q4_K_M, or say --allow-low-quality.",
        )
    if types and kind in PLAIN:
        raise WrongUse(f"{kind} rounds no tensor, so none can be overridden.", "Leave them out.")


def file_type(kind: str) -> int:
    """Return llama.cpp's number of one of KINDS."""
    name = "LLAMA_FTYPE_ALL_F32" if kind == "F32" else f"LLAMA_FTYPE_MOSTLY_{kind}"
    return int(getattr(load_library(), name))


def tensor_type(name: str) -> int:
    """Return ggml's number of one of TYPES; -1, which is "not set", of ""."""
    import gguf

    return int(gguf.GGMLQuantizationType[name]) if name else -1
