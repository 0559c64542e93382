"""The adapters suite: what each installed chat model writes for prompts it was not trained on.

The questions with their passages and expected responses are content/evaluation/adapters.jsonl,
written by `convert examples --held-out`: topics that no adapter is trained on. Every installed
chat model (or the one named by --model) is given the same prompts greedily through the real
engine, in each role with the adapter it has for it; quoting is given the same passages.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from elara_local.assemble import load_chat
from elara_local.assistant import QUOTING, TOKENS_PER_SENTENCE
from elara_local.catalogue import Installed, find_installed
from elara_local.chat_models import find_standing, require_chat_model
from elara_local.evaluation.drafted import Prompted, measure
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.ports import Generator, Limits
from elara_local.prompts import messages
from elara_local.records import Evidence
from elara_local.roles import ROLE_IDS, read_roles
from elara_local.settings import Settings

HELD_OUT = Path(__file__).resolve().parent.parent / "content" / "evaluation" / "adapters.jsonl"
GROUNDED = "grounded"  # the file that examples made by script say they come from


class Opened:
    """At most one loaded chat model: the one that was asked last."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._name = ""
        self._engine: Any = None

    def open(self, installed: Installed) -> Generator:
        """Return the engine of a model; another one is closed before it is loaded.

        Raises:
            Missing, WrongFile: it can't be loaded.
        """
        if self._name != installed.model.id:
            if self._engine is not None:
                self._engine.close()
            self._name, self._engine = "", None
            self._engine = load_chat(self._settings, installed)
            self._name = installed.model.id
        engine: Generator = self._engine
        return engine


@cache
def read_prompted(path: Path = HELD_OUT) -> tuple[Prompted, ...]:
    """Read the held-out questions, in the order of the file."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return tuple(_read_record(record) for record in records)


def _read_record(record: dict[str, Any]) -> Prompted:
    evidence = tuple(
        Evidence(**{**item, "populations": tuple(item["populations"])})
        for item in record["evidence"]
    )
    told = json.dumps(record, sort_keys=True).encode()
    return Prompted(
        sha256(told).hexdigest()[:12],
        record["role"],
        record["kind"],
        record["file"],
        record["question"],
        evidence,
        record["response"],
    )


def write_draft(generator: Generator, asked: Prompted) -> tuple[str, float]:
    """Return what a writer drafts, with its marks, and the seconds it took."""
    role = read_roles()[asked.role]
    most = role.max_sentences
    limits = Limits(TOKENS_PER_SENTENCE * most, most, role=role.id)
    began = time.perf_counter()
    prompt = messages(role, asked.question, asked.evidence)
    draft = "".join(token.text for token in generator.generate(prompt, limits))
    return draft, time.perf_counter() - began


def judge(
    writer: str, generator: Generator, asked: Prompted, quoting: Generator | None = None
) -> Case:
    """Ask a writer one question and measure its draft.

    With `quoting`, "over quoting" is by how much more of the expected words a reader is shown
    of the draft than quoting shows of the same passages: ROUGE-L, from -1 to 1.
    """
    draft, seconds = write_draft(generator, asked)
    values = {**measure(asked, draft), "seconds": seconds}
    if quoting is not None and not asked.wants_silence:
        quoted = measure(asked, write_draft(quoting, asked)[0])
        values["over quoting"] = values["rougeL shown"] - quoted["rougeL shown"]
    made = "by script" if asked.file == GROUNDED else "by hand"
    groups = (writer, f"{writer}, {asked.role}", f"{writer}, {made}")
    right = values.get("any passed", values.get("silence said", 0.0))
    return Case(values, groups, "" if right else f"{asked.question} -> {draft[:200]}")


def draw(asked: Sequence[Prompted], count: int, seed: int) -> list[Prompted]:
    """Return `count` questions, the roles in turn, chosen by the seed alone; 0 gives all."""
    if not count:
        return list(asked)
    ranked = sorted(asked, key=lambda one: sha256(f"{seed} {one.id}".encode()).digest())
    of_role = {role: [one for one in ranked if one.role == role] for role in ROLE_IDS}
    turns = [of_role[role][n] for n in range(len(ranked)) for role in ROLE_IDS
             if n < len(of_role[role])]  # fmt: skip
    return turns[:count]


def _read(bench: Bench) -> Iterator[Item]:
    elara = bench.elara()
    models = find_models(elara.settings)
    quoting = elara.assistant.generators[QUOTING]
    writers: dict[str, Callable[[], Generator]] = {QUOTING: lambda: quoting}
    opened = Opened(elara.settings)
    for name, installed in models.items():
        writers[name] = partial(opened.open, installed)
    share = max(1, bench.limit // len(writers)) if bench.limit else 0
    # One role after the other: the beginning of its prompt stays evaluated.
    chosen = sorted(draw(read_prompted(), share, bench.seed), key=lambda one: one.role)
    for name, engine in writers.items():
        for asked in chosen:
            beside = None if name == QUOTING else quoting
            deed = partial(_judge, name, engine, asked, beside)
            yield Item(f"{name}/{asked.role}/{asked.id}", deed)


def find_models(settings: Settings) -> dict[str, Installed]:
    """Return the models to compare: the one that the settings name, else all that may be used.

    Raises:
        Missing: there is none, or not the one named.
        WrongFile: the one named was not proven.
    """
    chosen = require_chat_model(settings)
    if settings.chat_model:
        return {chosen.model.id: chosen}
    found = find_installed(settings.model_folders, "chat")
    return {name: one for name, one in found.items() if not find_standing(one).fault}


def _judge(
    name: str, engine: Callable[[], Generator], asked: Prompted, quoting: Generator | None
) -> Case:
    return judge(name, engine(), asked, quoting)


SUITE = Suite(
    "adapters",
    "What each chat model writes on held-out topics",
    "Held-out dialogues and grounded examples of topics that no adapter was trained on, asked of "
    "every installed chat model and of quoting with the same passages. Half of the questions were "
    "made by script from the very sentences that answer them, so those are easier than people's; "
    "the passages are given, so that neither the search nor the gate is measured, and quoting is "
    "never silent here. With a limit every writer is asked the same questions. Halves are not told "
    "apart: nothing was set on these.",
    _read,
    {f"{QUOTING}: passed": Goal(1.0)},
)
