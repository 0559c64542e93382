"""`python -m index`: everything that makes and changes what Elara asks.

build [--from FOLDER] [--to FOLDER]   an index of topics, or of any folder of documents
check [--from FOLDER]                 read every topic and card and say what is wrong
review FILE --by NAME                 a clinician signs a topic or card as it now stands
check --index FOLDER                  compare every byte of an index with its manifest
add PATH... | remove ID... | list     the user's own documents
attach FOLDER | detach FOLDER         index folders elsewhere
clean --from FILE... --to FILE        articles: clean, sort out, leave out duplicates
fetch SOURCE                          the one verb that may open the network
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path
from typing import Any

from elara_local.errors import ElaraError
from elara_local.offline import guard, quiet_environment
from elara_local.settings import Settings, read_settings
from index.articles import run_clean
from index.builds import add_build_arguments
from index.fetch.options import add_fetch_arguments, read_options
from index.fetch.sources import run_fetch
from index.inspection import add_inspection_arguments
from index.verbs import add_arguments


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    quiet_environment()
    if arguments.run is not _fetch:
        guard()
    try:
        settings = read_settings()
        return int(arguments.run(arguments, settings))
    except ElaraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"{error.strerror}: {error.filename}. Name another folder.", file=sys.stderr)
        return 2
    except sqlite3.OperationalError:
        print(
            "The disk is full or can't be written. What was there before is still there. Make "
            "room and try again.",
            file=sys.stderr,
        )
        return 3
    except KeyboardInterrupt:
        print("Stopped. What was there before is still there.", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - no traceback may reach a clinician
        print(
            f"This failed inside Elara ({type(error).__name__}: {error}). What was there before is "
            "still there.",
            file=sys.stderr,
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="index", description="The index that Elara asks.")
    verbs = top.add_subparsers(dest="verb", required=True)
    add_build_arguments(verbs)
    add_inspection_arguments(verbs)
    add_arguments(verbs)
    fetch = verbs.add_parser("fetch", help="fetch articles, on a machine with internet")
    add_fetch_arguments(fetch)
    fetch.set_defaults(run=_fetch)
    _add_clean(verbs)
    return top


def _add_clean(verbs: Any) -> None:
    clean = verbs.add_parser("clean", help="clean articles and leave out duplicates")
    clean.add_argument(
        "--from", dest="sources", type=Path, nargs="+", required=True, metavar="FILE"
    )
    clean.add_argument("--to", type=Path, required=True, help="JSONL of what is kept")
    clean.add_argument("--rejects", type=Path, help="JSONL of what is dropped and why")
    clean.add_argument("--language", action="append", help="kept languages (default: en)")
    clean.add_argument("--exact", action="store_true", help="leave near duplicates in")
    clean.set_defaults(run=_clean)


def _fetch(arguments: argparse.Namespace, settings: Settings) -> int:
    return run_fetch(arguments.source, read_options(arguments), print)


def _clean(arguments: argparse.Namespace, settings: Settings) -> int:
    rejects = arguments.rejects or arguments.to.with_suffix(".rejects.jsonl")
    languages = tuple(arguments.language or ["en"])
    done = run_clean(
        arguments.sources, arguments.to, rejects, languages=languages, near=not arguments.exact
    )
    print(done.line)
    print(f"What was dropped and why is in {rejects}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
