"""What Elara does not help with, by role, from rules in content/refusal.toml.

What is covered: self-harm methods (not for clinicians), harm to others, false records, invented
evidence, privacy, denial of care, missing consent, misconduct, illicit drugs and weapons; each with
a reason and the nearest legitimate help. What is not covered: harmful requests in words that no
rule lists, other languages than the five. It never refuses a clinician a dose, a toxic threshold,
abortion care, palliative sedation or restraint. It fails closed: an error inside refuses, and says
so. This module knows no emergency rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from elara_local.records import Refusal
from elara_local.roles import LANGUAGES, ROLE_IDS
from elara_local.screening.function_words import likely_languages
from elara_local.screening.phrases import Lexicon, Token, tokens
from elara_local.text import clean_text

REFUSAL_FILE = Path(__file__).resolve().parent / "content" / "refusal.toml"
PARTS = ("always", "act", "about")
FAILED = Refusal(
    "check-failed",
    "The check of this question could not run, so it is not answered. Ask again; if it stays so, "
    "run the doctor command.",
)
_HINT = "Mend the file or put back the one that came with Elara."


@dataclass(frozen=True)
class RefusalRule:
    """One rule: whom it counts for and what is said, by language code."""

    id: str
    source: str
    roles: frozenset[str]
    reason: Mapping[str, str]


@dataclass(frozen=True)
class RefusalRules:
    """All rules; `lexicon` finds (rule id, part) with part in PARTS, and ("", "passes...")."""

    version: str
    rules: tuple[RefusalRule, ...]
    lexicon: Lexicon


def refuse(text: str, role: str) -> Refusal | None:
    """Return why the question is not answered, or None when it may be.

    Never raises: an error inside is a refusal with the rule "check-failed".
    """
    try:
        return _refuse(clean_text(text, len(text)), role, read_refusal_rules())
    except Exception:  # noqa: BLE001 - fails closed: an unchecked question is not answered
        return FAILED


@cache
def read_refusal_rules(path: Path = REFUSAL_FILE) -> RefusalRules:
    """Read and check the rules.

    Raises:
        WrongFile: the file is absent, is not TOML, or a rule lacks words, roles or a reason.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error}.", _HINT) from error
    entries = table.get("rule")
    if not table.get("version") or not table.get("source") or not isinstance(entries, list):
        raise WrongFile(f"{path.name} lacks its version, source or rules.", _HINT)
    rules = tuple(_rule(entry, path.name) for entry in entries)
    if len({rule.id for rule in rules}) != len(rules):
        raise WrongFile(f"{path.name} has two rules with the same id.", _HINT)
    phrases = {("", name): table.get(name, []) for name in ("passes", "passes_not")}
    for entry in entries:
        phrases |= {(entry["id"], part): entry.get(part, []) for part in PARTS}
    try:
        return RefusalRules(str(table["version"]), rules, Lexicon(phrases, forgive=False))
    except (ValueError, AttributeError, TypeError) as error:
        raise WrongFile(f"{path.name} has a phrase that can't be used: {error}.", _HINT) from error


def _rule(entry: Mapping[str, Any], where: str) -> RefusalRule:
    name = entry.get("id")
    where = f"{where}, rule '{name}',"
    roles, reason = entry.get("roles", []), entry.get("reason", {})
    wanted = set(ROLE_IDS) if roles == ["all"] else set(roles)
    if not name or not entry.get("source"):
        raise WrongFile(f"{where} lacks its id or source.", _HINT)
    if not wanted or wanted - set(ROLE_IDS):
        raise WrongFile(f"{where} is for roles that are not known: {roles}.", _HINT)
    if not all(str(reason.get(code, "")).strip() for code in LANGUAGES):
        raise WrongFile(f"{where} lacks a reason in one of {', '.join(LANGUAGES)}.", _HINT)
    if not entry.get("always") and not (entry.get("act") and entry.get("about")):
        raise WrongFile(f"{where} has no words.", _HINT)
    return RefusalRule(name, entry["source"], frozenset(wanted), reason)


def _refuse(text: str, role: str, rules: RefusalRules) -> Refusal | None:
    words = tokens(text)
    found = _sentences(words, rules.lexicon)
    if found.get(("", "passes")) and not found.get(("", "passes_not")):
        return None
    for rule in rules.rules:
        if role in ROLE_IDS and role not in rule.roles:
            continue
        together = found.get((rule.id, "act"), set()) & found.get((rule.id, "about"), set())
        if found.get((rule.id, "always")) or together:
            language = min(likely_languages(text), key=LANGUAGES.index)
            return Refusal(rule.id, rule.reason[language])
    return None


def _sentences(words: list[Token], lexicon: Lexicon) -> dict[tuple[str, str], set[int]]:
    """Return for each part of each rule the sentences in which it was found."""
    found: dict[tuple[str, str], set[int]] = {}
    for match in lexicon.find(words):
        found.setdefault(match.key, set()).add(words[match.start].sentence)
    return found
