"""The verb `translation`: a translation model for the field laptop, proven on what it says."""

from __future__ import annotations

import argparse
from pathlib import Path

from convert.encoders.translation import convert_translation
from convert.verbs.folders import add_folders, show_report, take_folders, whisper
from convert.verbs.handbook import spread_lines
from convert.verbs.verb import Verb
from elara_local.errors import WrongFile
from elara_local.settings import Settings

LINES = 50


def _add(parser: argparse.ArgumentParser) -> None:
    add_folders(parser)
    parser.add_argument("--from", dest="origin", default="", help="of a model of many languages")
    parser.add_argument("--into", default="", help="of a model of many languages")
    parser.add_argument(
        "--texts", type=Path, help="lines in the language it reads; default: the handbook's English"
    )


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    source, out, command = take_folders(arguments)
    texts = _read_lines(arguments.texts) if arguments.texts else spread_lines(LINES)
    languages = arguments.origin, arguments.into
    report = convert_translation(source, out, texts, languages, whisper, arguments.licence, command)
    return show_report(report, out, arguments.json)


def _read_lines(path: Path) -> list[str]:
    try:
        lines = path.expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFile(f"{path} can't be read ({error}).", "Give a text file in UTF-8.") from error
    return [line.strip() for line in lines if line.strip()]


VERB = Verb("translation", "make a translation model for CTranslate2 and prove it", _add, _run)
