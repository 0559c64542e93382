"""Names of medicines, each with its other names, from content/drugs.toml.

What is covered: more than 700 medicines by WHO, US and former names, so that paracetamol
equals acetaminophen and artesunate never equals artemether; combinations are medicines of
their own. What is not covered: brand names and medicines not in the list; those stay words,
which must then be found in the source letter for letter.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from elara_local.errors import WrongFile
from elara_local.grounding.items import Page

DRUGS_FILE = Path(__file__).resolve().parent.parent / "content" / "drugs.toml"
TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z0-9']+")
JOIN = re.compile(r"[\s/+%,&-]{1,3}")

Names = dict[str, list[tuple[tuple[str, ...], str]]]


@lru_cache(maxsize=1)
def read_drugs() -> dict[str, str]:
    """Every name in lower case with the WHO name it stands for.

    Raises:
        WrongFile: the file is missing or is not valid.
    """
    try:
        classes = tomllib.loads(DRUGS_FILE.read_text(encoding="utf-8"))["classes"]
    except (OSError, ValueError, KeyError) as error:
        raise WrongFile(
            f"The list of medicines, {DRUGS_FILE.name}, can't be read: {error}.",
            "Restore it from the release; until then no sentence can be checked.",
        ) from error
    lines = [line.split("|") for group in classes.values() for line in group]
    return {name.strip(): names[0].strip() for names in lines for name in names}


@lru_cache(maxsize=1)
def _by_first_word() -> Names:
    table: Names = {}
    for name, drug in read_drugs().items():
        parts = tuple(TOKEN.findall(name))
        table.setdefault(parts[0], []).append((parts, drug))
    for names in table.values():
        names.sort(key=lambda entry: len(entry[0]), reverse=True)
    return table


def take_drugs(page: Page) -> None:
    """Take every medicine out of the page, as items of kind "drug"."""
    tokens = list(TOKEN.finditer(page.text))
    table = _by_first_word()
    index = 0
    while index < len(tokens):
        word = tokens[index].group()
        named = table.get(word) or table.get(word.removesuffix("s"), [])
        length, drug = next(
            (
                (len(parts), name)
                for parts, name in named
                if _stands(page.text, tokens, index, parts)
            ),
            (0, ""),
        )
        if length:
            page.take("drug", drug, tokens[index].start(), tokens[index + length - 1].end())
        index += length or 1


def _stands(text: str, tokens: list[re.Match[str]], index: int, parts: tuple[str, ...]) -> bool:
    """True when the words of a name stand at `index`, joined as one name is."""
    found = tokens[index : index + len(parts)]
    if len(found) < len(parts):
        return False
    same = all(
        token.group() == part or (n == len(parts) - 1 and token.group() == part + "s")
        for n, (token, part) in enumerate(zip(found, parts, strict=True))
    )
    gaps = (text[a.end() : b.start()] for a, b in zip(found, found[1:], strict=False))
    return same and all(JOIN.fullmatch(gap) and "," not in gap for gap in gaps)
