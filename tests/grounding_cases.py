"""Reads grounding_claims.txt: sources with claims that must pass, may pass and must not."""

from dataclasses import dataclass
from pathlib import Path

from elara_local.records import Evidence

FILE = Path(__file__).with_name("grounding_claims.txt")


@dataclass(frozen=True)
class Case:
    """One claim against one passage; `mark` is "=", "+" or "-" as the file explains."""

    mark: str
    claim: str
    evidence: Evidence


def read_cases() -> list[Case]:
    cases, title, section, text = [], "", "", ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "T":
            title, _, section = rest.partition(" › ")
        elif mark == "S":
            heading = (title, section)
            title = section = ""
            text = rest.replace(": - ", ":\n- ").replace(" - ", "\n- ") if ": - " in rest else rest
        elif mark in ("=", "+", "-") and rest:
            cases.append(Case(mark, rest, Evidence("s1", text, *heading)))
    return cases


def read_sources() -> list[str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [line[2:] for line in lines if line.startswith("S ")]
