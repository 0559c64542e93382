"""A tokenizer.json of Hugging Face, turned into llama.cpp's vocabulary.

Two kinds are read: BPE over GPT-2's letters for bytes ("gpt2"), and BPE over letters with a
fallback to bytes ("llama"), as transformers saves a SentencePiece model. llama.cpp knows no
merges for the second: it joins the pair whose joined token has the highest score, which is the
same when the score is minus the rank of the merge. It knows no chat template and no special id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from convert.weights.pre_tokenizers import is_byte_level, name_pre_tokenizer
from elara_local.errors import Missing, WrongFile

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6  # gguf.TokenType
SPACE = "\u2581"  # how SentencePiece writes a space
BYTE_TOKEN = re.compile(r"<0x[0-9A-F]{2}>")
# Turn marks that some publishers list as ordinary added tokens: as CONTROL they are never read
# in a user's words (llama.cpp matches USER_DEFINED ones everywhere).
MARKER = re.compile("<\\|.+\\|>|<\uff5c.+\uff5c>|<(start|end)_of_turn>|<unused[0-9]+>")
HINT = "Take a base whose tokenizer is BPE or SentencePiece BPE, as Llama's, Qwen's or Gemma's."


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by id with what llama.cpp must know of each; `model` is "gpt2" or "llama"."""

    model: str
    tokens: Mapping[int, str]
    types: Mapping[int, int]
    pre: str = ""  # llama.cpp's name of the pre-tokenizer; "gpt2" only
    scores: Mapping[int, float] = field(default_factory=dict)  # "llama" only
    merges: tuple[str, ...] = ()  # "gpt2" only
    space_prefix: bool = False


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; {} when there is no such file.

    Raises:
        WrongFile: it is no JSON object.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found
    except (OSError, ValueError, RecursionError) as error:
        raise WrongFile(
            f"{path.name} can't be read ({error}).", "Take a whole copy of the model's folder."
        ) from error


def read_tokenizer(folder: Path) -> dict[str, Any]:
    """Return the tokenizer.json of a folder, made from vocab.json and merges.txt for GPT-2.

    Raises:
        Missing: there is neither.
        WrongFile: a file is damaged.
    """
    found = read_json(folder / "tokenizer.json")
    if found:
        return found
    words, merges = read_json(folder / "vocab.json"), folder / "merges.txt"
    if words and merges.is_file() and read_json(folder / "config.json").get("model_type") == "gpt2":
        return _from_gpt2(words, merges)
    raise Missing(
        f"The folder {folder.name} has no tokenizer.json.",
        "Copy tokenizer.json (or tokenizer.model) from the base model beside config.json.",
    )


