"""Which tokens begin, end and fill a text, and whether the first is put there by itself.

Taken from tokenizer_config.json and config.json; whether BOS and EOS are added, from what
tokenizer.json does with a text. llama.cpp takes number 11 for a missing BOS or EOS of a BPE
model: so an EOS must be found, and a missing BOS becomes the EOS, never added. It knows no
pre-tokenizer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.weights.tokenizer_json import read_json
from elara_local.errors import WrongFile

KINDS = ("bos", "eos", "unk", "sep", "pad", "mask")
# What ends a turn, where it is not the EOS itself; llama.cpp stops at it too.
TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>")


@dataclass(frozen=True)
class Specials:
    """Token numbers by kind ("bos", "eos", "eot", ...), and what is added by itself."""

    numbers: Mapping[str, int]
    add_bos: bool
    add_eos: bool


def read_specials(folder: Path, numbers: Mapping[str, int], size: int, template: str) -> Specials:
    """Find the special tokens of a folder.

    Args:
        folder: the Hugging Face folder.
        numbers: the number of every token, by its text.
        size: how many tokens there are.
        template: the chat template.

    Raises:
        WrongFile: no token ends a text.
    """
    settings, config = read_json(folder / "tokenizer_config.json"), _read_config(folder)
    found: dict[str, int] = {}
    for kind in KINDS:
        number = numbers.get(_content(settings.get(f"{kind}_token")))
        number = _first(config.get(f"{kind}_token_id")) if number is None else number
        if number is not None and 0 <= number < size:
            found[kind] = number
    if "eos" not in found:
        raise WrongFile(
            f"The model in {folder.name} names no token that ends a text.",
            "Copy tokenizer_config.json or eos_token_id of config.json from the base model.",
        )
    for mark in TURN_ENDS:
        if mark in template and mark in numbers and numbers[mark] != found["eos"]:
            found["eot"] = numbers[mark]
            break
    first, last = _added_around(folder)
    has_bos = "bos" in found
    add_bos, add_eos = settings.get("add_bos_token"), settings.get("add_eos_token")
    if not isinstance(add_bos, bool):
        add_bos = first is not None and first == found.get("bos")
    if not isinstance(add_eos, bool):
        add_eos = last is not None and last == found["eos"]
    found.setdefault("bos", found["eos"])
    return Specials(found, add_bos and has_bos, add_eos)


def _read_config(folder: Path) -> dict[str, Any]:
    config = read_json(folder / "config.json")
    inner = config.get("text_config")
    return {**inner, **config} if isinstance(inner, dict) else config


def _content(token: object) -> str:
    found = token.get("content") if isinstance(token, Mapping) else token
    return found if isinstance(found, str) else ""


def _first(number: object) -> int | None:
    """Return the number, or the first of several."""
    if isinstance(number, list) and number:
        number = number[0]
    return number if type(number) is int else None


def _added_around(folder: Path) -> tuple[int | None, int | None]:
    """Return the tokens that tokenizer.json itself puts before and after a text."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        is_pieces = (folder / "tokenizer.model").is_file()
        return (_first(_read_config(folder).get("bos_token_id", 1)) if is_pieces else None), None
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise WrongFile(f"tokenizer.json of {folder.name} can't be read ({error}).") from error
    bare = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    start = next((n for n in range(len(whole)) if whole[n : n + len(bare)] == bare), 0)
    end = start + len(bare)
    return (whole[0] if start else None), (whole[-1] if end < len(whole) else None)
