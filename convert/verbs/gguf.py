"""The verb `gguf`: a base as it is becomes a GGUF file that was proven."""

from __future__ import annotations

import argparse

from convert.verbs.merge import add_common, run_order
from convert.verbs.verb import Verb
from elara_local.settings import Settings


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    return run_order(arguments, settings, None)


VERB = Verb("gguf", "make a Hugging Face model into a GGUF, and prove it", add_common, _run)
