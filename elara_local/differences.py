"""Where two of the passages found differ on a dose that the patient of a question could get.

It joins what discord.py compares with the question: the medicines that were asked about or that
a sentence of the answer names, the doses that are for such a patient. It compares nothing itself.
"""

from __future__ import annotations

from elara_local.discord import find_discord
from elara_local.medicines import is_named
from elara_local.patient import fits
from elara_local.records import Discord, Statement
from elara_local.turn import Turn


def find_differences(turn: Turn) -> tuple[Discord, ...]:
    """Return where two passages differ; each statement stands beside one other."""
    numbers = {hit.passage.id: f"s{n}" for n, hit in enumerate(turn.hits, start=1)}
    said = " ".join([turn.read, *(sentence.text for sentence in turn.sentences)])
    discords: list[Discord] = []
    for found in find_discord([hit.passage for hit in turn.hits]):
        one, other = (
            Statement(numbers[r.passage.id], r.sentence, r.passage.title, r.passage.edition)
            for r in (found.one, found.other)
        )
        shown = {s for discord in discords for s in discord.statements}
        if not is_named(said, [found.drug]) or shown & {one, other}:
            continue
        if fits(turn.patient, one.text) and fits(turn.patient, other.text):
            discords.append(Discord(found.drug, (one, other)))
    return tuple(discords)
