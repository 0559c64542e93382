"""The chat engine against bare llama-cpp-python: same prompt, same tokens, same run.

    python -m benchmarks.chat [--threads 2] [--tokens 96] [--rounds 5] [--stops 20]

The two take turns, so that a busy machine slows both; the median of the ratios counts.
Asked for: at most 10 % over bare, stop within 250 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from pathlib import Path
from typing import Any

from elara_local.engines.chat.context import PIECE_TOKENS
from elara_local.engines.chat.llamacpp import LlamaCpp
from elara_local.engines.chat.templates import render
from elara_local.errors import Stopped
from elara_local.ports import Limits, Message

REPOSITORY = Path(__file__).resolve().parent.parent
MODEL = REPOSITORY / "models" / "smollm2-135m-instruct" / "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT = 2048
RULES = (
    "You answer a clinician from numbered passages alone. Each sentence ends with the number "
    "of its passage in square brackets. If the passages do not answer, say so. "
)
PASSAGES = (
    "[1] Oral rehydration solution is given in small sips; a child who vomits waits ten minutes "
    "and goes on more slowly. [2] Zinc is given for ten to fourteen days. [3] A child who cannot "
    "drink, is lethargic or has sunken eyes needs fluid by drip at once. "
) * 4
QUESTIONS = ("What is given for diarrhoea?", "When is a drip needed?", "How long is zinc given?")


def prompt(number: int) -> list[Message]:
    """Rules, passages and one of the questions."""
    question = QUESTIONS[number % len(QUESTIONS)]
    return [Message("system", RULES), Message("user", f"{PASSAGES}\n{question}")]


def run_ours(engine: LlamaCpp, messages: list[Message], tokens: int) -> tuple[float, Any]:
    """Seconds and usage of one answer through the engine."""
    begin = time.perf_counter()
    *_, last = engine.generate(messages, Limits(max_tokens=tokens))
    return time.perf_counter() - begin, last.usage


def run_bare(bare: Any, prompt_tokens: list[int], tokens: int) -> float:
    """Seconds of the same answer streamed by llama_cpp.Llama, from an empty cache."""
    begin = time.perf_counter()
    for _ in bare.create_completion(
        prompt_tokens, max_tokens=tokens, temperature=0.0, stream=True, seed=7
    ):
        pass
    return time.perf_counter() - begin


def compare(engine: LlamaCpp, bare: Any, rounds: int, tokens: int) -> dict[str, float]:
    """Take turns from an empty cache; the median of ours over bare is the overhead."""
    ratios, prefill, decode = [], [], []
    for number in range(rounds + 1):
        messages = prompt(number)
        parts = render(messages, engine._template, engine._bos, True)
        ids = engine._context.tokenize(parts)
        engine.warm([Message("user", "x")])
        bare.reset()
        seconds, usage = run_ours(engine, messages, tokens)
        plain = run_bare(bare, ids, usage.generated_tokens)
        if number:
            ratios.append(seconds / plain)
            prefill.append((usage.prompt_tokens - usage.cached_tokens) / usage.prefill_ms * 1e3)
            decode.append(usage.generated_tokens / usage.decode_ms * 1e3)
    return {
        "ours_over_bare_median": round(statistics.median(ratios), 3),
        "ours_over_bare_worst": round(max(ratios), 3),
        "prefill_tokens_per_s": round(statistics.median(prefill), 1),
        "decode_tokens_per_s": round(statistics.median(decode), 1),
    }


def measure_reuse(engine: LlamaCpp) -> dict[str, float]:
    """A second question over the same passages: tokens reused, time to evaluate the rest."""
    engine.warm([Message("user", "x")])
    first = run_ours(engine, prompt(0), 1)[1]
    second = run_ours(engine, prompt(1), 1)[1]
    return {
        "prompt_tokens": second.prompt_tokens,
        "reused_tokens": second.cached_tokens,
        "first_prefill_ms": round(first.prefill_ms, 1),
        "follow_up_prefill_ms": round(second.prefill_ms, 1),
    }


def measure_stop(engine: LlamaCpp, messages: list[Message], wait: float, late: bool) -> float:
    """Milliseconds from setting the stop event to Stopped; 0 if the answer came first.

    The event is set `wait` seconds after the start, or after the first token when `late`.
    """
    limits = Limits(max_tokens=400)
    asked: list[float] = []

    def stop() -> None:
        asked.append(time.perf_counter())
        limits.stop.set()

    timer = threading.Timer(wait, stop)
    tokens = engine.generate(messages, limits)
    try:
        if late:
            next(tokens)
        timer.start()
        for _ in tokens:
            pass
    except Stopped:
        return (time.perf_counter() - asked[0]) * 1000
    timer.cancel()
    return 0.0


def stops(engine: LlamaCpp, tries: int) -> dict[str, float]:
    """The 95th percentile in the prompt phase and in the answer phase."""
    usage = run_ours(engine, [Message("user", f"? {PASSAGES * 3}")], 1)[1]
    whole = usage.prefill_ms / 1000
    early, late = [], []
    for number in range(tries):
        long = [Message("user", f"{number} {PASSAGES * 3}")]
        story = [Message("user", f"Tell a very long story about {number} boats on a river.")]
        early.append(measure_stop(engine, long, whole * (0.05 + 0.4 * number / tries), False))
        late.append(measure_stop(engine, story, 0.01 * (number + 1), True))
    figures: dict[str, float] = {}
    for name, found in (("prompt", early), ("answer", late)):
        stopped = sorted(value for value in found if value)
        figures[f"stop_{name}_tries"] = len(stopped)
        figures[f"stop_{name}_p95_ms"] = round(stopped[int(0.95 * (len(stopped) - 1))], 1)
        figures[f"stop_{name}_worst_ms"] = round(stopped[-1], 1)
    return figures


def main() -> None:
    """Print one JSON object."""
    import llama_cpp

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--stops", type=int, default=20)
    options = parser.parse_args()
    engine = LlamaCpp(MODEL, options.threads, CONTEXT, gpu_layers=0)
    bare = llama_cpp.Llama(
        str(MODEL),
        n_ctx=CONTEXT,
        n_batch=PIECE_TOKENS,
        n_threads=options.threads,
        n_threads_batch=options.threads,
        verbose=False,
    )
    figures: dict[str, Any] = {"threads": options.threads, "load_ms": engine.describe().load_ms}
    figures |= compare(engine, bare, options.rounds, options.tokens)
    bare.close()
    figures |= measure_reuse(engine)
    figures |= stops(engine, options.stops)
    engine.close()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
