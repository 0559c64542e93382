"""The words of the command line: one parser, a subcommand for each verb."""

from __future__ import annotations

import argparse
from pathlib import Path

from elara_local.roles import ROLE_IDS

DESCRIPTION = "Elara Local: cited answers for clinicians, without internet."
LANGUAGES = ("auto", "en", "fr", "es", "pt", "sw")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    top = argparse.ArgumentParser(prog="elara", description=DESCRIPTION)
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND")

    serve = verbs.add_parser("serve", help="open the window (also the default command)")
    serve.add_argument("--port", type=int, help="port on 127.0.0.1; 0 = any free one")
    serve.add_argument("--no-browser", action="store_true", help="print the address only")

    ask = verbs.add_parser("ask", help="answer a question in the terminal")
    ask.add_argument("question", nargs="?")
    ask.add_argument("--role", choices=ROLE_IDS)
    ask.add_argument("--language", choices=LANGUAGES)
    ask.add_argument("--top", type=_count, default=5, help="passages shown (1 to 20)")
    ask.add_argument(
        "--generator",
        choices=("quoting", "llama.cpp"),
        help="exact quotes, or written by the model and checked",
    )
    _outputs(ask)

    search = verbs.add_parser("search", help="passages only")
    search.add_argument("words", nargs="?")
    search.add_argument("--top", type=_count, default=5, help="passages shown (1 to 20)")
    _outputs(search)

    screen = verbs.add_parser("screen", help="the emergency and refusal rules alone")
    screen.add_argument("text", nargs="?")
    screen.add_argument("--role", choices=ROLE_IDS, default="professional")
    _outputs(screen)

    check = verbs.add_parser("check", help="the grounding check alone")
    check.add_argument("--claim")
    check.add_argument("--source")
    _outputs(check)

    detect = verbs.add_parser("detect", help="the language of a text")
    detect.add_argument("text", nargs="?")
    _outputs(detect)

    _models(verbs.add_parser("models", help="what is installed, from where, under which licence"))

    evaluate = verbs.add_parser("evaluate", help="the evaluation suites")
    evaluate.add_argument("--suite", action="append", choices=("retrieval", "answers"))
    evaluate.add_argument("--data", type=Path, help="folder of the public question sets")
    evaluate.add_argument("--json", action="store_true")

    doctor = verbs.add_parser("doctor", help="ready for the field? part by part")
    doctor.add_argument("--json", action="store_true")
    return top


def _models(models: argparse.ArgumentParser) -> None:
    deeds = models.add_subparsers(dest="deed", metavar="DEED", required=True)
    for deed, what in (
        ("list", "every model of the catalogue and whether it is installed"),
        ("verify", "read every byte again and compare checksums"),
        ("prepare", "install the starter models (done at first start)"),
    ):
        deeds.add_parser(deed, help=what).add_argument("--json", action="store_true")
    add = deeds.add_parser("add", help="install a model from a folder or a file")
    add.add_argument("name")
    add.add_argument("source", type=Path, nargs="?")
    remove = deeds.add_parser("remove", help="remove an installed model")
    remove.add_argument("name")


def _outputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument(
        "--batch",
        type=Path,
        metavar="FILE",
        help="read JSONL, one object of arguments a line; print one a line",
    )


def _count(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if not 1 <= number <= 20:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to 20")
    return number
