"""Clean 161,712 synthetic articles: seconds, memory, and what was found of what was planted.

`python -m benchmarks.articles [--count 161712]`. The peer is the plain way to do the same
work: one process, SHA-256 of each text, a score that looks at every character; it merges exact
copies alone. Every run is a process of its own; memory is the largest sum of its resident
memory and its children's, pages that they share counted twice. Asked for: exact and quality in
4 s, with near-duplicates in 12 s, 700 MB; recall of near-duplicates 0.97 at precision 0.999.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COUNT = 161_712
MODULE = [sys.executable, "-m", "benchmarks.articles"]


def measure(count: int = COUNT) -> dict[str, Any]:
    """Every figure, by name."""
    from benchmarks.corpus import write_articles

    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        source = folder / "articles.jsonl"
        truth = write_articles(source, count)
        megabytes = source.stat().st_size / 1e6
        peer = _watch([*MODULE, "--run", "plain", str(source)])
        figures: dict[str, Any] = {"articles": count, "megabytes": round(megabytes, 1)}
        figures |= {"plain way, s": round(peer[0], 1), "plain way, MB": peer[1]}
        figures["plain way, CPU s"] = round(peer[2], 1)
        for name in ("exact", "near"):
            seconds, memory, used = _watch([*MODULE, "--run", name, str(source)])
            figures |= {f"{name}, s": round(seconds, 1), f"{name}, MB": memory}
            figures[f"{name}, CPU s"] = round(used, 1)
            figures[f"{name}, articles/s"] = round(count / seconds)
            figures[f"{name}, times the plain way"] = round(peer[0] / seconds, 2)
        return figures | score(folder / "kept.jsonl", truth)


def score(kept: Path, truth: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """What was found of the planted near-duplicates, and whether a twin was merged."""
    home: dict[str, str] = {}
    with kept.open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            home |= dict.fromkeys((data["id"], *data.get("also", ())), data["id"])
    found = {"near": [0, 0], "twin": [0, 0]}
    for identifier, (kind, original) in truth.items():
        if kind in found and original in home:
            found[kind][0] += home.get(identifier) == home[original]
            found[kind][1] += 1
    merged = [(one, other) for one, other in home.items() if one != other]
    right = sum(_first(one, truth) == _first(other, truth) for one, other in merged)
    return {
        "near-duplicates found": round(found["near"][0] / max(1, found["near"][1]), 4),
        "precision of merges": round(right / max(1, len(merged)), 5),
        "twins merged": found["twin"][0],
        "twins planted": found["twin"][1],
    }


def _first(identifier: str, truth: dict[str, tuple[str, str]]) -> str:
    """The article that a copy, or a copy of a copy, was made of."""
    while truth.get(identifier, ("", ""))[0] in ("near", "exact"):
        identifier = truth[identifier][1]
    return identifier


def run(way: str, source: Path) -> None:
    """Clean a file in this process, with its children: "plain", "exact" or "near"."""
    if way == "plain":
        clean_plainly(source)
        return
    from index.articles import run_clean

    target, rejects = source.with_name("kept.jsonl"), source.with_name("rejects.jsonl")
    run_clean([source], target, rejects, near=way == "near")


def clean_plainly(source: Path) -> int:
    """The plain way: every record in turn, every character looked at; how many stay."""
    seen: set[str] = set()
    with source.open(encoding="utf-8") as file, source.with_suffix(".plain").open("w") as out:
        for line in file:
            data = json.loads(line)
            text = " ".join(f"{data['title']} {data['text']}".split())
            letters = sum(1 for char in text if char.isalpha())
            if len(text) < 40 or letters < 0.6 * sum(1 for char in text if not char.isspace()):
                continue
            digest = hashlib.sha256(text.encode()).hexdigest()
            if digest not in seen:
                seen.add(digest)
                out.write(json.dumps(data) + "\n")
    return len(seen)


def _watch(command: list[str]) -> tuple[float, int, float]:
    """Run a command; seconds, the most megabytes it and its children held, processor seconds.

    Processor seconds say more than seconds where the machine is busy; Windows has none.
    """
    import psutil

    begin, most, before = time.perf_counter(), 0, os.times()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    while process.poll() is None:
        most = max(most, _resident(psutil.Process(process.pid)))
        time.sleep(0.05)
    seconds = time.perf_counter() - begin
    if process.returncode:
        raise SystemExit(f"{command[-2]} ended with {process.returncode}.")
    after = os.times()
    used = after.children_user + after.children_system
    return seconds, round(most / 1e6), used - before.children_user - before.children_system


def _resident(process: Any) -> int:
    import psutil

    try:
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)
    except psutil.Error:
        return 0  # it ended between two looks


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--run", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options.run[0], Path(options.run[1]))
    else:
        print(json.dumps(measure(options.count), indent=2))


if __name__ == "__main__":
    main()
