"""The second look at emergencies: what likeness to our examples adds to the rules.

Grave and routine texts of content/evaluation/triage.toml and lay.toml, the golden questions, and
MedQuAD's questions where the data folder holds them: each by the rules alone and by both stages,
as the assistant runs them. The bound was set on the "dev" halves of triage.toml and of the golden
questions, and some harmless examples were written after what was raised there; "test" is only
reported. The dev half of lay.toml was counted while the bounds were set, its test half twice.
Examples and sets have the same hand. It needs the
embedding model and knows no rule; the rules alone are the suite "triage".
"""

from __future__ import annotations

import hashlib
import time
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from elara_local.emergency import screen
from elara_local.emergency_likeness import raise_alike
from elara_local.evaluation.golden import read_golden
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.evaluation.triage import read_topics
from elara_local.ports import Embedder
from elara_local.records import Emergency
from elara_local.screening.likeness import Once, cut

OURS = Path(__file__).resolve().parent.parent / "content" / "evaluation"
SETS = ("triage", "lay")
MEASURES = {  # what an alarm is called in each kind of text
    "critical": "caught",
    "urgent": "caught",
    "routine": "over_triaged",
    "topic": "topic_alarms",
    "golden": "golden_alarms",
    "medquad": "medquad_alarms",
}
Text = tuple[str, str, str, tuple[str, ...]]  # text, half, kind, groups


def _read(bench: Bench) -> Iterator[Item]:
    embedder = bench.elara().retriever.embedder
    texts = [*read_vignettes(), *((g.text, g.half, "golden", ()) for g in read_golden())]
    if bench.data:
        texts += [(text, half, "medquad", ()) for text, half, _ in read_topics(bench.data)]
    for text, half, kind, groups in texts:
        if bench.half in ("all", half):
            name = hashlib.sha256(text.encode()).hexdigest()[:16]
            yield Item(name, partial(judge, text, kind, (half, *groups), embedder))


def read_vignettes() -> Iterator[Text]:
    """Yield the texts of both sets with half, level and groups: set and language with the half."""
    for name in SETS:
        table = tomllib.loads((OURS / f"{name}.toml").read_text(encoding="utf-8"))
        for group in table["group"]:
            for half in ("dev", "test"):
                groups = (f"{name}, {half}", f"{name}, {group['language']}, {half}")
                for text in group[half]:
                    yield text, half, group["level"], groups


def judge(text: str, kind: str, groups: tuple[str, ...], embedder: Embedder) -> Case:
    """Alarm or not, by the rules and by both stages; and by the second alone.

    `raised_...` is the share of texts without a rule's alarm that the second stage raises,
    `..._by_likeness` what it would raise if no rule had spoken.
    """
    measure, rules, once = MEASURES[kind], screen(text), Once(embedder)
    once.embed(cut(text))  # the check of refusals has done so already
    began = time.perf_counter()
    alone = raise_alike(text, text, Emergency(), once)
    spent = (time.perf_counter() - began) * 1000
    both = raise_alike(text, text, rules, once)
    by_rules, alarm = rules.level != "none", both.level != "none"
    values = {
        f"{measure}_by_rules": float(by_rules),
        f"{measure}_by_likeness": float(alone.level != "none"),
        measure: float(alarm),
        "ms": spent,
    }
    if not by_rules:
        values[f"raised_{measure}"] = float(alarm)
    right = alarm == (measure == "caught")
    return Case(values, groups, "" if right else f"{kind}, but {both.level}: {text}")


SUITE = Suite(
    "second_look",
    "Emergencies that no rule names",
    "What likeness to our own examples adds to the emergency rules, and its false alarms: our "
    "vignettes and lay scenes (five languages; the second look reads English alone), the golden "
    "questions and one MedQuAD question in five. `raised` is the share of those on which the rules "
    "are silent. The bound was set on dev of the vignettes and golden questions; examples and sets "
    "have the same hand, so that real people's words will do worse.",
    _read,
    {
        "raised_golden_alarms": Goal(0.01, most=True),
        "test: raised_golden_alarms": Goal(0.01, most=True),
        "raised_medquad_alarms": Goal(0.005, most=True),
        "raised_over_triaged": Goal(0.05, most=True),
        "test: raised_over_triaged": Goal(0.05, most=True),
    },
)
