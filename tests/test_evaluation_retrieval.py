"""The public question sets, read and asked: a small real sample with floors."""

import gzip
import json

import pytest

from elara_local.errors import Missing
from elara_local.evaluation.datasets import (
    Asked,
    QuestionSet,
    Text,
    read_bioasq,
    read_medquad,
    read_pubmedqa,
)
from elara_local.evaluation.retrieval import LEGS, judge, open_pool, open_searches
from tests.conftest import shared_data

ANSWERS = 16_407


@pytest.fixture(scope="module")
def data():
    return shared_data("medquad").parent


def quiet(line):
    assert line


def ask(pool, embedder, folder, say):
    """The means of a pool by set and metric."""
    library = open_pool(pool, embedder, "x" * 64, folder, say)
    searches, found = open_searches(library, embedder), {}
    for questions in pool:
        for asked in questions.questions:
            for metric, value in judge(searches, asked).values.items():
                found.setdefault((questions.name, metric), []).append(value)
    library.close()
    return {key: sum(values) / len(values) for key, values in found.items()}


def test_medquad_answers_stand_under_their_title_never_under_the_question(data):
    questions = read_medquad(data)
    assert len(questions.texts) == ANSWERS and len(questions.questions) == 2_000
    assert questions == read_medquad(data)
    assert sum(bool(text.title) for text in questions.texts.values()) > 16_000
    assert not any(text.section.endswith("?") for text in questions.texts.values())
    bare = read_medquad(data, bare=True)
    assert [a.relevant for a in bare.questions] == [a.relevant for a in questions.questions]
    assert not any(text.title or text.section for text in bare.texts.values())


def test_every_copy_of_an_answer_is_right(data):
    questions = read_medquad(data, count=ANSWERS)
    bodies = {text.body for text in questions.texts.values()}
    copied = [asked for asked in questions.questions if len(asked.relevant) > 1]
    assert copied and len(bodies) < ANSWERS
    for asked in copied:
        assert len({questions.texts[name].body for name in asked.relevant}) == 1


def test_halves_are_fixed_and_even(data):
    for questions in (read_bioasq(data), read_pubmedqa(data)):
        halves = [asked.half for asked in questions.questions]
        assert 0.4 < halves.count("dev") / len(halves) < 0.6
    assert Asked("What is zinc?", frozenset()).half == Asked("What is zinc?", frozenset("a")).half


def test_a_missing_set_is_said(tmp_path):
    with pytest.raises(Missing, match="--data"):
        read_medquad(tmp_path)


def test_a_small_pool_is_asked_and_kept(embedder, tmp_path):
    texts = {
        "a": Text("Zinc shortens diarrhoea in children. " * 60, "Diarrhoea", "Treatment"),
        "b": Text("Rice-water stools are a sign of it.", "Cholera", "Symptoms"),
        "c": Text("It is spread by water.", "Cholera", "Causes"),
    }
    asked = (
        Asked("What are the symptoms of cholera?", frozenset("b")),
        Asked("zinc for diarrhoea", frozenset("a")),
    )
    said = []
    questions = QuestionSet("small", asked, texts)
    figures = [ask([questions], embedder, tmp_path, said.append) for _ in range(2)][1]
    assert all(("small", f"{leg} ndcg10") in figures for leg in LEGS)
    assert all(figures["small", f"fused {name}"] == 1 for name in ("hit1", "hit10", "recall10"))
    assert sum("Embedding" in line for line in said) == 1, "the second run embeds nothing"


def test_floors_on_a_fixed_sample(embedder, data, tmp_path):
    """Forty questions of each set among 180 texts, those of MedQuAD cut to 60 words."""
    medquad, pubmedqa = read_medquad(data, count=40), read_pubmedqa(data)
    own = {name for asked in medquad.questions for name in sorted(asked.relevant)[:1]}
    kept = {n: medquad.texts[n] for n in [*own, *sorted(medquad.texts)[:100]]}
    short = {n: Text(" ".join(t.body.split()[:60]), t.title, t.section) for n, t in kept.items()}
    questions = tuple(Asked(a.text, frozenset(sorted(a.relevant)[:1])) for a in medquad.questions)
    abstracts = pubmedqa.questions[:40]
    lent = {i: pubmedqa.texts[i] for a in abstracts for i in a.relevant}
    pool = [QuestionSet("MedQuAD", questions, short), QuestionSet("PubMedQA", abstracts, lent)]
    found = ask(pool, embedder, tmp_path, quiet)
    assert found["MedQuAD", "fused hit1"] >= 0.85
    assert found["MedQuAD", "fused hit10"] >= 0.95
    assert found["PubMedQA", "fused hit1"] >= 0.95
    for name in ("MedQuAD", "PubMedQA"):
        better = max(found[name, "keyword ndcg10"], found[name, "dense ndcg10"])
        assert found[name, "fused ndcg10"] >= better - 0.02  # half a question of forty


def test_a_damaged_set_is_not_read_as_empty(tmp_path):
    folder = tmp_path / "medquad"
    folder.mkdir()
    with gzip.open(folder / "medquad_answered.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write('{"answer": "zinc"\n')
    with pytest.raises(json.JSONDecodeError):
        read_medquad(tmp_path)
