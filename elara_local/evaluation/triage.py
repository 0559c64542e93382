"""Triage: whether the emergency rules alarm when they must, and keep still when they must not.

Ours, each with a held-back half: crisis phrases and harmless ones that look like them, vignettes
of four levels in five languages (a second file, lay.toml, in wording of nurses, doctors, parents
and patients that was written blind), one scene for every rule. Public, where the data folder holds
them: ClinicaFlow's vignettes as free text, and MedQuAD's questions, which are about a topic.
Author and rules of ours have the same hand; ClinicaFlow's labels come from its authors' own
rules: neither says how real patients are read. Rules were tuned on "dev" items only; scenes, and
the second set of vignettes since it was read once, are all "dev". It knows no rule.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from elara_local.emergency import screen
from elara_local.evaluation.golden import read_golden
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.records import Emergency

OURS = Path(__file__).resolve().parent.parent / "content" / "evaluation"
CLINICAFLOW = "triage_clinicaflow/vignettes_half.jsonl"
MEDQUAD = "medquad/medquad_answered.jsonl.gz"
EACH = 5  # one in so many MedQuAD questions, by hash: about 3,000
SLOW_MS = 5.0  # the time of one text that p95 must keep under
Asked = tuple[str, str, Callable[[], Case]]  # what is screened, its half, how it is judged
GRAVE = ("emergency", "crisis")
ROUTES = {  # which rules give the right first help for whom the words are about
    "self": {"self-harm"},
    "patient": {"suicidal-patient", "self-harm", "overdose"},
    "other": {"suicidal-kin", "suicidal-patient"},
    "partner": {"violence"},
    "sexual": {"sexual-violence", "child-abuse", "threat-to-others"},
    "child": {"child-abuse"},
    "threat": {"threat-to-others"},
}
TIERS = {"none": "routine", "urgent": "urgent", "emergency": "critical", "crisis": "critical"}


def _read(bench: Bench) -> Iterator[Item]:
    sources = [read_crises(), read_vignettes(), read_vignettes("lay.toml", "lay_"), read_scenes()]
    sources.append(read_golden_questions())
    if bench.data:
        sources += [read_clinicaflow(bench.data), read_topics(bench.data)]
    for source in sources:
        for text, half, judge in source:
            if bench.half in ("all", half):
                yield Item(hashlib.sha256(text.encode()).hexdigest()[:16], judge)


def half_of(text: str) -> str:
    """Return the half of an item of a public set, by its sha256."""
    return "dev" if hashlib.sha256(text.encode()).digest()[0] % 2 else "test"


def read_crises() -> Iterator[Asked]:
    """Yield the crisis phrases and the harmless ones with their half and how each is judged."""
    table = _table("crisis.toml")
    for half in ("dev", "test"):
        for group in table["group"]:
            for text in group[half]:
                yield text, half, partial(judge_crisis, text, group, half)
        for group in table["harmless"]:
            for text in group[half]:
                yield text, half, partial(judge_silence, text, "crisis_false_alarms", half)


def read_vignettes(name: str = "triage.toml", prefix: str = "") -> Iterator[Asked]:
    """Yield our vignettes of one file with their half and how each is judged."""
    for half in ("dev", "test"):
        for group in _table(name)["group"]:
            names = (half, f"{group['language']}, {half}", f"{group['kind']}, {half}")
            for text in group[half]:
                yield text, half, partial(judge_vignette, text, group["level"], prefix, names)


def read_scenes() -> Iterator[Asked]:
    """Yield one scene for each rule and language; all were used to build the rules."""
    for rule, scene in _table("scenes.toml")["scenes"].items():
        for language, text in scene.items():
            yield f"{rule}: {text}", "dev", partial(judge_scene, text, rule, language)


def read_golden_questions() -> Iterator[Asked]:
    """Yield the golden questions: many speak of a patient, so alarms are a figure, no fault."""
    for golden in read_golden():
        yield (
            golden.text,
            golden.half,
            partial(judge_silence, golden.text, "golden_alarms", golden.half),
        )


def read_clinicaflow(data: Path) -> Iterator[Asked]:
    """Yield ClinicaFlow's vignettes written out as free text; none where the file is absent."""
    path = data / CLINICAFLOW
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        row = json.loads(line)
        text, half = describe(row["input"]), half_of(row["id"])
        tier = row["labels"]["gold_risk_tier"]
        yield text, half, partial(judge_vignette, text, tier, "clinicaflow_", (half,))


def read_topics(data: Path) -> Iterator[Asked]:
    """Yield one MedQuAD question in five: each is about a topic, none about a patient."""
    path = data / MEDQUAD
    if not path.is_file():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        questions = dict.fromkeys(json.loads(line)["question"] for line in lines)
    for text in questions:
        if hashlib.sha256(text.encode()).digest()[1] % EACH == 0:
            half = half_of(text)
            yield text, half, partial(judge_silence, text, "medquad_alarms", half)