def read_tokens(tokenizer: Mapping[str, Any], pre: str = "") -> Vocabulary:
    """Turn a tokenizer.json into a vocabulary.

    Args:
        tokenizer: the whole file.
        pre: llama.cpp's name of the pre-tokenizer, for one not known here.

    Raises:
        WrongFile: llama.cpp has nothing that works alike; the message names what.
    """
    try:
        model = tokenizer["model"]
        kind = model.get("type", "BPE")
        if kind != "BPE":
            raise WrongFile(f"A tokenizer of the kind '{kind}' can't be converted.", HINT)
        pairs = [_pair(one) for one in model["merges"]]
        if is_byte_level(tokenizer.get("pre_tokenizer")):
            return _read_byte_level(tokenizer, pairs, pre)
        return _read_sentence_pieces(tokenizer, pairs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WrongFile(f"tokenizer.json is damaged ({type(error).__name__}: {error}).") from error


def _read_byte_level(
    tokenizer: Mapping[str, Any], pairs: Sequence[tuple[str, str]], pre: str
) -> Vocabulary:
    _refuse_extras(tokenizer["model"], byte_fallback=False)
    normalizer = tokenizer.get("normalizer") or {}
    if normalizer.get("type", "NFC") != "NFC":
        raise _unlike(f"a normalizer '{normalizer.get('type')}' before its merges")
    if any(" " in part for pair in pairs for part in pair):
        raise _unlike("spaces inside its merges")
    tokens, types = _list_tokens(tokenizer)
    return Vocabulary(
        model="gpt2",
        tokens=tokens,
        types=types,
        pre=name_pre_tokenizer(tokenizer, pre),
        merges=tuple(f"{left} {right}" for left, right in pairs),
    )


def _read_sentence_pieces(
    tokenizer: Mapping[str, Any], pairs: Sequence[tuple[str, str]]
) -> Vocabulary:
    model = tokenizer["model"]
    _refuse_extras(model, byte_fallback=True)
    prefix = _reads_spaces(tokenizer)
    tokens, types = _list_tokens(tokenizer)
    ranks: dict[str, int] = {}
    for rank, (left, right) in enumerate(pairs):
        ranks.setdefault(left + right, rank)
    scores = {}
    for number, text in tokens.items():
        if BYTE_TOKEN.fullmatch(text):
            types[number] = BYTE
        elif text == model.get("unk_token"):
            types[number] = UNKNOWN
        elif types[number] == USER_DEFINED and SPACE in text and text in ranks:
            types[number] = NORMAL  # a run of spaces: only of a NORMAL one are they written back
        # a token that no merge makes is never joined before one that a merge does
        alone = 0.0 if len(text) == 1 or types[number] == BYTE else -float(len(pairs) + 1)
        scores[number] = float(-ranks[text]) if text in ranks else alone
    if sum(kind == BYTE for kind in types.values()) != 256:
        raise _unlike("no token for each of the 256 bytes")
    return Vocabulary("llama", tokens, types, scores=scores, space_prefix=prefix)


def _list_tokens(tokenizer: Mapping[str, Any]) -> tuple[dict[int, str], dict[int, int]]:
    tokens = {int(number): str(text) for text, number in tokenizer["model"]["vocab"].items()}
    types = dict.fromkeys(tokens, NORMAL)
    for added in tokenizer.get("added_tokens") or ():
        number, text = int(added["id"]), str(added["content"])
        if tokens.setdefault(number, text) != text:
            raise _unlike(f"two tokens of the number {number}")
        is_control = added.get("special") or MARKER.fullmatch(text)
        types[number] = CONTROL if is_control else USER_DEFINED
    return tokens, types


def _reads_spaces(tokenizer: Mapping[str, Any]) -> bool:
    """Check that spaces become U+2581 and nothing else is changed; True if one is put first."""
    normalizer, cutter = tokenizer.get("normalizer"), tokenizer.get("pre_tokenizer")
    steps = [(step.get("type"), _content(step)) for step in (*_steps(normalizer), *_steps(cutter))]
    put_first = False
    replaced = False
    for kind, content in steps:
        if kind == "Replace" and content == (" ", SPACE):
            replaced = True
        elif kind == "Prepend" and content == (SPACE,):
            put_first = True
        elif kind == "Metaspace" and content[0] == SPACE:
            replaced, put_first = True, put_first or content[1] != "never"
        elif not (kind == "Split" and content == (" ", "MergedWithPrevious")):
            raise _unlike(f"a step '{kind}' before its merges")
    if not replaced:
        raise _unlike("neither bytes as GPT-2 writes them nor spaces as SentencePiece does")
    return put_first


def _steps(rules: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if not rules:
        return []
    inner = rules.get("normalizers") or rules.get("pretokenizers")
    return [step for one in inner for step in _steps(one)] if inner else [rules]


def _content(step: Mapping[str, Any]) -> tuple[str, ...]:
    pattern = (step.get("pattern") or {}).get("String", "")
    if step.get("type") == "Metaspace":
        older = "always" if step.get("add_prefix_space", True) else "never"
        return str(step.get("replacement")), str(step.get("prepend_scheme", older))
    if step.get("type") == "Prepend":
        return (str(step.get("prepend")),)
    return pattern, str(step.get("content", step.get("behavior", "")))


def _refuse_extras(model: Mapping[str, Any], byte_fallback: bool) -> None:
    for name in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"):
        if model.get(name):
            raise _unlike(f"a {name} of '{model[name]}'")
    if bool(model.get("byte_fallback")) != byte_fallback:
        raise _unlike(f"byte_fallback {'off' if byte_fallback else 'on'}")


def _pair(merge: object) -> tuple[str, str]:
    parts = merge.split(" ") if isinstance(merge, str) else merge
    if not isinstance(parts, list) or len(parts) != 2:
        raise ValueError("a merge is not of two parts")
    return str(parts[0]), str(parts[1])


def _from_gpt2(words: Mapping[str, Any], merges: Path) -> dict[str, Any]:
    lines = merges.read_text(encoding="utf-8").split("\n")
    end = "<|endoftext|>"
    added = {end: words[end]} if end in words else {}
    added |= read_json(merges.with_name("added_tokens.json"))
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    letters = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": number, "content": text, **flags, "special": text == end}
            for text, number in sorted(added.items(), key=lambda pair: int(pair[1]))
        ],
        "pre_tokenizer": letters,
        "decoder": letters,
        "model": {
            "type": "BPE",
            "vocab": dict(words),
            "merges": [line for line in lines if line and not line.startswith("#version")],
        },
    }


def _unlike(what: str) -> WrongFile:
    return WrongFile(f"This tokenizer has {what}; llama.cpp has nothing alike.", HINT)
