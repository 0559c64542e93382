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
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from convert.progress import Say, silent
from convert.proving.divergence import compare
from convert.proving.golden import read_golden, read_prompt, read_windows, write_first
from convert.proving.logits import LlamaLogits, Logits
from convert.proving.model_file import fingerprint, read_model_file
from convert.proving.parity import prove_tokens, read_texts
from convert.proving.reference import open_huggingface
from elara_local.engines.chat.templates import Part
from elara_local.errors import WrongUse
from elara_local.proofs import PUBLISHED, Proof
from elara_local.weights import digest

CONTEXT = 2048  # tokens: the program's own default
LEAST_KL = 1e-12  # below this two models are the same, and a share makes no sense
FLOATS = ("F32", "F16", "BF16")
PACKAGES = ("llama-cpp-python", "gguf", "numpy", "torch", "transformers", "peft")


@dataclass(frozen=True)
class Source:
    """What a file was made from, and so what it is proven against.

    path     the reference: a Hugging Face folder, a GGUF in F32, F16 or BF16, or, with an
             adapter, the GGUF base that it was put on; None: the file is checked by itself
    adapter  the PEFT adapter that the file is to hold and the reference does not
    base     the untouched base, where the reference already holds the adapter
    """

    path: Path | None
    adapter: Path | None = None
    base: Path | None = None
    licence: str = ""
    command: str = ""


@dataclass(frozen=True)
class Opened:
    """The reference: its path, its engine, that of the untouched base if any, and its name."""

    path: Path
    reference: Logits
    base: Logits | None
    words: str


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
        opened = _open(source, asked.context, threads, stack, say) if source.path else None
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


def _open(source: Source, context: int, threads: int, stack: ExitStack, say: Say) -> Opened:
    """Open the reference, and the untouched base where an adapter is named."""
    path = source.path
    assert path is not None
    say(f"reading the reference {path.name}")
    if path.is_dir() or source.adapter is not None:
        whole = open_huggingface(path, source.adapter, threads)
        base: Logits | None = whole.without() if source.adapter else None
        kind = "folder" if path.is_dir() else "GGUF dequantized"
        words = f"{path.name}, {kind}, float32 through transformers"
        return Opened(path, whole, base, f"{words} with the adapter" if source.adapter else words)
    kind = read_model_file(path).quantization
    if kind not in FLOATS:
        raise WrongUse(
            f"{path.name} is {kind}; a reference must be one of {', '.join(FLOATS)}.",
            "Name what the file was made from.",
        )
    reference = stack.enter_context(LlamaLogits(path, context, threads))
    untouched: Logits | None = None
    if source.base is not None and source.base.is_dir():
        untouched = open_huggingface(source.base, None, threads)
    elif source.base is not None:
        untouched = stack.enter_context(LlamaLogits(source.base, context, threads))
    return Opened(
        path, reference, untouched, f"{path.name}, {kind} through llama.cpp, float32 cache"
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