def describe(vignette: Mapping[str, Any]) -> str:
    """Return a ClinicaFlow vignette as one line of free text, with its vital signs."""
    person, vitals = vignette["demographics"], vignette["vitals"]
    pressure = f"SBP {vitals['systolic_bp']}"
    if "diastolic_bp" in vitals:
        pressure = f"BP {vitals['systolic_bp']}/{vitals['diastolic_bp']}"
    return (
        f"{person['age']} year old {person['sex']}. {vignette['chief_complaint']}. "
        f"{vignette['history']} HR {vitals['heart_rate']}, {pressure}, "
        f"T {vitals['temperature_c']} C, SpO2 {vitals['spo2']} %, RR {vitals['respiratory_rate']}."
    )


def judge_crisis(text: str, group: Mapping[str, Any], half: str) -> Case:
    """A crisis phrase must reach the level "crisis"; its route is right when a rule of it fires."""
    found, values = _timed(text)
    caught = found.level == "crisis"
    fired = {rule.id for rule in found.rules}
    values["crisis_caught"] = float(caught)
    if group["language"] == "en":  # one group holds several routes in the other languages
        values["crisis_route"] = float(bool(fired & ROUTES[group["route"]]))
    names = (half, f"{group['language']}, {half}")
    return Case(values, names, "" if caught else f"no crisis ({found.level}): {text}")


def judge_silence(text: str, metric: str, half: str) -> Case:
    """Nothing may fire; `metric` counts what does."""
    found, values = _timed(text)
    alarm = found.level != "none"
    values[metric] = float(alarm)
    fired = ", ".join(rule.id for rule in found.rules)
    return Case(values, (half,), f"{metric} ({fired}): {text}" if alarm else "")


def judge_vignette(text: str, tier: str, prefix: str, names: tuple[str, ...]) -> Case:
    """Grave ones must alarm, routine and topic ones must not; `exact` is the very level."""
    found, values = _timed(text)
    alarm, right = found.level != "none", TIERS[found.level] == tier
    if tier in ("critical", "urgent"):
        values[prefix + "caught"] = float(alarm)
        if tier == "critical":
            values[prefix + "critical_as_emergency"] = float(found.level in GRAVE)
        right_enough = alarm
    else:
        values[prefix + ("over_triaged" if tier == "routine" else "topic_alarms")] = float(alarm)
        right_enough = not alarm
    if tier != "topic":
        values[prefix + "exact"] = float(right)
    note = "" if right_enough else f"{prefix}{tier}, but {found.level}: {text}"
    return Case(values, names, note)


def judge_scene(text: str, rule: str, language: str) -> Case:
    """The rule of the scene must be among those that fire."""
    found, values = _timed(text)
    fires = any(fired.id == rule for fired in found.rules)
    values["scene_fires_its_rule"] = float(fires)
    return Case(values, ("dev", f"{language}, dev"), "" if fires else f"{rule} is silent: {text}")


def _timed(text: str) -> tuple[Emergency, dict[str, float]]:
    """Screen a text; the better of two times, as other programs may run beside."""
    times = []
    for _ in range(2):
        start = time.perf_counter()
        found = screen(text)
        times.append((time.perf_counter() - start) * 1000)
    return found, {"ms": min(times), "slower_than_5_ms": float(min(times) > SLOW_MS)}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((OURS / name).read_text(encoding="utf-8"))


SUITE = Suite(
    "triage",
    "Emergencies and urgency by rule",
    "The emergency rules alone on our crisis phrases, vignettes and scenes (five languages; rules "
    "tuned on dev, test only reported), on ClinicaFlow's vignettes as free text and on MedQuAD's "
    "questions (split by sha256). It shows what the rules were written for; real people write "
    "otherwise, and a course over time is not read.",
    _read,
    {
        "crisis_caught": Goal(0.99),
        "test: crisis_caught": Goal(0.99),
        "test: crisis_false_alarms": Goal(0.05, most=True),
        "caught": Goal(0.99),
        "test: caught": Goal(0.99),
        "lay_caught": Goal(0.95),
        "test: lay_caught": Goal(0.90),
        "over_triaged": Goal(0.10, most=True),
        "test: lay_over_triaged": Goal(0.10, most=True),
        "test: over_triaged": Goal(0.10, most=True),
        "clinicaflow_caught": Goal(0.99),
        "clinicaflow_over_triaged": Goal(0.10, most=True),
        "scene_fires_its_rule": Goal(1.0),
        "medquad_alarms": Goal(0.005, most=True),
        "slower_than_5_ms": Goal(0.05, most=True),
    },
)
