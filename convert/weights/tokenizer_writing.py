"""The tokenizer inside a GGUF file, written out as a Hugging Face folder has it.

transformers can read one too, but takes GPT-2's rules for every BPE model and adds tokens of its
own (5.23: SmolLM2's digits and 4 of 2,552 texts were cut otherwise). Merges of a SentencePiece
model are every pair that makes a token, by the token's score. `convert.proving.parity` proves what
is written. It knows no weight.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from convert.weights.pre_tokenizers import build_pre_tokenizer
from convert.weights.tokenizer_json import BYTE, CONTROL, SPACE, UNKNOWN, UNUSED, USER_DEFINED
from elara_local.errors import WrongFile
from elara_local.gguf_layout import Damaged, Items, read_layout

KEY = "tokenizer.ggml."
FLAGS = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
HINT = "Name the Hugging Face folder that the file was made from."


def write_tokenizer(model: Path, folder: Path) -> None:
    """Write tokenizer.json, tokenizer_config.json and the chat template of a GGUF file.

    Raises:
        WrongFile: the file is damaged, or its tokenizer is of a kind that is not known here.
    """
    pairs: dict[str, Any]
    try:
        found = read_layout(model, whole=True).pairs
        pairs = {
            key: list(value.values) if isinstance(value, Items) else value
            for key, value in found.items()
        }
        texts, types = pairs[f"{KEY}tokens"], pairs[f"{KEY}token_type"]
        kind = pairs[f"{KEY}model"]
    except (Damaged, KeyError, TypeError, OSError) as error:
        raise WrongFile(f"{model.name} has no tokenizer that can be read ({error}).") from error
    if kind == "gpt2":
        written = _write_bytes(pairs, texts)
    elif kind == "llama":
        written = _write_pieces(pairs, texts, types)
    else:
        raise WrongFile(f"A tokenizer of the kind '{kind}' can't be written out.", HINT)
    spare = {number for number, one in enumerate(types) if one == UNUSED}
    vocabulary = {text: n for n, text in enumerate(texts) if n not in spare}
    written["model"]["vocab"] = vocabulary
    written["added_tokens"] = [
        {"id": number, "content": texts[number], **FLAGS, "special": one != USER_DEFINED}
        for number, one in enumerate(types)
        if one in (CONTROL, UNKNOWN, USER_DEFINED)
    ]
    _write(folder / "tokenizer.json", {"version": "1.0", **written})
    _write(folder / "tokenizer_config.json", _write_settings(pairs, texts))
    if template := pairs.get("tokenizer.chat_template"):
        (folder / "chat_template.jinja").write_text(str(template), encoding="utf-8")


def _write_bytes(pairs: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    name = str(pairs.get(f"{KEY}pre"))
    rules = build_pre_tokenizer(name)
    if rules is None:
        raise WrongFile(f"The pre-tokenizer '{name}' is not known here.", HINT)
    merges = [merge.partition(" ") for merge in pairs[f"{KEY}merges"]]
    return {
        "pre_tokenizer": rules[0],
        "decoder": BYTES,
        "model": {
            "type": "BPE",
            "ignore_merges": rules[1],
            "merges": [[left, right] for left, _, right in merges],
        },
    }


def _write_pieces(
    pairs: Mapping[str, Any], texts: Sequence[str], types: Sequence[int]
) -> dict[str, Any]:
    scores = list(pairs[f"{KEY}scores"])
    plain = [n for n, kind in enumerate(types) if kind not in (BYTE, CONTROL, UNKNOWN, UNUSED)]
    known = {texts[number] for number in plain}
    merges = [
        [texts[number][:cut], texts[number][cut:]]
        for number in sorted(plain, key=lambda number: -scores[number])
        for cut in range(1, len(texts[number]))
        if texts[number][:cut] in known and texts[number][cut:] in known
    ]
    steps: list[dict[str, Any]] = [
        {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
    ]
    back: list[dict[str, Any]] = [
        {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
    ]
    if pairs.get(f"{KEY}add_space_prefix", True):
        steps.insert(0, {"type": "Prepend", "prepend": SPACE})
        back.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    unknown = pairs.get(f"{KEY}unknown_token_id")
    return {
        "normalizer": {"type": "Sequence", "normalizers": steps},
        "decoder": {"type": "Sequence", "decoders": back},
        "model": {
            "type": "BPE",
            "unk_token": None if unknown is None else texts[unknown],
            "fuse_unk": True,
            "byte_fallback": True,
            "merges": merges,
        },
    }


def _write_settings(pairs: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    settings: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast"}
    for kind, name in (("bos", "bos"), ("eos", "eos"), ("padding", "pad"), ("unknown", "unk")):
        number = pairs.get(f"{KEY}{kind}_token_id")
        if number is not None and 0 <= number < len(texts):
            settings[f"{name}_token"] = texts[number]
    is_pieces = pairs[f"{KEY}model"] == "llama"
    settings["add_bos_token"] = bool(pairs.get(f"{KEY}add_bos_token", is_pieces))
    settings["add_eos_token"] = bool(pairs.get(f"{KEY}add_eos_token", False))
    return settings


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
