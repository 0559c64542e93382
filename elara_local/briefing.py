"""What a small writer is given of the passages: little, and only what is for this patient.

A short prompt is read sooner and copied better; a dose for another patient that the writer
never sees can't be drafted. The check always reads the whole passages. It knows no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from elara_local.patient import fits, fits_headings, read_patient
from elara_local.records import Evidence
from elara_local.text import sentence_spans

BUDGET = 160  # words of all passages together; about 230 tokens


def brief(evidence: Sequence[Evidence], question: str, most: int) -> list[Evidence]:
    """Return at most `most` passages, cut to sentences that fit the patient, within BUDGET.

    The numbering stays: a passage is left out only from the end of the list.
    """
    patient = read_patient(question)
    kept: list[Evidence] = []
    room = BUDGET
    for item in evidence[:most]:
        sentences = [item.text[start:end] for start, end in sentence_spans(item.text)]
        chosen: list[str] = []
        fitting = [s for s in sentences if fits(patient, s)] if fits_headings(patient, item) else []
        for sentence in fitting:
            room -= len(sentence.split())
            if room >= 0 or not (kept or chosen):
                chosen.append(sentence)
        kept.append(replace(item, text="\n".join(chosen)))
        if room <= 0:
            break
    return kept
