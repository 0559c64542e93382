"""The verb `embedder`: an embedding model for the field laptop, proven by its vectors."""

from __future__ import annotations

import argparse

from convert.encoders.embedder import convert_embedder
from convert.verbs.folders import add_folders, show_report, take_folders, whisper
from convert.verbs.handbook import spread_lines
from convert.verbs.verb import Verb
from elara_local.engines.embedding.conversion import Manner
from elara_local.engines.embedding.ct2 import POOLINGS
from elara_local.settings import Settings

LINES = 200  # as many as the project's own encoder was measured on


def _add(parser: argparse.ArgumentParser) -> None:
    add_folders(parser)
    parser.add_argument("--pooling", choices=POOLINGS, help="where the folder does not say it")
    parser.add_argument("--query-prefix", default="", help="what stands before a question")
    parser.add_argument("--passage-prefix", default="", help="what stands before a passage")


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    source, out, command = take_folders(arguments)
    prefixes = arguments.query_prefix, arguments.passage_prefix
    manner = None
    if arguments.pooling or any(prefixes):
        manner = Manner(arguments.pooling or "mean", *prefixes)
    report = convert_embedder(
        source,
        out,
        spread_lines(LINES),
        manner,
        whisper,
        settings.threads,
        arguments.licence,
        command,
    )
    return show_report(report, out, arguments.json)


VERB = Verb("embedder", "make an embedding model for CTranslate2 and prove it", _add, _run)
