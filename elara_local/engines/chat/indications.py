"""What a dose is for: only sentences for what was asked, or the main indications where nothing was.

A sentence of a medicine card begins "{Name} for {indication}, {who}: "; what stands before the
colon says what it is for. A sentence of a topic is for what its title and its own words say. What
is covered: doses of the medicines asked about, compared with the words of the question. What is
not covered: an indication told in other words than the card's (those doses are all kept), and
sentences that give no dose. It knows words and sentences, not how they were scored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from os.path import commonprefix

from elara_local.aspects import DOSES, drop_aspects
from elara_local.classes import plain_words
from elara_local.common_words import topic_words
from elara_local.engines.chat.candidates import Candidate
from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.wording import plain_form, read_wording
from elara_local.intent import read_intent, read_intents
from elara_local.medicines import AMOUNT, names_of, states_dose
from elara_local.patient import GROWN, YOUNG, read_patient
from elara_local.regimens import GENERAL
from elara_local.text import words

HEAD = re.compile(r"^[^:;]*? for (?P<what>[^:]+): ")
WHO = re.compile(
    r", (?=[^,]*\b(?:adults?|child|children|newborn|infant|adolescents?|wom[ae]n|man|men|people"
    r"|person|patient|mother|anyone|girl|boy|preterm|contacts?)\b)"
)
PREVENTS = re.compile(
    r"\b(?:prevent\w*|prophyla\w*|contacts?|exposure|exposed|pr[ée]v[ée]n\w*|profila\w*|contactos?"
    r"|contatos?|kuzuia|kinga)\b"
)
EITHER = re.compile(r"([\w-]+),? or (?:in |of |with )?([\w-]+)")
MOST_BESIDE = 4  # words
ELIDED = re.compile(r"^[ldsnjcq]u?['’]")  # "l'éclampsie"
STEM, STEM_SHARE = 5, 0.6  # letters, and share of the longer word, that two forms begin alike
# Words that say for whom, how or when, and not what for.
NO_MATTER = frozenset(
    plain_form(word)
    for word in "adult adults child children infant infants newborn newborns neonate neonates baby "
    "babies adolescent woman women man men mother girl boy old elderly person patient people year "
    "years month months week weeks day days hour hours weight weighing kg kilo aged age first life "
    "birth pregnant pregnancy breastfeeding male female iv im po sc pr oral orally intravenous "
    "intramuscular rectal rectally mouth injection tablet tablets syrup infusion vein loading "
    "maintenance maximum max starting start usual normal total right correct what which how much "
    "many often long enfant nino nina ninos crianca mtoto watoto adulte adulto nourrisson "
    "lactante bebe mtu mzima".split()
)


def keep_asked(
    candidates: Sequence[Candidate], question: str, medicines: Sequence[str]
) -> list[Candidate]:
    """Return the candidates without the doses for another indication than the one asked about.

    A card's dose goes where another one for the same medicine is for more of what was asked; a
    dose that is for nothing that was asked goes where another one is for some of it.
    """
    asked = read_matter(drop_aspects(question))
    doses = [c for c in candidates if medicines and states_dose(c.told, medicines)]
    held = {id(c): _share(asked, _matter_of(c)) for c in doses}
    exact = {id(c): _share(asked, read_matter(what_for(c.text))) for c in doses}
    ahead = {id(c) for c in doses if is_beforehand(c.text)}
    ahead = set() if PREVENTS.search(question.casefold()) else ahead
    topic = next((c.evidence.title for c in candidates if not c.is_card), "")

    def is_beaten(one: Candidate) -> bool:
        given = _given(one, medicines)
        rivals = [c for c in doses if given & _given(c, medicines)]
        if not held[id(one)]:
            return one.evidence.title != topic and any(held[id(c)] for c in rivals)
        if id(one) in ahead:
            rivals = [c for c in rivals if c.is_card and exact[id(c)] and id(c) not in ahead]
            return any(exact[id(one)] <= exact[id(c)] for c in rivals)
        return one.is_card and any(c.is_card and exact[id(one)] < exact[id(c)] for c in rivals)

    beaten = {id(c) for c in doses if is_beaten(c)}
    return [c for c in candidates if id(c) not in beaten]


def list_indications(
    candidates: Sequence[Candidate], question: str, medicines: Sequence[str], count: int
) -> list[Candidate]:
    """Return one dose for each main indication where a question names a medicine and no other.

    A card lists the main indication first; adults come first. Where neither adults nor children
    are asked for, half of the room is for children; what room is left is for other doses of the
    same indications. None for a question that says what the dose is for.
    """
    if "dose" not in read_intent(question).kinds or not names_no_matter(question, medicines):
        return []
    groups = read_patient(question).groups
    doses = [c for c in candidates if c.is_card and states_dose(c.text, medicines)]
    doses = sorted(doses, key=lambda c: (c.evidence.title, c.start))
    grown = _main_first([c for c in doses if c.evidence.section == DOSES[0]])
    young = _main_first([c for c in doses if c.evidence.section != DOSES[0]])
    if groups & GROWN and grown:
        young = []
    if groups & YOUNG and young:
        grown = []
    room = max(count - len(young), count // 2) if young else count
    chosen = [*grown[:room], *young[: count - len(grown[:room])]]
    return sorted(chosen, key=doses.index)


def _main_first(doses: Sequence[Candidate]) -> list[Candidate]:
    """Return the first dose of each indication, then the others, each in the order of the card."""
    firsts = {(c.evidence.title, what_for(c.text)): c for c in reversed(doses)}
    return sorted(doses, key=lambda c: c is not firsts[c.evidence.title, what_for(c.text)])


def count_beside(candidate: Candidate, question: str) -> int:
    """Return how many words of a card's indication were not asked about, at most MOST_BESIDE."""
    if not candidate.is_card:
        return 0
    told = read_matter(what_for(candidate.text))
    return min(MOST_BESIDE, len(told) - len(_share(told, read_matter(question))))


