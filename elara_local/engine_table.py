"""The table of engines: the one place that names them, and how one is built.

An engine is one class in one file and one line here, best first. Presence is probed with
find_spec, never by importing; the choice is a pure function of what is wanted and what is
there. It knows no setting, no model and no port's meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from elara_local.assistant import QUOTING
from elara_local.errors import Missing

ENGINES: dict[str, dict[str, str]] = {
    "generator": {
        "llama.cpp": "elara_local.engines.chat.llamacpp:LlamaCpp",
        QUOTING: "elara_local.engines.chat.quoting:Quoting",
    },
    "embedder": {
        "ctranslate2": "elara_local.engines.embedding.ct2:CTranslate2",
        "sentence-transformers": "elara_local.engines.embedding.reference:SentenceTransformers",
    },
    "entailment": {"ctranslate2": "elara_local.engines.entailment.ct2:CTranslate2Entailment"},
}
NEEDS = {
    "llama.cpp": "llama_cpp",
    "ctranslate2": "ctranslate2",
    "sentence-transformers": "sentence_transformers",
}
LLAMA = "llama.cpp"


def available(port: str) -> list[str]:
    """Return the names of a port's engines whose package is installed, best first."""
    return [n for n in ENGINES[port] if n not in NEEDS or find_spec(NEEDS[n]) is not None]


def choose(wanted: str, present: Sequence[str], default: str) -> str:
    """Return the engine to use: the one wanted, else the default, else the first there is."""
    for name in (wanted, default):
        if name in present:
            return name
    return present[0]


def load(port: str, name: str, **options: Any) -> Any:
    """Build an engine.

    Raises:
        Missing: its package is not installed or can't be loaded.
    """
    module, _, engine = ENGINES[port][name].partition(":")
    try:
        return getattr(import_module(module), engine)(**options)
    except (ImportError, OSError) as error:
        raise Missing(
            f"The engine {name} can't be loaded ({error}).", "Run: python3 launcher.py doctor"
        ) from error
