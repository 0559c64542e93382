"""Scores of an answer's words, against the libraries' own and against cases made by hand."""

import pytest
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

from elara_local.evaluation.answers import (
    bleu,
    compare_texts,
    exact_match,
    normalise,
    rouge,
    semantic,
    token_f1,
)

PAIRS = [
    ("Give zinc 20 mg once daily for 10 days.", "Give zinc 20 mg daily for 10 to 14 days."),
    ("Malaria is spread by mosquitoes.", "The parasite is carried by a mosquito."),
    ("Yes", "No. Non-coding variants cause severe disorder."),
]


def test_normalisation_is_squads():
    assert normalise("The  Dose, of a drug: 5 mg!") == ["dose", "of", "drug", "5", "mg"]


def test_exact_match_looks_past_articles_and_points():
    assert exact_match("The dose is 5 mg.", "dose is 5 mg") == 1
    assert exact_match("dose is 50 mg", "dose is 5 mg") == 0


def test_token_f1_by_hand():
    assert token_f1("red blood cells", "red blood count") == pytest.approx(2 / 3)
    assert token_f1("yes yes", "yes") == pytest.approx(2 / 3), "a word counts as often as it stands"
    assert token_f1("", "yes") == 0 and token_f1("", "") == 1


@pytest.mark.parametrize("pair", PAIRS)
def test_bleu_and_rouge_are_the_libraries_own(pair):
    answer, reference = pair
    assert bleu(answer, [reference]) == sacrebleu.sentence_bleu(answer, [reference]).score / 100
    own = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(reference, answer)
    assert rouge(answer, [reference]) == {name: score.fmeasure for name, score in own.items()}


def test_the_best_reference_counts():
    scores = compare_texts("Zinc for ten days.", ["Nothing like it at all.", "Zinc for ten days"])
    assert scores["exact_match"] == scores["token_f1"] == scores["rougeL"] == 1
    with pytest.raises(ValueError, match="reference"):
        compare_texts("Zinc.", [])


def test_meaning_is_matched_by_sentence(embedder):
    one, two = "Zinc shortens diarrhoea in children.", "Malaria is spread by mosquitoes."
    assert semantic(f"{one} {two}", f"{two} {one}", embedder) == pytest.approx(1, abs=1e-3)
    near = semantic("Children with diarrhoea recover sooner with zinc.", one, embedder)
    assert near > 0.7 > semantic(two, one, embedder) >= 0
    assert semantic("", one, embedder) == 0