def read_purpose(text: str, medicines: Sequence[str] = ()) -> frozenset[str]:
    """Return the words that may say what a dose is for, without those of these medicines.

    "Fever" and "malaria" stay, though they stand in the names of vaccines.
    """
    names = {part for name in medicines for part in words(name)}
    found = (w for word in topic_words(text) for w in plain_words(ELIDED.sub("", word)))
    left_out = NO_MATTER | GENERAL | read_wording().neutral | read_wording().orders | names
    dose = read_intents()["dose"].words
    return frozenset(
        w
        for w in found
        if not {w, plain_form(w)} & left_out and not w[0].isdigit() and not dose.fullmatch(w)
    )


def count_apart(asked: frozenset[str], indication: str) -> tuple[int, int]:
    """Return how many words asked an indication is for, and how many it is for besides.

    Of "pain or fever" one is enough: the other is not besides.
    """
    told = read_purpose(indication)
    held = _share(told, asked)
    spared = {
        word
        for pair in EITHER.findall(indication.casefold())
        for word in pair
        if _share(frozenset(pair), held)
    }
    return len(_share(asked, told)), len(told - held - _share(told, frozenset(spared)))


def is_beforehand(text: str) -> bool:
    """True for a card's dose that prevents: for those who have the disease it is another one."""
    return PREVENTS.search(what_for(text).casefold()) is not None


def are_apart(one: Candidate, other: Candidate) -> bool:
    """True for two doses that say themselves what they are for, and neither is for the other's."""
    mine, theirs = _said_matter(one), _said_matter(other)
    return bool(mine and theirs) and not (is_within(mine, theirs) or is_within(theirs, mine))


def is_as_wide(one: Candidate, other: Candidate) -> bool:
    """True for a dose that is for all that the other is for; prose about it is taken to be."""
    return not what_for(one.text) or is_within(_said_matter(one), _said_matter(other))


@lru_cache(maxsize=2048)
def _said_matter(candidate: Candidate) -> frozenset[str]:
    """Return what a dose is for, by its own words before the amount, else by its title as well."""
    if said := what_for(candidate.text):
        return read_matter(said)
    amount = AMOUNT.search(candidate.text.casefold())
    before = candidate.text[: amount.start()] if amount else ""
    return read_matter(f"{candidate.evidence.title} {before}")


def is_within(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """True when each word of the first matter stands in the second."""
    return len(_share(mine, theirs)) == len(mine)


def names_no_matter(question: str, medicines: Sequence[str]) -> bool:
    """True for a question that names medicines and nothing that they would be given for."""
    return bool(medicines) and not read_matter(drop_aspects(question))


def what_for(text: str) -> str:
    """Return the indication in a card's sentence, without for whom; "" where there is none."""
    head = HEAD.match(text)
    return WHO.split(head["what"], 1)[0] if head else ""


def read_matter(text: str) -> frozenset[str]:
    """Return the words of a text that may say what a dose is for, without accents."""
    names = _in_names()
    return frozenset(w for w in read_purpose(text) if not {w, plain_form(w)} & names)


def _share(asked: frozenset[str], matter: frozenset[str]) -> frozenset[str]:
    """Return those of the words asked that stand in a matter, in one of their forms."""
    return frozenset(a for a in asked if any(is_one_word(a, m) for m in matter))


@lru_cache(maxsize=8192)
def is_one_word(one: str, other: str) -> bool:
    """True for two forms of a word, in two languages too: eclamptic, eclampsia, eclampsie."""
    if plain_form(one) == plain_form(other):
        return True
    begin = len(commonprefix([one, other]))
    return begin >= max(STEM, STEM_SHARE * max(len(one), len(other)))


@lru_cache(maxsize=1)
def _in_names() -> frozenset[str]:
    """The words of which the names of medicines are made."""
    return frozenset(part for name in read_drugs() for part in words(name))


@lru_cache(maxsize=2048)
def _matter_of(candidate: Candidate) -> frozenset[str]:
    if candidate.is_card:
        head = HEAD.match(candidate.text)
        return read_matter(head["what"]) if head else frozenset()
    return read_matter(f"{candidate.evidence.title} {candidate.told}")


def _given(candidate: Candidate, medicines: Sequence[str]) -> frozenset[str]:
    """Return the medicines of these of which a sentence states a dose, by their first name."""
    return frozenset(names_of(m)[0] for m in medicines if states_dose(candidate.told, [m]))
