"""Reading the emergency rules: content/emergency/rules.toml and the words of each language.

A language has one file with its cues and rules, "fr.toml", and may have more files with rules
alone, "fr-crisis.toml", or with more words for rules written elsewhere, under [more]. A file may
name sets of words once, under [sets], and use them in its phrases as "<name>". Checks the whole
shape, so that a slip in a file is told at once with its place and not found by a patient. It
knows no text and fires nothing: that is `emergency`'s.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from elara_local.errors import WrongFile
from elara_local.records import Level
from elara_local.roles import LANGUAGES
from elara_local.screening.assertion import CUES
from elara_local.screening.phrases import Lexicon
from elara_local.vitals import Vital

RULES_FOLDER = Path(__file__).resolve().parent.parent / "content" / "emergency"
CONDITIONS = ("", "pregnant", "postpartum", "child", "newborn")
HARMLESS = "harmless"  # names that hold the word of a danger: "stroke clinic"
VITALS = ("sbp", "spo2", "hr", "rr", "temperature", "gcs", "glucose", "muac", "crt")
_SET = re.compile(r"<(\w+)>")
_BOUNDS = ("below", "at_most", "above", "at_least")
_LIMIT_KEYS = {"name", "from_months", "to_months", "if", *_BOUNDS}
_HINT = "Mend the file or put back the one that came with Elara."


@dataclass(frozen=True)
class Limit:
    """A threshold of one vital sign for an age band, in the units of `vitals.Vital`."""

    name: str
    below: float = float("inf")
    at_most: float = float("inf")
    above: float = float("-inf")
    at_least: float = float("-inf")
    from_months: float = 0
    to_months: float = float("inf")
    only_members: bool = False

    def fires(self, vital: Vital, months: float, member: bool) -> bool:
        """True when the value is outside, for this age and group of people."""
        if vital.name != self.name or (self.only_members and not member):
            return False
        if not self.from_months <= months < self.to_months:
            return False
        value = vital.value + {"<": -0.01, ">": 0.01, "": 0.0}[vital.comparator]
        low_enough = value < self.below and value <= self.at_most
        return low_enough and value > self.above and value >= self.at_least


@dataclass(frozen=True)
class Rule:
    """One emergency rule; `action` by language code."""

    id: str
    group: str
    level: Level
    source: str
    who: str
    version: str
    condition: str
    even_as_topic: bool
    vitals: tuple[Limit, ...]
    action: Mapping[str, str]


@dataclass(frozen=True)
class EmergencyRules:
    """All rules with their words compiled.

    `lexicon` finds (rule id, "always" | "if") and ("who", group or "harmless"); `cues` finds
    (language, kind).
    """

    version: str
    languages: tuple[str, ...]
    rules: tuple[Rule, ...]
    lexicon: Lexicon
    cues: Lexicon


@cache
def read_emergency_rules(folder: Path = RULES_FOLDER) -> EmergencyRules:
    """Read and check the rules and their words.

    Raises:
        WrongFile: a file is absent or not TOML, or a rule lacks a source, words or an action.
    """
    table = _load(folder / "rules.toml")
    version = _text(table, "version", "rules.toml")
    tongues = {code: _load_tongue(folder, code) for code in LANGUAGES}
    rules = tuple(_rule(entry, version, tongues) for entry in _entries(table))
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise _wrong("rules.toml", "has two rules with the same id")
    for code, tongue in tongues.items():
        unknown = set(tongue["rules"]) - set(ids)
        if unknown:
            raise _wrong(f"{code}.toml", f"has words for no rule: {', '.join(sorted(unknown))}")
    real = [w for t in tongues.values() for w in str(t.get("real_words", "")).split()]
    try:
        cues = Lexicon(_cues(tongues), real, forgive=False)  # a slip must not silence an alarm
        lexicon = Lexicon(_phrases(tongues), real, barred=_denials(tongues))
    except (ValueError, AttributeError, TypeError) as error:
        raise _wrong("the words", f"hold a phrase that can't be used: {error}") from error
    return EmergencyRules(version, LANGUAGES, rules, lexicon, cues)


def _load_tongue(folder: Path, code: str) -> dict[str, Any]:
    """Read the file of a language and those beside it, as one table with the sets written out."""
    tongue = _load(folder / f"{code}.toml", ("cues", "who", "rules"))
    tongue["rules"] = _write_out(tongue, f"{code}.toml")
    more: list[tuple[str, dict[str, Any]]] = []
    for path in sorted(folder.glob(f"{code}-*.toml")):
        table = _load(path, ())
        if not {"rules", "more"} & set(table):
            raise _wrong(path.name, "has no table [rules] or [more]")
        own = _write_out(table, path.name)
        if twice := set(own) & set(tongue["rules"]):
            raise _wrong(path.name, f"has the words of a rule again: {', '.join(sorted(twice))}")
        tongue["rules"] |= own
        more.append((path.name, _write_out(table, path.name, "more")))
    for where, words in more:
        _add_more(tongue["rules"], words, where)
    return tongue


def _add_more(rules: dict[str, Any], more: Mapping[str, Any], where: str) -> None:
    """Add words to rules of other files."""
    for name, entry in more.items():
        if name not in rules:
            raise _wrong(where, f"has more words for a rule that is missing: {name}")
        if not isinstance(entry, dict) or set(entry) - {"words", "words_if"}:
            raise _wrong(where, f"has for '{name}' something besides words")
        for kind, words in entry.items():
            rules[name][kind] = [*rules[name].get(kind, []), *words]


def _load(path: Path, tables: tuple[str, ...] | None = None) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error}.", _HINT) from error
    for name in () if tables is None else ("version", "source"):
        _text(table, name, path.name)
    for name in tables or ():
        if not isinstance(table.get(name), dict):
            raise _wrong(path.name, f"has no table [{name}]")
    return table


def _write_out(table: Mapping[str, Any], where: str, under: str = "rules") -> dict[str, Any]:
    """The rules of a file with "<name>" in a phrase replaced by the words of that set."""
    sets = {name: "|".join(str(words).split()) for name, words in table.get("sets", {}).items()}

    def write(phrase: Any) -> Any:
        return _SET.sub(lambda hit: sets[hit[1]], phrase) if isinstance(phrase, str) else phrase

    try:
        return {
            name: {k: [write(p) for p in v] if isinstance(v, list) else v for k, v in rule.items()}
            if isinstance(rule, dict)
            else rule
            for name, rule in table.get(under, {}).items()
        }
    except KeyError as error:
        raise _wrong(where, f"uses a set of words that it does not have: {error}") from error


def _entries(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries = table.get("rule")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong("rules.toml", "has no list of rules ([[rule]])")
    return entries


def _rule(entry: Mapping[str, Any], version: str, tongues: Mapping[str, Any]) -> Rule:
    name = _text(entry, "id", "rules.toml")
    where = f"rules.toml, rule '{name}',"
    level, condition = _text(entry, "level", where), entry.get("if", "")
    if level not in get_args(Level) or level == "none":
        raise _wrong(where, f"has the level '{level}'")
    if condition not in CONDITIONS:
        raise _wrong(where, f"is for '{condition}', which is no group of people")
    vitals = tuple(_limit(limit, where) for limit in entry.get("vitals", ()))
    for code, tongue in tongues.items():
        _check_words(tongue["rules"].get(name), f"{code}.toml, rule '{name}',", bool(vitals))
    return Rule(
        id=name,
        group=_text(entry, "group", where),
        level=level,  # type: ignore[arg-type]  # checked above
        source=_text(entry, "source", where),
        who=_text(entry, "who", where),
        version=str(entry.get("version", version)),
        condition=condition,
        even_as_topic=bool(entry.get("even_as_topic", False)),
        vitals=vitals,
        action={code: tongue["rules"][name]["action"] for code, tongue in tongues.items()},
    )


def _limit(limit: Any, where: str) -> Limit:
    if not isinstance(limit, dict) or limit.get("name") not in VITALS:
        raise _wrong(where, f"has a vital sign that is not known: {limit!r}")
    if set(limit) - _LIMIT_KEYS or not set(limit) & set(_BOUNDS):
        raise _wrong(where, f"has a limit that can't be used: {limit!r}")
    values = {name: value for name, value in limit.items() if name not in ("name", "if")}
    if not all(isinstance(value, int | float) for value in values.values()):
        raise _wrong(where, f"has a limit that is not a number: {limit!r}")
    return Limit(limit["name"], **values, only_members=bool(limit.get("if", False)))


def _check_words(entry: Any, where: str, has_vitals: bool) -> None:
    if not isinstance(entry, dict):
        raise _wrong(where, "is missing")
    _text(entry, "action", where)
    words = [*entry.get("words", []), *entry.get("words_if", [])]
    if not words and not has_vitals:
        raise _wrong(where, "has no words")


def _phrases(tongues: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for tongue in tongues.values():
        for name, entry in tongue["rules"].items():
            found.setdefault((name, "always"), []).extend(entry.get("words", []))
            found.setdefault((name, "if"), []).extend(entry.get("words_if", []))
        for group in (*CONDITIONS[1:], HARMLESS):
            found.setdefault(("who", group), []).extend(tongue["who"].get(group, []))
    return found


def _cues(tongues: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    for code, tongue in tongues.items():
        missing = [kind for kind in CUES if not tongue["cues"].get(kind)]
        if missing or set(tongue["cues"]) - set(CUES):
            raise _wrong(f"{code}.toml", f"must have exactly these cues: {', '.join(CUES)}")
    return {(code, kind): t["cues"][kind] for code, t in tongues.items() for kind in CUES}


def _denials(tongues: Mapping[str, Any]) -> list[str]:
    """The single words that deny, in all languages."""
    cues = [cue for t in tongues.values() for k in ("negates", "denies") for cue in t["cues"][k]]
    return [word for cue in cues if " " not in cue for word in cue.split("|")]


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(where, f"has no text for '{name}'")
    return value.strip()


def _wrong(where: str, what: str) -> WrongFile:
    return WrongFile(f"{where} {what}.", _HINT)
