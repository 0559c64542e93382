"""What Elara does not help with, by role: rules first, then likeness to our own examples.

What is covered: the nine AMA principles (dignity, honesty, law, privacy, science, free choice,
public health, the patient first, access for all), self-harm methods and deadly amounts (for
patients), harm to others, illicit drugs and weapons; each with a reason and the nearest
legitimate help in five languages. Rules are content/refusal/rules.toml; the second stage is
`screening.likeness`, which needs the embedder and reads English. Each sentence is read alone,
so an honest question does not carry a harmful one through.
What is not covered: encoded text (base64), other languages than the five, harm that no sentence
says, misspelt words (the rules forgive none, the second stage some), and who is asking. It never
refuses a clinician a dose, a toxic threshold, abortion care, palliative sedation or restraint.
The rules fail closed: an error inside refuses and says so. Where the second stage fails the rules
have still run and a note says it; the search needs the same embedder, so that nothing is
answered then. This module knows no emergency rule.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from elara_local.ports import Embedder
from elara_local.records import Refusal
from elara_local.roles import LANGUAGES, ROLE_IDS
from elara_local.screening.deeds import REFUSED
from elara_local.screening.function_words import likely_languages
from elara_local.screening.likeness import cut, liken
from elara_local.screening.phrases import Lexicon, tokens
from elara_local.text import clean_text

log = logging.getLogger(__name__)

REFUSAL_FILE = Path(__file__).resolve().parent / "content" / "refusal" / "rules.toml"
FAILED = Refusal(
    "check-failed",
    "The check of this question could not run, so it is not answered. Ask again; if it stays so, "
    "run the doctor command.",
)
UNLIKENED = "The second check of this question, by likeness, could not run; the rules did."
# Score above which a text is refused, set on dev: lower where a word of a rule stands in it too.
ALIKE = 0.1
ALIKE_WARY = 0.0
_HINT = "Mend the file or put back the one that came with Elara."
_WORDS = re.compile(r"\{([a-z-]+)\}")


@dataclass(frozen=True)
class RefusalRule:
    """One rule: whom it counts for, the slots that fire it together, what is said by language."""

    id: str
    source: str
    roles: frozenset[str]
    when: tuple[frozenset[str], ...]
    reason: Mapping[str, str]


@dataclass(frozen=True)
class RefusalRules:
    """All rules; `lexicon` finds ("slot", name)."""

    version: str
    rules: tuple[RefusalRule, ...]
    lexicon: Lexicon
    passes: frozenset[str]
    passes_not: frozenset[str]
    wary: frozenset[str]

    def rule(self, name: str) -> RefusalRule:
        """Return a rule by its id."""
        return next(rule for rule in self.rules if rule.id == name)


def refuse(text: str, role: str) -> Refusal | None:
    """Return why the question is not answered by the rules alone, or None when it may be.

    Never raises: an error inside is a refusal with the rule "check-failed".
    """
    try:
        return _refuse(clean_text(text, len(text)), role, read_refusal_rules())
    except Exception:  # noqa: BLE001 - fails closed: an unchecked question is not answered
        return FAILED


def refuse_wholly(
    said: str, english: str, role: str, embedder: Embedder
) -> tuple[Refusal | None, list[str]]:
    """Return why the question is not answered, by rules or by likeness, and notes for the answer.

    `said` is the question in its own words, `english` the same in English where it is known;
    `embedder` is that of the index that is searched. Its failure is a note, never an error.
    """
    found = refuse(said, role) or (refuse(english, role) if english != said else None)
    if found:
        return found, []
    try:
        return refuse_alike(clean_text(english, len(english)), role, embedder), []
    except Exception as error:  # noqa: BLE001 - the rules held; the note says what did not run
        log.error("The likeness to refused requests failed: %s", type(error).__name__)
        return None, [UNLIKENED]


def refuse_alike(text: str, role: str, embedder: Embedder) -> Refusal | None:
    """Return the refusal of a text of which a sentence is like what is refused, or None.

    The rule's id ends in ":likeness". Raises whatever the embedder raises.
    """
    rules = read_refusal_rules()
    units = cut(text)
    for unit, (score, name) in zip(units, liken(units, REFUSED, embedder), strict=True):
        if score > (ALIKE_WARY if _is_wary(unit, rules) else ALIKE):
            rule = rules.rule(name)
            if role in rule.roles or role not in ROLE_IDS:
                return _say(rule, text, ":likeness")
    return None


def _is_wary(unit: str, rules: RefusalRules) -> bool:
    return any(slots & rules.wary and not _passes(slots, rules) for slots in _read(unit, rules))


@cache
def read_refusal_rules(path: Path = REFUSAL_FILE) -> RefusalRules:
    """Read and check the rules.

    Raises:
        WrongFile: the file is absent, is not TOML, or a rule lacks slots, roles or a reason.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error}.", _HINT) from error
    entries, slots = table.get("rule"), table.get("slots")
    if not table.get("version") or not table.get("source") or not (entries and slots):
        raise WrongFile(f"{path.name} lacks its version, source, slots or rules.", _HINT)
    passes, passes_not, wary = (
        frozenset(table.get(name, ())) for name in ("passes", "passes_not", "wary")
    )
    rules = tuple(_rule(entry, path.name) for entry in entries)
    if len({rule.id for rule in rules}) != len(rules):
        raise WrongFile(f"{path.name} has two rules with the same id.", _HINT)
    named = {slot for rule in rules for when in rule.when for slot in when} | passes | passes_not
    if named != set(slots) or wary - named:
        raise WrongFile(
            f"{path.name} has slots without a rule or rules without a slot: "
            f"{', '.join(sorted((named | wary) ^ set(slots)))}.",
            _HINT,
        )
    try:
        words = table.get("words", {})
        phrases = {("slot", name): [_spell(p, words) for p in slots[name]] for name in slots}
        lexicon = Lexicon(phrases, forgive=False)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise WrongFile(f"{path.name} has a phrase that can't be used: {error}.", _HINT) from error
    return RefusalRules(str(table["version"]), rules, lexicon, passes, passes_not, wary)


def _spell(phrase: str, words: Mapping[str, str]) -> str:
    """Put the words of a class where its name stands in braces."""
    return _WORDS.sub(lambda found: words[found[1]], phrase)


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
    when = tuple(frozenset(line.split(" + ")) for line in entry.get("when", ()))
    if not when:
        raise WrongFile(f"{where} says not when it fires.", _HINT)
    return RefusalRule(name, entry["source"], frozenset(wanted), when, reason)


def _refuse(text: str, role: str, rules: RefusalRules) -> Refusal | None:
    read = [slots for slots in _read(text, rules) if not _passes(slots, rules)]
    for rule in rules.rules:
        if role in ROLE_IDS and role not in rule.roles:
            continue
        if any(when <= slots for when in rule.when for slots in read):
            return _say(rule, text)
    return None


def _read(text: str, rules: RefusalRules) -> list[set[str]]:
    """Return the slots found in each sentence that holds one."""
    found: dict[int, set[str]] = {}
    words = tokens(text)
    for match in rules.lexicon.find(words):
        found.setdefault(words[match.start].sentence, set()).add(match.key[1])
    return list(found.values())


def _passes(slots: set[str], rules: RefusalRules) -> bool:
    return bool(slots & rules.passes) and not slots & rules.passes_not


def _say(rule: RefusalRule, text: str, stage: str = "") -> Refusal:
    language = min(likely_languages(text), key=LANGUAGES.index)
    return Refusal(rule.id + stage, rule.reason[language])
