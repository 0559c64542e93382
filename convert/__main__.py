"""`python -m convert`: train adapters, merge them, quantize, and prove the result equal.

Exit codes: 0 done, 1 a check said no, 2 wrong use, 3 something needed is missing. What a verb
makes stands under its name only when it is whole; a verb that is stopped leaves a `.part`.
"""

from __future__ import annotations

import argparse
import json
import sys

from convert.verbs.register import read_verbs
from elara_local.errors import ElaraError
from elara_local.offline import guard, quiet_environment
from elara_local.settings import read_settings

KEPT = "What was there before is still there."


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return its exit code; no traceback reaches a user."""
    arguments = _parser().parse_args(argv)
    try:
        settings = read_settings()
        quiet_environment(settings.temp)
        guard()
        return int(arguments.run(arguments, settings))
    except ElaraError as error:
        if getattr(arguments, "json", False):
            print(json.dumps({"error": error.message, "hint": error.hint}, ensure_ascii=False))
        print(error, file=sys.stderr)
        return error.exit_code
    except MemoryError:
        print(f"The memory is full. {KEPT} Close other programs and try again.", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"{error.strerror}: {error.filename}. {KEPT}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print(f"Stopped. {KEPT}", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - no traceback may reach a clinician
        print(
            f"This failed inside Elara ({type(error).__name__}: {error}). {KEPT}", file=sys.stderr
        )
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="convert", description=__doc__.partition("\n")[0])
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in read_verbs():
        one = verbs.add_parser(verb.name, help=verb.about, description=verb.about)
        one.add_argument("--json", action="store_true", help="print one JSON object")
        verb.add(one)
        one.set_defaults(run=verb.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
