"""From the arguments to the deed: every verb is one function that prints and returns a code.

A batch reads JSONL and prints one object a line in the same order, with everything loaded
once. It knows rooms, not engines.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from elara_local.assemble import Elara, assemble
from elara_local.chat_models import require_chat_model
from elara_local.cli.arguments import parser, read_entry, read_lines, require_arguments
from elara_local.cli.calculation import run_calculation, say_calculation, say_list
from elara_local.cli.doctor import print_doctor
from elara_local.cli.evaluation import print_evaluation
from elara_local.cli.reports import run_models
from elara_local.emergency import judge_subject, screen
from elara_local.engine_table import LLAMA
from elara_local.errors import ElaraError, Missing, WrongUse
from elara_local.events import Finished, as_json
from elara_local.grounding.check import check
from elara_local.language import detect
from elara_local.offline import guard, quiet_environment
from elara_local.records import Answer, Listing, Question
from elara_local.refusal import refuse
from elara_local.render import listing_to_text, to_text
from elara_local.settings import Settings, read_settings
from elara_local.text import clean_text

LONGEST = 100_000
Run = Callable[[Mapping[str, Any]], Any]


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; no traceback reaches the user."""
    _speak_utf8()
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["serve", *given]
    arguments = parser().parse_args(given)
    try:
        settings = read_settings(_flags(arguments))
        quiet_environment(settings.temp)
        return VERBS[arguments.verb](arguments, settings)
    except ElaraError as error:
        _complain(error, bool(getattr(arguments, "json", False)))
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - no traceback may reach a clinician
        known = _unforeseen(error)
        _complain(known, bool(getattr(arguments, "json", False)))
        return known.exit_code


def _flags(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(arguments, name, None) for name in ("port", "role", "language")}


def _complain(error: ElaraError, as_object: bool) -> None:
    if as_object:
        print(json.dumps(_as_object(error), ensure_ascii=False))
    print(str(error), file=sys.stderr)


def _as_object(error: ElaraError) -> dict[str, str]:
    return {"error": error.message, "hint": error.hint}


def _unforeseen(error: Exception) -> ElaraError:
    """Say what nobody foresaw without the words of whoever asked: a file's name, or a kind."""
    if isinstance(error, OSError) and error.filename:
        return Missing(
            f"{error.filename} can't be used: {error.strerror}.",
            "Correct that, or let ELARA_HOME name a folder that you can write to.",
        )
    kind = type(error).__name__
    return ElaraError(f"Something failed inside Elara ({kind}).", "Run: python3 launcher.py doctor")


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    from elara_local.ui.serve import serve

    return serve(settings, open_browser=not arguments.no_browser)


def _ask(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.generator == LLAMA:
        require_chat_model(settings)
    elara = assemble(settings)

    def ask(entry: Mapping[str, Any]) -> Answer:
        question = Question(
            text=entry["question"],
            role=entry.get("role") or settings.role,
            language=entry.get("language") or settings.language,
            top=entry.get("top") or arguments.top,
            generator=entry.get("generator") or arguments.generator or "",
        )
        return _last(elara, question)

    try:
        return _each(arguments, "question", ask, to_text)
    finally:
        elara.close()


def _last(elara: Elara, question: Question) -> Answer:
    for event in elara.assistant.answer(question):
        if isinstance(event, Finished):
            return event.answer
    raise ElaraError("The answer was not finished.", "Ask again.")


def _search(arguments: argparse.Namespace, settings: Settings) -> int:
    elara = assemble(settings)

    def search(entry: Mapping[str, Any]) -> Listing:
        return elara.assistant.find(entry["words"], entry.get("top") or arguments.top)

    try:
        return _each(arguments, "words", search, listing_to_text)
    finally:
        elara.close()


def _screen(arguments: argparse.Namespace, settings: Settings) -> int:
    guard()

    def run(entry: Mapping[str, Any]) -> dict[str, Any]:
        text = clean_text(entry["text"], LONGEST)
        emergency = screen(text)
        refusal = refuse(text, entry.get("role") or arguments.role)
        subject = judge_subject(text)
        return {**as_json(emergency), "subject": subject, "refusal": as_json(refusal)}

    return _each(arguments, "text", run, _plain)


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    guard()

    def run(entry: Mapping[str, Any]) -> dict[str, Any]:
        verdict = check(entry["claim"], entry["source"])
        word = "supported" if verdict.passed else "unsupported"
        return {"verdict": word, "reasons": list(verdict.reasons)}

    if arguments.batch is None and not (arguments.claim and arguments.source):
        raise WrongUse("check needs --claim and --source.", "Give both, or --batch FILE.")
    return _each(arguments, "claim", run, _plain, failed=lambda r: r["verdict"] != "supported")


def _calculate(arguments: argparse.Namespace, settings: Settings) -> int:
    guard()
    if arguments.list:
        print(say_list())
        return 0
    return _each(arguments, "text", run_calculation, say_calculation)


def _detect(arguments: argparse.Namespace, settings: Settings) -> int:
    guard()

    def run(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {"language": detect(clean_text(entry["text"], LONGEST))}

    return _each(arguments, "text", run, _plain)


def _each(
    arguments: argparse.Namespace,
    name: str,
    run: Run,
    render: Callable[[Any], str],
    failed: Callable[[Any], bool] = lambda result: False,
) -> int:
    """Run once for the argument, or once for each line of a batch, and print."""
    if arguments.batch is not None:
        for number, line in read_lines(arguments.batch):
            result = _answer_line(arguments.verb, run, number, line)
            print(json.dumps(result, ensure_ascii=False), flush=True)
        return 0
    if not clean_text(getattr(arguments, name) or "", LONGEST):
        raise WrongUse(
            f"'{arguments.verb}' needs its {name}.", "Give it in quotes, or --batch FILE."
        )
    result = run(vars(arguments))
    out = json.dumps(as_json(result), ensure_ascii=False) if arguments.json else render(result)
    print(out)
    return int(failed(result))


def _answer_line(verb: str, run: Run, number: int, line: str) -> dict[str, Any]:
    """Run one line of a batch; an error is its result and does not stop the others."""
    copied: dict[str, Any] = {}
    try:
        entry = read_entry(number, line)
        copied = {"id": entry["id"]} if "id" in entry else {}
        return {**copied, **as_json(run(require_arguments(verb, entry)))}
    except ElaraError as error:
        return {**copied, **_as_object(error)}
    except Exception as error:  # noqa: BLE001 - the lines after it still get their answers
        return {**copied, **_as_object(_unforeseen(error))}


def _plain(result: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in result.items()
    )


VERBS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "serve": _serve,
    "ask": _ask,
    "search": _search,
    "screen": _screen,
    "check": _check,
    "calculate": _calculate,
    "detect": _detect,
    "models": run_models,
    "evaluate": print_evaluation,
    "doctor": print_doctor,
}
