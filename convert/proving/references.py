"""The tokenizer that a conversion must agree with: a Hugging Face folder or another GGUF file.

A tokenizer.json is run by `tokenizers`, a tokenizer.model by sentencepiece: no torch and no
transformers. It knows no text and compares nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.proving.vocabulary import open_vocabulary
from convert.weights.chat_templates import read_chat_template
from convert.weights.special_tokens import read_specials
from convert.weights.tokenizer_json import SPACE, read_json, read_tokenizer
from elara_local.errors import Missing, WrongFile

LARGEST = 1 << 31
SPACES = (
    "The tokenizer.json puts a space before the first word of a text, if none is there; "
    "SentencePiece, with which such models were trained, and llama.cpp put one before every "
    "stretch of text, after markers too. The reference was read as SentencePiece does it."
)


@dataclass(frozen=True)
class Reference:
    """A tokenizer, its special tokens by kind, what it adds by itself, and its template."""

    tokenize: Callable[[str], list[int]]
    specials: Mapping[str, int]
    adds: tuple[bool, bool]  # BOS, EOS
    template: str
    notes: tuple[str, ...] = ()


@contextmanager
def read_reference(path: Path) -> Iterator[Reference]:
    """Open a Hugging Face folder or a GGUF file as the reference.

    Raises:
        Missing: it is not there or has no tokenizer.
        WrongFile: it can't be read.
    """
    if path.is_dir():
        yield _read_folder(path)
        return
    with open_vocabulary(path) as found:
        yield Reference(found.tokenize, found.specials, found.adds, found.template)


def _read_folder(folder: Path) -> Reference:
    template = read_chat_template(folder)
    notes: tuple[str, ...] = ()
    if (folder / "tokenizer.model").is_file() and not (folder / "tokenizer.json").is_file():
        tokenize, numbers = _read_pieces(folder)
    else:
        tokenize, numbers, notes = _read_json(folder)
    found = read_specials(folder, numbers, LARGEST, template)
    specials = {kind: number for kind, number in found.numbers.items() if kind != "unk"}
    return Reference(tokenize, specials, (found.add_bos, found.add_eos), template, notes)


def _read_json(
    folder: Path,
) -> tuple[Callable[[str], list[int]], Mapping[str, int], tuple[str, ...]]:
    from tokenizers import Tokenizer

    written = read_tokenizer(folder)
    notes = (SPACES,) if _put_spaces(written) else ()
    try:
        tokenizer = Tokenizer.from_str(json.dumps(written))
    except Exception as error:
        raise WrongFile(f"tokenizer.json of {folder.name} can't be read ({error}).") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    numbers: Mapping[str, int] = tokenizer.get_vocab(with_added_tokens=True)

    def tokenize(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    return tokenize, numbers, notes


def _put_spaces(tokenizer: dict[str, Any]) -> bool:
    """Write a Metaspace that puts a space first as SentencePiece's two steps; True if it was one.

    These are the steps that transformers 4 wrote for the same models.
    """
    rules = tokenizer.get("pre_tokenizer") or {}
    if rules.get("type") != "Metaspace" or rules.get("prepend_scheme") == "never":
        return False
    steps = [
        {"type": "Prepend", "prepend": SPACE},
        {"type": "Replace", "pattern": {"String": " "}, "content": SPACE},
    ]
    tokenizer["normalizer"] = {"type": "Sequence", "normalizers": steps}
    tokenizer["pre_tokenizer"] = (
        {**rules, "prepend_scheme": "never"} if rules.get("split", True) else None
    )
    return True


def _read_pieces(folder: Path) -> tuple[Callable[[str], list[int]], Mapping[str, int]]:
    try:
        from sentencepiece import SentencePieceProcessor
    except ImportError as error:
        raise Missing(
            "A tokenizer.model is read by sentencepiece, which is not installed.",
            "Copy tokenizer.json from the base model, or install requirements.txt.",
        ) from error
    pieces = SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    markers = {
        pieces.id_to_piece(n): n
        for n in range(pieces.get_piece_size())
        if pieces.is_control(n) or pieces.is_unknown(n)
    }
    markers |= {text: int(n) for text, n in read_json(folder / "added_tokens.json").items()}
    cut = re.compile("|".join(re.escape(m) for m in sorted(markers, key=len, reverse=True)))

    def tokenize(text: str) -> list[int]:
        """SentencePiece reads no markers: each is cut out, what is between begins anew."""
        tokens: list[int] = []
        last = 0
        for found in cut.finditer(text):
            tokens += [*pieces.encode(text[last : found.start()]), markers[found[0]]]
            last = found.end()
        return tokens + list(pieces.encode(text[last:]))

    numbers = {pieces.id_to_piece(n): n for n in range(pieces.get_piece_size())}
    return tokenize, {**numbers, **markers}
