"""Proves that a GGUF file says what its reference says, and writes down what was measured.

Covered: the header, a load in another process, tokens, the chat template, logits over clinical
text, the first words of ten golden questions, and that an adapter is really in. Without a
reference the file is checked by itself ("as published"): it loads, its template renders, text
comes back from its tokens unharmed, it answers. Not covered: whether the model is any good.
The limits and the verdict are elara_local.proofs'; it knows none.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from convert.progress import Say, silent
from convert.proving.divergence import compare
from convert.proving.golden import read_golden, read_prompt, read_windows, write_first
from convert.proving.logits import LlamaLogits, Logits
from convert.proving.model_file import fingerprint, read_model_file
from convert.proving.opening import CONTEXT, Opened, Source, open_reference
from convert.proving.parity import prove_tokens, read_texts
from elara_local.engines.chat.templates import Part
from elara_local.proofs import PUBLISHED, Proof
from elara_local.weights import digest

LEAST_KL = 1e-12  # below this two models are the same, and a share makes no sense
PACKAGES = ("llama-cpp-python", "gguf", "numpy", "torch", "transformers", "peft")


def prove(
    model: Path, source: Source, threads: int = 0, say: Say = silent, name: str = ""
) -> Proof:
    """Measure a file against what it was made from; the report is returned, not written.

    Whether it passed is `elara_local.proofs.find_faults`. `name` is the file's name in the
    report where it is to have another.

    Raises:
        WrongFile: the file or the reference can't be evaluated.
        Missing: something is not there, or the reference needs the workshop.
    """
    file = read_model_file(model)
    say(f"{name or model.name}: {file.architecture}, {file.quantization}; computing its sha256")
    sha256 = digest(model)
    with ExitStack() as stack:
        asked = stack.enter_context(LlamaLogits(model, CONTEXT, threads))
        opened = open_reference(source, model.parent, threads, stack, say)
        if opened is None:
            figures, answers = _check_alone(asked, say)
            notes: tuple[str, ...] = ()
        else:
            say("comparing tokens and chat template")
            tokens = prove_tokens(opened.path, model)
            notes = (*tokens.faults, *tokens.notes)
            figures = {**tokens.figures(), **_measure(opened, asked, say)}
            figures["golden"], answers = _answer(opened.reference, asked, say)
    return Proof(
        file=name or model.name,
        sha256=sha256,
        quantization=file.quantization,
        architecture=file.architecture,
        base=file.base or (source.path.name if source.path else ""),
        base_sha256=fingerprint(source.base or source.path),
        reference=opened.words if opened else PUBLISHED,
        figures={**figures, "loaded": 1.0},
        adapter=source.adapter.name if source.adapter else "",
        adapter_sha256=fingerprint(source.adapter),
        template_sha256=file.template_sha256,
        licence=source.licence or file.licence,
        command=source.command,
        made=datetime.date.today().isoformat(),
        versions=_versions(),
        answers=tuple(answers),
        notes=notes,
    )


def _measure(opened: Opened, asked: LlamaLogits, say: Say) -> dict[str, float]:
    windows = read_windows(asked)
    say(f"comparing the logits of {sum(map(len, windows))} tokens")
    figures = compare(opened.reference, asked, windows).figures()
    figures["tokens"] = float(sum(map(len, windows)))
    if opened.base is not None:
        say("comparing with the base without the adapter")
        figures["kl_base"] = compare(opened.base, asked, windows).figures()["kl"]
        figures["adapter_in"] = figures["kl_base"] / max(figures["kl"], LEAST_KL)
    return figures


def _answer(
    reference: Logits, asked: LlamaLogits, say: Say
) -> tuple[float, list[Mapping[str, str]]]:
    """Return the share of golden questions begun alike, and the first words of both."""
    answers: list[Mapping[str, str]] = []
    alike = 0
    questions = read_golden()
    for number, golden in enumerate(questions, 1):
        say(f"golden question {number} of {len(questions)}")
        prompt = read_prompt(golden, asked)
        first, second = write_first(reference, prompt), write_first(asked, prompt)
        alike += first == second
        words = {"reference": asked.text_of(first), "file": asked.text_of(second)}
        answers.append({"question": golden.question, **words})
    return alike / len(questions), answers


def _check_alone(asked: LlamaLogits, say: Say) -> tuple[dict[str, float], list[Mapping[str, str]]]:
    """Check a file with nothing to compare it with; `golden` is the share that was answered."""
    texts = read_texts()
    say("reading its tokens back")
    same = sum(asked.text_of(asked.tokenize([Part(t, False)])).strip() == t.strip() for t in texts)
    questions = read_golden()
    answers: list[Mapping[str, str]] = []
    for number, golden in enumerate(questions, 1):
        say(f"golden question {number} of {len(questions)}")
        words = asked.text_of(write_first(asked, read_prompt(golden, asked)))
        answers.append({"question": golden.question, "file": words})
    answered = sum(bool(answer["file"].strip()) for answer in answers)
    figures = {"token_parity": same / len(texts), "template_parity": 1.0}
    return {**figures, "golden": answered / len(answers)}, answers


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
