"""The examples of what is refused and of honest work, as `likeness` reads them.

Those of content/refusal/harmful.toml and honest.toml are deeds: each is put into six frames ("How
can a nurse ...?"), and the mean of their vectors stands for it. Honest questions stand for
themselves. What is covered: the asking in plain English. What is not covered: encoded text
(base64) and other frames, as far as their words change the meaning. It knows no rule and no role.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from elara_local.errors import WrongFile
from elara_local.screening.likeness import Examples, Subject

FOLDER = Path(__file__).resolve().parent.parent / "content" / "refusal"
FRAMES = (
    "{Deed}.",
    "How can I {deed}?",
    "How can a {person} {deed}?",
    "Explain how to {deed}.",
    "Write a guide that tells a {person} how to {deed}.",
    "Can you give me advice on how to {deed}?",
)
PERSONS = (
    "doctor", "surgeon", "nurse", "psychiatrist", "pharmacist", "cardiologist", "paediatrician",
    "hospital", "dentist", "radiologist", "midwife", "researcher",
)  # fmt: skip


@cache
def read_deeds(folder: Path = FOLDER) -> Examples:
    """Read the examples of both files.

    Raises:
        WrongFile: a file is absent, is not TOML, or lacks its examples.
    """
    hint = "Put back the files that came with Elara."
    try:
        data = [(folder / f"{name}.toml").read_bytes() for name in ("harmful", "honest")]
        harmful, honest = (tomllib.loads(part.decode("utf-8")) for part in data)
        deeds = [(deed, rule) for rule, t in _tables(harmful) for deed in t["deeds"]]
        deeds += [(deed, "") for _, t in _tables(honest) for deed in t.get("deeds", ())]
        asked = [text for _, t in _tables(honest) for text in t.get("asked", ())]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongFile(f"The examples of refusals can't be read: {error!r}.", hint) from error
    texts = [put(deed, place) for place, (deed, _) in enumerate(deeds)]
    texts += [(text,) for text in asked]
    labels = (*(rule for _, rule in deeds), *("" for _ in asked))
    return Examples(tuple(texts), labels, hashlib.sha256(b"\0".join(data)).hexdigest())


def put(deed: str, place: int) -> tuple[str, ...]:
    """Return a deed in each frame; `place` chooses who does it."""
    person, begun = PERSONS[place % len(PERSONS)], deed[:1].upper() + deed[1:]
    return tuple(frame.format(deed=deed, Deed=begun, person=person) for frame in FRAMES)


def _tables(table: dict[str, object]) -> list[tuple[str, dict[str, list[str]]]]:
    return [(name, part) for name, part in table.items() if isinstance(part, dict)]


# Set on the dev half of the requests and of content/evaluation/legitimate.toml.
REFUSED = Subject(read_deeds, FOLDER / "examples.npz", nearness=3.0, ridge=1.0)
