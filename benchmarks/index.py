"""Measure what makes an index: `python -m benchmarks.index [--only articles,pdf]`.

Each part is a module of its own with a function that returns its figures by name, and runs in
a process of its own. Prints one JSON object. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

# Part -> the module whose `measure()` takes its figures.
PARTS = {
    "handbook": "benchmarks.handbook",
    "articles": "benchmarks.articles",
    "pubmed": "benchmarks.pubmed",
    "pdf": "benchmarks.pdf",
    "keywords": "benchmarks.keywords",
    "vectors": "benchmarks.vectors",
    "retrieve": "benchmarks.retrieve",
}
CALL = "import json, {0}; print(json.dumps({0}.measure()))"


def measure(part: str) -> dict[str, Any]:
    """The figures of one part, or why there are none."""
    command = [sys.executable, "-c", CALL.format(PARTS[part])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {f"{part} failed": done.returncode}
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {f"{part}: {name}": value for name, value in figures.items()}


def main() -> None:
    """Print the figures of the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    there = [part for part, module in PARTS.items() if find_spec(module)]
    parser.add_argument("--only", default=",".join(there), help="parts, joined by commas")
    wanted = parser.parse_args().only.split(",")
    unknown = set(wanted) - set(there)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    figures: dict[str, Any] = {}
    for part in wanted:
        figures |= measure(part)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
