"""The whole path, measured: search, answer, window, memory.

    python -m benchmarks.journey [--rounds N] [--no-window]

In the process: search p50/p95 with and without the query's embedding, excerpts, first checked
sentence and whole answer of both generators, prompt tokens reused. As a user meets it: a
window process from start to "open" (files cold where the kernel lets us drop its caches, then
warm), and in a headless browser the time from Enter to excerpts and to the first sentence, and
the peak memory of the process. Figures are of this machine; the README says which.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from elara_local.assemble import Elara, assemble
from elara_local.engine_table import LLAMA
from elara_local.evaluation.golden import read_golden
from elara_local.events import Excerpts, Finished, Shown
from elara_local.metrics import percentile
from elara_local.records import Question
from elara_local.settings import REPOSITORY, read_settings

FIRST = "child 15 kg severe malaria artesunate dose?"
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


def measure_search(elara: Elara, questions: list[str]) -> dict[str, float]:
    """Time every question twice and keep the second pass."""
    embed, search = [], []
    for text in [*questions, *questions]:
        found = elara.retriever.search(text, 12)
        embed.append(found.embed_ms)
        search.append(found.search_ms)
    embed, search = embed[len(questions) :], search[len(questions) :]
    both = [a + b for a, b in zip(embed, search, strict=True)]
    return {
        "search_p50_ms": percentile(search, 0.5),
        "search_p95_ms": percentile(search, 0.95),
        "search_and_embedding_p50_ms": percentile(both, 0.5),
        "search_and_embedding_p95_ms": percentile(both, 0.95),
    }


def measure_answers(elara: Elara, generator: str, questions: list[str]) -> dict[str, float]:
    """Time from the question to its excerpts, first shown sentence and end."""
    times: dict[str, list[float]] = {"excerpts": [], "first_sentence": [], "whole_answer": []}
    for text in questions:
        began, seen = time.perf_counter(), set()
        for event in elara.assistant.answer(Question(text, generator=generator)):
            kinds = {Excerpts: "excerpts", Shown: "first_sentence", Finished: "whole_answer"}
            name = kinds.get(type(event), "")
            if name and name not in seen:
                seen.add(name)
                times[name].append((time.perf_counter() - began) * 1000)
    return {
        f"{name}_{share}_ms": percentile(values, p)
        for name, values in times.items()
        for share, p in (("p50", 0.5), ("p95", 0.95))
        if values
    }


@contextmanager
def window(home: Path) -> Iterator[tuple[str, float, psutil.Process]]:
    """Open the window as a user does; yield its address, the seconds it took, its process."""
    began = time.perf_counter()
    command = [sys.executable, "launcher.py", "serve", "--no-browser", "--port", "0"]
    environment = {**os.environ, "ELARA_HOME": str(home)}
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"http://\S+", line):
                    spent = time.perf_counter() - began
                    drain = threading.Thread(target=process.stdout.read, daemon=True)
                    drain.start()
                    yield found[0], spent, psutil.Process(process.pid)
                    break
        finally:
            process.terminate()
            process.wait(timeout=20)


def drop_caches() -> bool:
    """Ask the kernel to forget the files it holds; False where it does not let us."""
    try:
        subprocess.run(["sync"], check=True)
        Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def measure_window(rounds: int) -> dict[str, Any]:
    """Start the window cold once and warm `rounds` times; ask in a browser in the last one."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as home:
        if drop_caches():
            with window(Path(home)) as (_, spent, _process):
                figures["window_cold_s"] = round(spent, 2)
        warm = []
        for _ in range(rounds):
            with window(Path(home)) as (_, spent, _process):
                warm.append(spent)
        figures["window_warm_s"] = round(percentile(warm, 0.5), 2)
        with window(Path(home)) as (address, _, process):
            time.sleep(4)  # the chat model loads behind the window
            figures |= measure_page(address)
            figures["peak_memory_mb"] = round(peak_memory(process) / 1e6)
    return figures


def peak_memory(process: psutil.Process) -> int:
    """Return the most memory the process held, in bytes; what it holds now off Linux."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) * 1024
    return int(process.memory_info().rss)


def measure_page(address: str) -> dict[str, Any]:
    """Ask in a headless browser and time what is seen after Enter."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return {"browser": "none found"}
    from playwright.sync_api import sync_playwright

    excerpts, sentences = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER))
        page = browser.new_page()
        page.goto(address)
        box = page.locator("#question textarea")
        box.wait_for()
        for number, text in enumerate([FIRST, "magnesium for eclampsia", "snakebite"] * 4):
            box.fill(text)
            page.evaluate(WATCH)
            box.press("Enter")
            page.wait_for_function("() => window.seen && window.seen.done", timeout=60_000)
            seen = page.evaluate("() => window.seen")
            if number:  # the first one also pays for what the page loads once
                excerpts.append(seen["sources"])
                sentences.append(seen["answer"])
            page.wait_for_timeout(300)
        browser.close()
    return {
        "browser_excerpts_p50_ms": round(percentile(excerpts, 0.5)),
        "browser_excerpts_p95_ms": round(percentile(excerpts, 0.95)),
        "browser_first_sentence_p50_ms": round(percentile(sentences, 0.5)),
    }


# Notes when new sources and a new sentence first stand in their panels after Enter.
WATCH = """() => {
  (window.watchers || []).forEach(watcher => watcher.disconnect());
  window.watchers = []; window.seen = {};
  const watch = (name, id, wanted) => {
    const panel = document.querySelector(id);
    const read = () =>
      (document.querySelector(id + ' ' + wanted) || {textContent: ''}).textContent;
    const before = read();
    const watcher = new MutationObserver(() => {
      if (!window.seen[name] && read() && read() !== before) {
        window.seen[name] = performance.now() - window.seen.enter;
        window.seen.done = window.seen.sources && window.seen.answer; }
    });
    watcher.observe(panel.parentNode, {childList: true, subtree: true, characterData: true});
    window.watchers.push(watcher); };
  document.addEventListener('keydown', () => { window.seen.enter = performance.now(); },
                            {once: true, capture: true});
  watch('sources', '#sources', '.source'); watch('answer', '#answer', '.sentence');
}"""


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--no-window", action="store_true")
    options = parser.parse_args()
    print(json.dumps(measure(options.rounds, options.questions, not options.no_window), indent=2))


def measure(rounds: int, count: int, with_window: bool) -> dict[str, Any]:
    """Return every figure of this file."""
    elara = assemble(read_settings())
    texts = [golden.text for golden in read_golden() if golden.topic][:count]
    figures: dict[str, Any] = measure_search(elara, texts)
    began = time.perf_counter()
    elara.warm()
    figures["chat_model_load_and_warm_ms"] = (time.perf_counter() - began) * 1000
    for generator in elara.assistant.generators:
        chosen = texts if generator != LLAMA else texts[: count // 2]
        for name, value in measure_answers(elara, generator, chosen).items():
            figures[f"{generator}_{name}"] = value
    elara.close()
    figures = {k: round(v, 1) if isinstance(v, float) else v for k, v in figures.items()}
    return figures | (measure_window(rounds) if with_window else {})


if __name__ == "__main__":
    main()
