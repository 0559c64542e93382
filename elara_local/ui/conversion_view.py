"""What the Models tab shows: the models, a conversion's progress, its figures and its end.

Names, lines and figures come from files and a child process and are escaped like any other
words. It knows no component and starts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from elara_local.catalogue import Installed
from elara_local.chat_models import find_standing
from elara_local.proofs import Proof
from elara_local.ui.conversion import Making
from elara_local.ui.markup import blocks, escape, quiet, tag
from elara_local.ui.words import Words

FIGURES = ("loaded", "token_parity", "template_parity", "nmse", "kl", "top_token", "adapter_in")
ENDS = {"done": "notice good", "refused": "notice", "failed": "notice", "stopped": "quiet"}


def paint_models(models: Iterable[Installed], used: str, words: Words) -> str:
    """Return the chat models that may be chosen, the one in use marked."""
    rows = []
    for found in models:
        model = found.model
        mark = words.say("models.in_use") if model.id == used else ""
        proven = find_standing(found).proof
        cells = (model.name, model.licence, f"{_megabytes(found):,} MB", proven, mark)
        rows.append(tag("tr", "".join(tag("td", escape(cell)) for cell in cells)))
    if not rows:
        return tag("p", escape(words.say("models.none")))
    heads = ("model", "licence", "size", "proven", "state")
    head = "".join(tag("th", escape(words.say(f"models.{name}")), scope="col") for name in heads)
    return _wrap(tag("tr", head), "".join(rows))


def paint_making(now: Making, words: Words) -> str:
    """Return how far a conversion is, or how it ended, with its figures."""
    if now.state == "idle":
        return ""
    if now.state == "running":
        return tag("p", escape(now.line or words.say("models.starting")))
    said = words.say(f"models.{now.state}", name=now.out.stem if now.out else "")
    parts = [tag("p", escape(f"{said} {now.why}".strip()), ENDS[now.state])]
    if now.proof is not None:
        parts += [_paint_figures(now.proof, words), quiet(words.say("models.figures_note"))]
    return blocks(parts)


def _paint_figures(proof: Proof, words: Words) -> str:
    held = proof.figures
    names = [name for name in FIGURES if name in held]
    names += sorted(name for name in held if name not in FIGURES)
    heads = [escape(words.say(f"models.{name}")) for name in ("figure", "value")]
    head = "".join(tag("th", title, scope="col") for title in heads)
    rows = []
    for name in names:
        rows.append(tag("tr", tag("td", escape(name)) + tag("td", escape(f"{held[name]:.6g}"))))
    title = tag("h3", escape(words.say("models.proof", kind=proof.quantization)))
    return blocks([title, _wrap(tag("tr", head), "".join(rows))])


def _wrap(head: str, rows: str) -> str:
    """Return a table that scrolls by itself on a narrow screen."""
    table = tag("table", tag("thead", head) + tag("tbody", rows))
    inner = tag("div", table, "scroll", tabindex="0", role="presentation")
    return tag("section", inner, "shelf")


def _megabytes(found: Installed) -> int:
    paths = [Path(found.folder / file.path) for file in found.model.files]
    return sum(path.stat().st_size for path in paths if path.is_file()) // 1_000_000
