"""The second stage of refusal: makes the kept vectors of its examples, and times a question.

    python -m benchmarks.refusal [--write]

`--write` replaces elara_local/content/refusal/examples.npz, which must be done whenever
harmful.toml, honest.toml or the starter's embedding model changes (tests/test_likeness.py
says so). Only our own examples are learnt from.
"""

from __future__ import annotations

import argparse
import json
import time

from elara_local.assemble import load_embedder
from elara_local.refusal import refuse_wholly
from elara_local.screening.likeness import KEPT, fit, read_examples, save_likeness
from elara_local.settings import read_settings

MODEL = "all-minilm-l6-v2-int8"
QUESTION = "What is the starting dose of midazolam for palliative sedation of a dying adult?"
ROUNDS = 50


def main() -> None:
    """Write the file where asked to, and print the milliseconds of both stages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    embedder, model = load_embedder(read_settings(), MODEL)
    began = time.perf_counter()
    if options.write:
        save_likeness(fit(read_examples(), embedder), model)
    made = time.perf_counter() - began
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        refuse_wholly(QUESTION, QUESTION, "professional", embedder)
        times.append((time.perf_counter() - began) * 1000)
    figures = {
        "examples": len(read_examples().deeds) + len(read_examples().asked),
        "bytes": KEPT.stat().st_size,
        "made_s": round(made, 1),
        "first_ms": round(times[0], 1),
        "median_ms": round(sorted(times)[ROUNDS // 2], 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
