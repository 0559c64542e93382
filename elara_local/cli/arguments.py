"""The words of the command line: one parser, a subcommand for each verb.

The same arguments may come as lines of a JSONL batch; they are read and judged here too. It
knows the names of roles and languages, and no deed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from elara_local.errors import WrongUse
from elara_local.evaluation.register import NAMES
from elara_local.roles import ROLE_IDS

DESCRIPTION = "Elara Local: cited answers for clinicians, without internet."
LANGUAGES = ("auto", "en", "fr", "es", "pt", "sw")
GENERATORS = ("quoting", "llama.cpp")
HALVES = ("dev", "test", "all")
MOST = 20  # passages shown
TEXTS = {
    "ask": ("question",),
    "search": ("words",),
    "screen": ("text",),
    "check": ("claim", "source"),
    "detect": ("text",),
    "calculate": ("text",),
}
CHOICES = {"role": ROLE_IDS, "language": LANGUAGES, "generator": GENERATORS}


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
        choices=GENERATORS,
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

    calculate = verbs.add_parser("calculate", help="a score or a formula, by code")
    calculate.add_argument("text", nargs="?", help='as in "CrCl 72 y 60 kg creat 1.4 female"')
    calculate.add_argument("--list", action="store_true", help="every calculator and its facts")
    _outputs(calculate)

    detect = verbs.add_parser("detect", help="the language of a text")
    detect.add_argument("text", nargs="?")
    _outputs(detect)

    _models(verbs.add_parser("models", help="what is installed, from where, under which licence"))

    _evaluation(verbs.add_parser("evaluate", help="the evaluation suites"))

    doctor = verbs.add_parser("doctor", help="ready for the field? part by part")
    doctor.add_argument("--json", action="store_true")
    return top


def _models(models: argparse.ArgumentParser) -> None:
    deeds = models.add_subparsers(dest="deed", metavar="DEED", required=True)
    for name, what in (
        ("list", "every model of the catalogue and whether it is installed"),
        ("verify", "read every byte again and compare checksums"),
        ("prepare", "install the starter models (done at first start)"),
    ):
        deeds.add_parser(name, help=what).add_argument("--json", action="store_true")
    add = deeds.add_parser("add", help="install a model from a folder or a file")
    add.add_argument("name")
    add.add_argument("source", type=Path, nargs="?", help="folder or file that holds it")
    add.add_argument("--from", dest="origin", type=Path, help="the same, as hints write it")
    remove = deeds.add_parser("remove", help="remove an installed model")
    remove.add_argument("name")
    for deed in (add, remove):
        deed.add_argument("--json", action="store_true")


def _evaluation(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("--suite", action="append", choices=NAMES, help="left out: all of them")
    evaluate.add_argument("--half", choices=HALVES, default="all", help="which half of the items")
    evaluate.add_argument("--limit", type=_whole, default=0, help="most items of a suite; 0 = all")
    evaluate.add_argument("--seed", type=_whole, default=7, help="chooses samples")
    evaluate.add_argument("--data", type=Path, help="folder of the public question sets")
    evaluate.add_argument("--model", help="an installed chat model, by its name in `models list`")
    evaluate.add_argument("--fresh", action="store_true", help="begin a new run, go on with none")
    evaluate.add_argument("--out", type=Path, help="write the report here as well")
    deeds = evaluate.add_mutually_exclusive_group()
    deeds.add_argument("--list", action="store_true", help="the suites and the runs so far")
    deeds.add_argument("--compare", nargs=2, metavar="RUN", help="two runs side by side")
    evaluate.add_argument("--json", action="store_true")


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
    if not 1 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {MOST}")
    return number


def _whole(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number, text) of each line of a batch that is not blank.

    Raises:
        WrongUse: the file can't be read or is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line
    except (OSError, ValueError) as error:
        raise WrongUse(f"{path} can't be read: {error}.", "Name a JSONL file in UTF-8.") from error


def read_entry(number: int, line: str) -> Mapping[str, Any]:
    """Return the arguments in one line of a batch.

    Raises:
        WrongUse: the line is not a JSON object.
    """
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise WrongUse(
            f"Line {number} is not a JSON object.",
            'Write one object a line, such as {"question": "..."}.',
        )
    return entry


def require_arguments(verb: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of one line, held to what the command line would take.

    A search may call its words "text".

    Raises:
        WrongUse: a text is missing or empty, or a value is none that the verb takes.
    """
    if verb == "search":
        entry = {"words": entry.get("text"), **entry}
    named = verb == "calculate" and entry.get("calculator")
    for name in () if named else TEXTS[verb]:
        text = entry.get(name)
        if not isinstance(text, str) or not text.strip():
            raise WrongUse(f"'{verb}' needs its {name}.", f'Write it as {{"{name}": "..."}}.')
    for name, known in CHOICES.items():
        if (value := entry.get(name)) is not None and value not in known:
            raise WrongUse(f"There is no {name} {value!r}.", f"Choose from: {', '.join(known)}.")
    top = entry.get("top")
    if top is not None and (type(top) is not int or not 1 <= top <= MOST):
        raise WrongUse(f"top is {top!r}, not a number from 1 to {MOST}.", "Leave it out for 5.")
    return entry
