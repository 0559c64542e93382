"""The name under which llama.cpp knows the pre-tokenizer of a tokenizer.json.

llama.cpp holds its own rules for cutting a text into words, one set for each name; the wrong
name gives other tokens and no error. The name is chosen here from the rules themselves, so a
fine-tune with an added token keeps its base's name. What is covered: the rules in the table.
What is not: that llama.cpp cuts every text alike, which `convert.proving.parity` measures.
Source of the table: llama.cpp's src/llama-vocab.cpp, llm_tokenizer_bpe and the names read at load.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from elara_local.errors import WrongFile

SHORT = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
WORD = r"[^\r\n\p{L}\p{N}]?\p{L}+"
REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SLASH_REST = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
CASED = rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+"
CASED_TOO = rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*"
MARKED = (
    rf"{SHORT}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = "bytes of GPT-2's words"
EITHER = (True, False)

# The steps of a pre-tokenizer; whether whole words skip the merges; llama.cpp's name.
KNOWN: tuple[tuple[tuple[str, ...], tuple[bool, ...], str], ...] = (
    ((BYTES,), (False,), "gpt-2"),
    (("digits", BYTES), (False,), "smollm"),
    (("digits by three", BYTES), (False,), "falcon"),
    ((rf"{SHORT}|{WORD}|\p{{N}}{{1,3}}|{REST}",), (True,), "llama-bpe"),
    ((rf"{SHORT}|{WORD}|\p{{N}}{{1,3}}|{REST}",), (False,), "smaug-bpe"),
    ((rf"{SHORT}|{WORD}|\p{{N}}|{REST}",), (False,), "qwen2"),
    ((MARKED,), (False,), "qwen35"),
    ((rf"{CASED}|{CASED_TOO}|\p{{N}}|{SLASH_REST}",), EITHER, "tekken"),
    (
        (rf"{CASED}{SHORT}?|{CASED_TOO}{SHORT}?|\p{{N}}{{1,3}}|{SLASH_REST}",),
        (False,),
        "gpt-4o",
    ),
)
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")
HINT = "Name llama.cpp's own for it with --pre NAME; `convert verify` proves it or refuses it."


def name_pre_tokenizer(tokenizer: Mapping[str, Any], chosen: str = "") -> str:
    """Return llama.cpp's name for the pre-tokenizer of a byte-level tokenizer.json.

    Args:
        tokenizer: the whole tokenizer.json.
        chosen: a name given by a person, taken as it is.

    Raises:
        WrongFile: no name fits and none was given, or the given one is no name.
    """
    if chosen:
        if not NAME.fullmatch(chosen):
            raise WrongFile(f"'{chosen[:50]}' is no name of a pre-tokenizer.", HINT)
        return chosen
    steps = read_steps(tokenizer.get("pre_tokenizer") or {})
    whole = bool(tokenizer["model"].get("ignore_merges"))
    for known, skips, name in KNOWN:
        if steps == known and whole in skips:
            return name
    told = " then ".join(step[:300] for step in steps) or "nothing"
    raise WrongFile(
        f"llama.cpp has no name known here for a pre-tokenizer that splits by {told}"
        f"{' and takes whole words before merges' if whole else ''}.",
        HINT,
    )


def build_pre_tokenizer(name: str) -> tuple[dict[str, Any], bool] | None:
    """Return the rules of a tokenizer.json for llama.cpp's name, and whether whole words go first.

    None for a name that is not in the table.
    """
    for steps, skips, known in KNOWN:
        if known == name:
            built = [_build(step) for step in steps]
            if steps[-1] != BYTES:
                built.append(_build(BYTES) | {"use_regex": False})
            return {"type": "Sequence", "pretokenizers": built}, skips[0]
    return None


def read_steps(rules: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a pre-tokenizer does, step by step: regular expressions or own words."""
    kind = rules.get("type", "")
    if kind == "Sequence":
        return tuple(step for one in rules["pretokenizers"] for step in read_steps(one))
    if kind == "ByteLevel" and not rules.get("add_prefix_space"):
        return (BYTES,) if rules.get("use_regex", True) else ()
    if kind == "Digits":
        return ("digits",) if rules.get("individual_digits") else ("runs of digits",)
    if kind == "Split":
        return (_split(rules),)
    return (_described(rules),) if kind else ()


def is_byte_level(rules: Mapping[str, Any] | None) -> bool:
    """True when a pre-tokenizer turns the text into GPT-2's letters for bytes."""
    if not rules:
        return False
    inner: Sequence[Mapping[str, Any]] = rules.get("pretokenizers") or ()
    return rules.get("type") == "ByteLevel" or any(is_byte_level(one) for one in inner)


def _build(step: str) -> dict[str, Any]:
    if step == BYTES:
        return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    if step == "digits":
        return {"type": "Digits", "individual_digits": True}
    pattern = {"Regex": "[0-9][0-9][0-9]" if step == "digits by three" else step}
    return {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}


def _split(rules: Mapping[str, Any]) -> str:
    pattern = rules.get("pattern") or {}
    found = str(pattern.get("Regex", ""))
    kept = (rules.get("behavior"), bool(rules.get("invert")))
    if not found or kept not in (("Isolated", False), ("Removed", True)):
        return _described(rules)
    return {r"\p{N}": "digits", "[0-9][0-9][0-9]": "digits by three"}.get(found, found)


def _described(rules: Mapping[str, Any]) -> str:
    inner = ", ".join(f"{key}={value}" for key, value in rules.items() if key != "type")
    return f"{rules.get('type')}({inner})"
