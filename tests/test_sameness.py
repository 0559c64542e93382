"""Two texts that differ in a number, unit, medicine or negation never say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.evaluation.mutations import KINDS, mutations
from elara_local.grounding.drugs import read_drugs
from elara_local.text import words
from index.sameness import find_difference, read_words, without_notice
from tests.grounding_cases import read_cases, read_sources

BASE = (
    "In this study, children with severe malaria received artesunate 2.4 mg/kg IV at 0, 12 and "
    "24 hours. The results show that mortality was reduced by 5 %. Oedema of the left arm was "
    "seen in two of 100 patients (p < 0.05), and 10³ cells were counted in hepatitis A. Do not "
    "give amoxicillin 5 mg to pregnant women twice daily; the range was 5-10 mg and 400 IU."
)
# What stands in BASE, and what would make another text of it.
TURNED = [
    ("5 mg to", "50 mg to"), ("5 mg to", "5 mcg to"), ("5 mg to", ".5 mg to"),
    ("5 mg to", "0.5 mg to"), ("5 mg to", "5 g to"), ("5 mg to", "5 Mg to"), ("5 mg to", "5 mL to"),
    ("5 mg to", "-5 mg to"), ("5 mg to", "5 mg/kg to"), ("5 mg to", "½ mg to"),
    ("5 mg to", "٥ mg to"), ("5 mg to", "five mg to"), ("2.4 mg", "24 mg"), ("2.4 mg", "2,4 mg"),
    ("2.4 mg", "2·4 mg"), ("2.4 mg", "2. 4 mg"), ("mg/kg IV", "mg/kg/day IV"), ("IV", "IM"),
    ("IV", "orally"), ("0, 12 and", "0 12 and"), ("12 and 24", "12 or 24"), ("24 hours", "24 days"),
    ("5 %", "5"), ("5 %", "50 %"), ("by 5", "to 5"), ("left", "right"), ("left ", ""),
    ("two of", "three of"), ("2.4 mg", "2 of 4 mg"),
    ("100", "1,00"), ("100", "1.00"), ("100", "1 00"), ("< 0", "> 0"),
    ("< 0", "≤ 0"), ("< 0", "= 0"), ("10³", "103"), ("10³", "10^3"), ("10³", "10²"),
    ("hepatitis A", "hepatitis B"), ("hepatitis A", "hepatitis"), ("hepatitis A", "hepatitis a"),
    ("Do not give", "Do give"), ("Do not give", "Give"), ("Do not", "Never"), ("Do not", "Do also"),
    ("amoxicillin", "amoxiclav"), ("amoxicillin", "ampicillin"), ("amoxicillin", "amoxycillin X"),
    ("amoxicillin", "amoxicillin/clavulanate"), ("amoxicillin", "zorbamycin"),
    ("artesunate", "artemether"), ("malaria", "cholera"), ("children", "adults"),
    ("children", "neonates"), ("pregnant", "non-pregnant"), ("women", "men"),
    ("twice", "three times"),
    ("twice daily", "twice weekly"), ("5-10 mg", "10-5 mg"), ("5-10 mg", "5 10 mg"),
    ("5-10 mg", "5, 10 mg"), ("5-10 mg", "5 -10 mg"), ("IU", "U"), ("IU", "mU"), ("400", "40"),
    ("reduced", "increased"), ("severe ", ""), ("was reduced", "may be reduced"),
    ("malaria", "malaria without fever"), ("results", "toxic results"),
]  # fmt: skip
# What makes no other text of it.
HARMLESS = [
    ("show", "showed"), ("In this study", "In the study"), ("The results", "These findings"),
    ("received", "receives"), ("Oedema", "Edema"), ("children with", "children  with"),
    ("hours. The", "hours.\nThe"), ("study, ", "study "), ("malaria received", "malaria, received"),
    ("5-10 mg", "5–10 mg"), ("5 mg to", "5mg to"), ("5 mg to", "5 MG to"), ("malaria", "Malaria"),
    ("400 IU.", "400 IU. © 2019 Elsevier Ltd. All rights reserved."),
    ("400 IU.", "400 IU.\nCopyright 2020 The Authors. Published by Wiley."),
    ("The results show", "The results clearly show"), ("mortality was", "mortality is"),
    ("400 IU.", "400 IU"), ("patients", "patient"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), TURNED)
def test_a_difference_that_matters_keeps_both(old, new):
    assert old in BASE
    other = BASE.replace(old, new, 1)
    assert find_difference(BASE, other)
    assert find_difference(other, BASE)


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_a_difference_without_meaning_keeps_one(old, new):
    assert old in BASE
    other = BASE.replace(old, new, 1)
    assert find_difference(BASE, other) == ""
    assert find_difference(other, BASE) == ""


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "quotation"])
def test_no_mutation_of_a_true_sentence_says_the_same(kind):
    made = [(text, m) for text in read_sources() for m in mutations(kind, " ".join(text.split()))]
    assert len(made) > 20
    assert [pair for pair in made if not find_difference(*pair)] == []


def test_no_false_claim_says_what_its_source_says():
    pairs = [(c.claim, c.evidence.text) for c in read_cases() if c.mark == "-"]
    assert len(pairs) > 700
    assert [p for p in pairs if p[0] != p[1] and not find_difference(*p)] == []


NAMES = sorted(set(read_drugs().values()))


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_two_medicines_never_say_the_same(one, other):
    said = [f"The results show that {name} was given." for name in (one, other)]
    assert bool(find_difference(*said)) == (one != other)


TOKENS = st.sampled_from([
    *"the a of show shows showed results finding however thus also not no never give".split(),
    *"5 50 .5 0.5 1,000 1.000 ½ two three mg mcg Mg ml % < > - , . ( ) / ³ ^ IV oral left".split(),
    *"child adult artesunate artemether zorba A a edema oedema \u2212 – once twice".split(),
])  # fmt: skip
WEIGHTY = frozenset("not no never give 5 50 .5 0.5 1,000 1.000 ½ two three % < > / ³ ^ oral left "
                    "child adult artesunate artemether zorba once twice".split())  # fmt: skip


@given(st.lists(TOKENS, max_size=12), st.lists(TOKENS, max_size=12))
def test_what_matters_stands_in_the_same_order_in_texts_that_say_the_same(one, other):
    if not find_difference(" ".join(one), " ".join(other)):
        assert [t for t in one if t in WEIGHTY] == [t for t in other if t in WEIGHTY]


@given(st.lists(TOKENS, max_size=12), st.data())
def test_a_token_that_matters_can_not_be_lost(tokens, data):
    place = data.draw(st.integers(0, len(tokens)))
    more = [*tokens[:place], data.draw(st.sampled_from(sorted(WEIGHTY))), *tokens[place:]]
    assert find_difference(" ".join(tokens), " ".join(more))


@given(st.text(max_size=80))
def test_a_text_says_what_it_says(text):
    assert find_difference(text, text) == ""
    assert find_difference(text, f"  {text}\n") == ""


def test_a_copyright_line_hides_no_dose():
    for line in ("© 2019. Do not give 5 mg.", "Give 5 mg (c) 2019.", "Copyright: give 50 mg."):
        assert without_notice(f"Give water. {line}").endswith(line.split(". ")[-1])
    for line in ("Never in children, © 2019 WHO.", "Copyright artesunate 2019."):
        assert without_notice(f"Give water. {line}").endswith(line)
    assert find_difference("Seen in 2.5 of 100 homes.", "Seen in 2.5 100 homes.")
    last = "(a) 500 mg in infants. (b) 1000 mg in children. (c) "
    for one, other in (
        ("2000 mg in adults.", "1900 mg in adults."), ("2000-3000 IU.", "2000-4000 IU."),
        ("2000 children died.", "2001 children died."), ("2000.", "1900."),
    ):  # fmt: skip
        assert find_difference(f"Dosing. {last}{one}", f"Dosing. {last}{other}")
    for line in ("Published by Wiley, half the dose is enough.", "© 2000 mg."):
        assert without_notice(f"It helps. {line}").endswith(line)
    for line in ("(c) 2015 Elsevier Ltd.", "Published by BMJ 2010.", "© 2019 Thieme Verlag KG."):
        assert without_notice(f"It helps. {line}") == "It helps."
    assert without_notice("It helps. © 2019 The Authors. All rights reserved.") == "It helps."


def test_no_listed_word_is_a_medicine_a_unit_or_a_number():
    lists = read_words()
    free = lists.plain | lists.fillers
    assert not free & set(read_drugs())
    assert not free & (lists.turning | lists.fixed)
    assert not any(char.isdigit() for word in free for char in word)
    assert all(words(word) == [word] for word in free)
