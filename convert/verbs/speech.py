"""The verb `speech`: a speech model for the field laptop, proven on what it hears."""

from __future__ import annotations

import argparse

from convert.encoders.speech import convert_speech
from convert.verbs.folders import add_folders, show_report, take_folders, whisper
from convert.verbs.verb import Verb
from elara_local.settings import Settings


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    source, out, command = take_folders(arguments)
    report = convert_speech(source, out, whisper, arguments.licence, command)
    return show_report(report, out, arguments.json)


VERB = Verb("speech", "make a speech model for CTranslate2 and prove it", add_folders, _run)
