"""Questions made by script: what a sentence of the handbook answers, and how people ask for it.

A wish is something to ask for, with the sentences that answer it. It comes from a heading and
its passage, from a dose of a medicine card, or from the form of one sentence ("Do not give X",
"If Y, ..."). `phrase` puts it into words by the templates of questions.toml, which are not
sentences of a model. Whether a question can be told apart from its neighbours is not known here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

from elara_local.cards import CARD, LEAFLET, Card, Dose, dose_sentence
from elara_local.common_words import topic_words
from elara_local.patient import fits, read_patient
from elara_local.records import Passage
from elara_local.text import sentence_spans

QUESTIONS = Path(__file__).resolve().parent / "questions.toml"
MOST_WORDS = 16  # words of a gap: nobody types a longer one
MOST_ANSWERS = 4  # sentences
SCENES = 4  # patients that are tried in front of a question
# A guideline and its year, as topics name them where two differ: "AHA 2020", "NICE 2012".
BODY = re.compile(r"\b[A-Z][A-Za-z/]*[A-Z][A-Za-z/]*(?: [A-Z][\w-]+){0,4} (?:19|20)\d\d\b")
ALIKE = 0.45  # share of words that both sides of a difference hold
# The frame of a sentence by its form; the named groups fill the gaps. The first that fits counts.
_SAYS = (
    "means?|suggests?|can cause|causes?|needs?|may be|points? to|shows?|is treated|are treated"
    "|is given|is|are"
)
FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (frame, re.compile(form))
    for frame, form in (
        (
            "dose",
            r"(?P<medicine>[A-Z][\w-]+(?: [a-z-]+){0,2}) for (?P<indication>[^:;]+?), "
            r"(?P<who>[^:;,]+): ",
        ),
        (
            "forbidden",
            r"(?:Do not|Never) (?P<act>[^.;:]+?)(?:,? because\b|,? unless\b|[;:.]|, )",
        ),
        ("case", r"(?:If|When|Where) (?P<case>[^.;:,]+)[,:] "),
        ("suspect", r"Suspect (?P<what>[^.;:,]+?)(?: in | when | if | with |[:,])"),
        ("refer", r"(?:Refer|Admit|Send) (?P<what>[^.;:,]+)"),
        ("why", r"(?P<what>[A-Z][^.;:]+?),? because "),
        ("lead", r"(?P<lead>[A-Z](?:(?! is | are )[^.;:])+): "),
        ("subject", rf"(?P<subject>[A-Z][^.;:,]+?) (?:{_SAYS}) "),
    )
)
NOT_PREGNANT = re.compile(r"not pregnant|non-?pregnant")
HALVES = ("pregnan", "breastfe", "kidney", "liver")  # two share one heading of a card
GROUPS = (  # the first whose words stand in a wish says who the patient may be
    ("pregnancy", "pregnan"),
    ("newborn", "newborn"),
    ("infant", "infant"),
    ("child", "child"),
    ("adult", ""),
)


@dataclass(frozen=True)
class Wish:
    """Something to ask for. `homes` hold the sentences of `answers`, which are in order.

    `frame` is a table of questions.toml, "heading: Avoid" one list of such a table.
    """

    frame: str
    gaps: Mapping[str, str]
    document: str
    answers: tuple[str, ...] = ()
    homes: tuple[Passage, ...] = ()


def read_topic_wishes(passages: Sequence[Passage]) -> Iterator[Wish]:
    """Yield what may be asked of one topic of the handbook, sentence by sentence."""
    for passage in passages:
        topic = name_topic(passage.title)
        for sentence in sentences_of(passage):
            wish = _read_form(sentence, passage, topic)
            rare = topic_words(sentence.replace(passage.title, ""))[:12]
            if wish is not None:
                yield wish
            if len(rare) >= 3:
                told = {"topic": topic, "words": " ".join(rare[:4])}
                yield Wish("key", told, passage.document, (sentence,), (passage,))


def read_heading_wishes(passages: Sequence[Passage]) -> Iterator[Wish]:
    """Yield the headings of a topic or a card with what stands first under them."""
    table = read_questions()
    first = {passage.section: passage for passage in reversed(passages)}
    for passage in first.values():
        card = passage.document.startswith(LEAFLET)
        name = passage.title.removesuffix(CARD).lower() if card else name_topic(passage.title)
        frame, gap = ("card", "medicine") if card else ("heading", "topic")
        told = sentences_of(passage)
        if passage.section in table[frame] and len(told) <= MOST_ANSWERS:
            place = f"{frame}: {passage.section}"
            yield Wish(place, {gap: name}, passage.document, told, (passage,))
        for half in HALVES if card else ():
            said = tuple(s for s in told if half in s.casefold())
            if said and passage.section in ("Kidney and liver", "Pregnancy and breastfeeding"):
                yield Wish(f"card: {half}", {gap: name}, passage.document, said, (passage,))


def read_dose_wishes(card: Card, passages: Sequence[Passage]) -> Iterator[Wish]:
    """Yield the doses of a card: all steps for one indication and one group together."""
    groups: dict[tuple[str, str], list[Dose]] = {}
    for dose in card.doses:
        groups.setdefault((dose.indication, dose.who), []).append(dose)
    for (indication, who), doses in groups.items():
        said = tuple(dict.fromkeys(dose_sentence(card, dose) for dose in doses))
        homes = tuple(p for p in passages if any(s in p.text for s in said))
        if len(said) <= MOST_ANSWERS and homes:
            gaps = {"medicine": card.name, "indication": indication, "who": who}
            yield Wish("dose", gaps, LEAFLET + card.id, said, homes)


def read_conflicts(passages: Sequence[Passage]) -> Iterator[Wish]:
    """Yield neighbours of which at least one names its guideline and both speak of one thing."""
    for passage in passages:
        for one, two in pairwise(sentences_of(passage)):
            first, second = set(topic_words(one)), set(topic_words(two))
            shared = [w for w in topic_words(one) if w in second]
            alike = len(shared) / max(1, min(len(first), len(second)))
            if (BODY.search(one) or BODY.search(two)) and alike >= ALIKE and len(shared) >= 3:
                gaps = {"topic": name_topic(passage.title), "words": " ".join(shared[:5])}
                yield Wish("differ", gaps, passage.document, (one, two), (passage,))


def read_untold(passages: Sequence[Passage]) -> Iterator[Wish]:
    """Yield one wish for what no handbook tells of a document: costs, history, dogs."""
    name = name_topic(passages[0].title.removesuffix(CARD))
    yield Wish("untold", {"topic": name}, passages[0].document, (), tuple(passages))


def phrase(wish: Wish, role: str, chance: Random) -> str:
    """Return a question for the wish as someone in the role may type it."""
    table = read_questions()
    frame, _, heading = wish.frame.partition(": ")
    lists = table[frame]
    own = lists.get(role, [])
    general = lists[heading] if heading else lists["all"]
    choice = chance.choice(own if role == "patient" and own else [*general, *own])
    question = choice.format(**wish.gaps)
    question = _with_scene(question, wish, chance)
    if chance.random() < {"emergency": 0.6, "researcher": 0.2}.get(role, 0.4):
        question = question.casefold().rstrip(".?")
        question = (
            re.sub(r"(?<=\d) (?=kg|y\b)", "", question) if chance.random() < 0.3 else question
        )
    return question[:1].upper() + question[1:] if question.endswith(("?", ".")) else question


def _with_scene(question: str, wish: Wish, chance: Random) -> str:
    """Put a patient in front of a third of the questions, whom every answer fits."""
    if wish.frame in ("untold", "differ") or chance.random() < 2 / 3:
        return question
    told = f"{wish.gaps.get('who', '')} {' '.join(wish.answers)}".casefold()
    told = NOT_PREGNANT.sub("", told)
    group = next(name for name, word in GROUPS if word in told)
    for _ in range(SCENES):
        scene = chance.choice(read_questions()["scene"][group])
        scene = scene.rstrip(".")
        longer = f"{scene}{chance.choice(('. ', '. ', ', '))}{question}"
        if all(fits(read_patient(longer), answer) for answer in wish.answers):
            return longer
    return question


@cache
def read_questions() -> Mapping[str, dict[str, list[str]]]:
    """Return the templates by frame and role or heading."""
    table = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    return {frame: lists for frame, lists in table.items() if isinstance(lists, dict)}


def sentences_of(passage: Passage) -> tuple[str, ...]:
    """Return the sentences of a passage, each without line breaks."""
    return tuple(passage.text[start:end] for start, end in sentence_spans(passage.text))


def name_topic(title: str) -> str:
    """Return a title as it stands inside a question: "acute heart failure"."""
    plain = re.sub(r" \([^)]*\)", "", title).replace(":", ",")
    return plain if plain[1:2].isupper() else plain[:1].lower() + plain[1:]


def _read_form(sentence: str, passage: Passage, topic: str) -> Wish | None:
    for frame, form in FORMS:
        if found := form.match(sentence):
            gaps = {name: _lower(text.strip(" ,")) for name, text in found.groupdict().items()}
            if max(len(text.split()) for text in gaps.values()) > MOST_WORDS:
                return None
            gaps = {"topic": topic, **gaps}
            return Wish(frame, gaps, passage.document, (sentence,), (passage,))
    return None


def _lower(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
