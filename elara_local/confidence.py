"""How far the evidence of an answer carries, in words, with the reasons.

It judges the evidence (how many passages, whether reviewed, whether every topic word of the
question is covered), never the fluency of a model. What it can't see: whether the guidance
itself is right or has been replaced since its edition.
"""

from __future__ import annotations

from collections.abc import Sequence

from elara_local.records import Confidence, Sentence, Source, Status

FULL_COVERAGE = 0.85


def judge(
    status: Status, sentences: Sequence[Sentence], sources: Sequence[Source], coverage: float
) -> Confidence:
    """Return the confidence of an answer with these sentences and sources."""
    if status in ("not_in_sources", "refused", "escalated") or not sentences:
        return Confidence("none", ("No sentence of the installed sources was shown.",))
    ids = {c for s in sentences for c in s.citations}
    cited = [source for source in sources if source.id in ids]
    reviewed = all(source.review.startswith("reviewed") for source in cited)
    covered = coverage >= FULL_COVERAGE
    documents = len({source.document for source in cited})
    reasons = [
        f"{len(cited)} passage{'s' if len(cited) > 1 else ''} from {documents} "
        f"document{'s' if documents > 1 else ''}.",
        "Clinically reviewed." if reviewed else "Not clinically reviewed.",
    ]
    if not covered:
        reasons.append("Some words of the question are not in these passages.")
    if not covered:
        return Confidence("low", tuple(reasons))
    if reviewed and len(cited) > 1:
        return Confidence("high", tuple(reasons))
    return Confidence("moderate", tuple(reasons))
