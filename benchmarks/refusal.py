"""The second stage of refusals and of emergencies: makes the kept vectors, and times a question.

    python -m benchmarks.refusal [--write]

`--write` replaces content/refusal/examples.npz and content/emergency/likeness.npz, each of
which must be done whenever its examples or the starter's embedding model change
(tests/test_likeness.py says so). A file that is still right is left alone. Only our own examples
are learnt from.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

from elara_local.assemble import load_embedder
from elara_local.emergency_likeness import GRAVE, look_again
from elara_local.ports import for_queries
from elara_local.records import Emergency
from elara_local.refusal import refuse_wholly
from elara_local.screening.deeds import REFUSED
from elara_local.screening.likeness import fit, load_likeness, save_likeness
from elara_local.settings import read_settings

MODEL = "all-minilm-l6-v2-int8"
QUESTION = "What is the starting dose of midazolam for palliative sedation of a dying adult?"
ROLE = "professional"
ROUNDS = 50
SUBJECTS = {"refusal": REFUSED, "emergency": GRAVE}


def main() -> None:
    """Write the files where asked to, and print the milliseconds with and without each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    embedder, model = load_embedder(read_settings(), MODEL)
    figures: dict[str, float] = {}
    for name, subject in SUBJECTS.items():
        began = time.perf_counter()
        if options.write and load_likeness(subject, model) is None:
            save_likeness(fit(subject, for_queries(embedder)), subject, model)
        figures[f"{name}_made_s"] = round(time.perf_counter() - began, 1)
        figures[f"{name}_examples"] = len(subject.read().labels)
        figures[f"{name}_bytes"] = subject.kept.stat().st_size
    refuse_wholly(QUESTION, QUESTION, ROLE, embedder)  # loads
    look_again(QUESTION, QUESTION, ROLE, Emergency(), embedder)
    figures["refusal_median_ms"] = _time(lambda: refuse_wholly(QUESTION, QUESTION, ROLE, embedder))
    figures["both_median_ms"] = _time(
        lambda: look_again(QUESTION, QUESTION, ROLE, Emergency(), embedder)
    )
    print(json.dumps(figures))


def _time(deed: Callable[[], object]) -> float:
    """Return the median of the milliseconds of a deed."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
    return round(sorted(times)[ROUNDS // 2], 2)


if __name__ == "__main__":
    main()
