"""What a model is called in its GGUF file, and its licence.

llama.cpp reads meaning into the name (src/llama-vocab.cpp): one with "phi-3" or "phi3" in it
swallows the spaces after special tokens, and does not load without Phi 3's four tokens. So the
name says it where the tokenizer does so, and does not where it doesn't. It knows no weight.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PHI3 = re.compile(r"phi-?3", re.IGNORECASE)
KEEPING = frozenset({"<unk>", "<s>", "<|endoftext|>"})  # Phi 3's tokens that keep the space
SWALLOWING = "</s>"


def find_name(folder: Path, raw: Mapping[str, Any]) -> str:
    """Return what the model is called: 'owner/name' of its hub, else its folder's name."""
    told = raw.get("_name_or_path")
    name = folder.resolve().name
    if isinstance(told, str) and re.fullmatch(r"[\w.-]+/[\w.-]+", told) and ".." not in told:
        name = told
    if swallows_spaces(folder):
        return name if PHI3.search(name) else f"{name} (Phi-3)"
    return PHI3.sub("Phi 3", name)


def swallows_spaces(folder: Path) -> bool:
    """Return whether the tokenizer treats the space after special tokens as Phi 3's does."""
    path = folder / "tokenizer.json"
    try:
        added = json.loads(path.read_text(encoding="utf-8"))["added_tokens"]
        spaces = {str(token["content"]): bool(token.get("rstrip")) for token in added}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False  # `tokens` refuses such a folder
    whole = KEEPING <= spaces.keys() and SWALLOWING in spaces
    return whole and all(strips is (text not in KEEPING) for text, strips in spaces.items())


def find_licence(folder: Path) -> str:
    """Return the licence that the model's card names at its head, or ""."""
    path = folder / "README.md"
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(20_000)
    card = re.match(r"---\n(.*?)\n---", head, re.DOTALL)
    found = re.search(r"^license: *['\"]?([\w.+-]+)", card[1], re.MULTILINE) if card else None
    return found[1] if found else ""
