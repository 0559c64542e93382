"""The table of verbs, in the order of `python -m convert --help`.

A verb is one module of this folder with a constant VERB; its heavy libraries are imported when
it runs. It knows names alone.
"""

from __future__ import annotations

from importlib import import_module

from convert.verbs.verb import Verb

MODULES: tuple[str, ...] = (
    "merge",
    "gguf",
    "export",
    "examples",
    "verify",
    "quantize",
    "embedder",
    "translation",
    "speech",
    "adapter",
    "train",
)


def read_verbs() -> list[Verb]:
    """Return every verb."""
    return [import_module(f"convert.verbs.{name}").VERB for name in MODULES]
