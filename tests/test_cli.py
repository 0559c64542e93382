"""Asking and searching as a user does: child processes, text and JSON, batches, bad input."""

import json
import os

import pytest

from elara_local.roles import ROLE_IDS, read_roles
from tests.commands import ROOT, Program, require_contract
from tests.conftest import installed_model
from tests.test_records import IN_LISTS
from tests.test_rules_cli import BAD

DOSE = "child 15 kg severe malaria artesunate dose?"


@pytest.fixture(scope="module")
def elara(tmp_path_factory):
    return Program(tmp_path_factory.mktemp("cli") / "home")


@pytest.fixture
def embedding():
    """Asking needs the embedding model that built the index."""
    installed_model("all-minilm-l6-v2-int8")


@pytest.fixture(scope="module")
def bad_answers(elara, tmp_path_factory):
    """Every bad question, in one batch: the models are loaded once."""
    installed_model("all-minilm-l6-v2-int8")
    lines = [{"id": name, "question": text} for name, text in BAD.items()]
    file = tmp_path_factory.mktemp("batch") / "bad.jsonl"
    return {line["id"]: line for line in elara.batch(file, "ask", *lines)}


# Asking


def test_ask_prints_the_contract(elara, embedding):
    done = elara.run("ask", DOSE, "--json")
    answer = done.record
    require_contract(answer)
    assert (done.code, done.err) == (0, "")
    assert answer["question"] == DOSE and answer["status"] == "quoted"
    assert "3 mg/kg per dose" in answer["text"]
    by_code = [s for s in answer["sentences"] if s["support"] != "quoted"]
    assert all(s["support"] == "supported" and "by code" in s["text"] for s in by_code)
    assert any("15 kg × 3 mg/kg = 45 mg per dose" in s["text"] for s in by_code)
    quoted = " ".join(source["quote"] for source in answer["sources"])
    assert "3 mg/kg per dose" in quoted


def test_ask_as_text_shows_the_emergency_first_and_ends_with_the_disclaimer(elara, embedding):
    done = elara.run("ask", "woman fitting, 36 weeks pregnant, BP 170/110", "--role", "patient")
    assert done.code == 0
    assert done.out.startswith("!! EMERGENCY !!")
    disclaimer = read_roles()["patient"].disclaimer_in("en")
    assert " ".join(done.out.split()).endswith(" ".join(disclaimer.split()))


def test_ask_takes_language_and_top(elara, embedding):
    done = elara.run("ask", "fever", "--language", "en", "--top", "2", "--json")
    answer = done.record
    cited = {c for sentence in answer["sentences"] for c in sentence["citations"]}
    assert answer["language"] == "en"
    assert len(answer["sources"]) <= 2 + len(cited)


def test_a_name_that_no_source_holds_is_not_answered(elara, embedding):
    done = elara.run("ask", "What is the dose of zolvatrexin in gout?", "--json")
    assert done.code == 0
    answer = done.record
    require_contract(answer)
    assert answer["status"] == "not_in_sources" and answer["text"] == ""
    assert answer["sources"] and any("zolvatrexin" in note for note in answer["notes"])


@pytest.mark.parametrize("name", BAD)
def test_a_bad_question_gets_a_clear_reply(bad_answers, name):
    answer = bad_answers[name]
    assert "error" not in answer
    require_contract({key: value for key, value in answer.items() if key != "id"})
    assert answer["status"] in ("quoted", "not_in_sources", "escalated", "refused")
    assert "evil.example" not in answer["text"] and "500 g" not in answer["text"]
    if name.startswith("long"):
        assert any("Only the first 2000 characters" in note for note in answer["notes"])


@pytest.mark.parametrize("name", ["long", "bidi", "injection", "emoji"])
def test_a_bad_argument_gets_a_clear_reply(elara, embedding, name):
    done = elara.run("ask", BAD[name])
    assert done.code == 0 and done.err == ""
    assert "\x1b" not in done.out and "\u202e" not in done.out
    assert "evil.example" not in done.out and len(done.out) < 20_000


def test_one_batch_keeps_order_ids_and_errors(elara, embedding, tmp_path):
    lines = [
        {"id": "a", "question": DOSE, "role": "emergency", "top": 1},
        {"id": 2, "question": ""},
        {"question": "snakebite, swollen leg", "role": "patient"},
        {"id": None, "question": "fever", "role": "wizard"},
        {"id": [1], "question": "fever", "role": ["professional"]},
        {"id": 6, "question": "fever", "top": "x"},
        {"id": 7, "question": "fever", "top": 0},
        {"id": 8, "question": "fever", "language": 5},
        {"id": 9, "question": "fever", "generator": "oracle"},
        {"id": 10, "text": "fever"},
        {"id": 11, "question": 7},
        "not json",
        "",
        "[1, 2]",
        "[" * 100_000,
        {"id": "last", "question": "oxytocin after birth"},
    ]
    results = elara.batch(tmp_path / "b.jsonl", "ask", *lines)
    assert len(results) == len(lines) - 1  # the blank line is none
    errors = [n for n, result in enumerate(results) if "error" in result]
    assert errors == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert all(result["error"] and result["hint"] for result in map(results.__getitem__, errors))
    assert [r["id"] for r in results if "id" in r] == ["a", 2, None, [1], *range(6, 12), "last"]
    assert [results[n]["role"] for n in (0, 2, 14)] == ["emergency", "patient", "professional"]
    assert "oxytocin" in results[14]["text"].casefold()
    assert all(list(results[n])[0] == "id" for n in (0, 14))


def test_every_role_is_taken(elara, embedding, tmp_path):
    lines = [{"question": "cholera", "role": role} for role in ROLE_IDS]
    results = elara.batch(tmp_path / "r.jsonl", "ask", *lines)
    assert [result["role"] for result in results] == list(ROLE_IDS)
    assert all(result["disclaimer"] for result in results)


COUNTING = """
import sys
opened = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(("manifest.json", "tokenizer.json")):
        opened.append(str(arguments[0]))
sys.addaudithook(watch)
from elara_local.cli import main
code = main(sys.argv[1:])
print("opened:", len(opened), file=sys.stderr)
sys.exit(code)
"""


def test_a_batch_loads_its_models_once(elara, embedding, tmp_path):
    """Ten questions open the files of index and model as often as one does."""
    lines = [{"question": f"fever in a child of {n} years"} for n in range(2, 12)]
    file = tmp_path / "once.jsonl"
    (tmp_path / "counting.py").write_text(COUNTING, encoding="utf-8")
    counting = Program(elara.home, module="counting")
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    path = os.pathsep.join((str(ROOT), str(tmp_path)))
    many = counting.run("ask", "--batch", file, PYTHONPATH=path)
    file.write_text(json.dumps(lines[0]), encoding="utf-8")
    one = counting.run("ask", "--batch", file, PYTHONPATH=path)
    assert len(many.lines) == 10 and len(one.lines) == 1
    assert many.err == one.err
    assert one.err.startswith("opened: ") and one.err != "opened: 0\n"


# Searching


def test_search_lists_passages(elara, embedding):
    done = elara.run("search", "oxytocin after birth", "--top", "3", "--json")
    listing = done.record
    assert (done.code, done.err) == (0, "")
    assert list(listing) == "query about sources notes timings_ms provenance".split()
    assert listing["about"] is True and len(listing["sources"]) == 3
    assert all(list(source) == IN_LISTS["sources"].split() for source in listing["sources"])
    text = elara.run("search", "oxytocin after birth", "--top", "3").out
    assert text.count("not clinically reviewed") == 3 and listing["sources"][0]["title"] in text


def test_search_in_a_batch(elara, embedding, tmp_path):
    lines = [{"id": 1, "words": "cholera"}, {"id": 2, "text": "tetanus"}, {"id": 3, "words": "💊"}]
    lines += [{"id": name, "words": text} for name, text in BAD.items()]
    results = elara.batch(tmp_path / "s.jsonl", "search", *lines)
    assert [r["id"] for r in results] == [1, 2, 3, *BAD]
    assert [r.get("query") for r in results[:3]] == ["cholera", "tetanus", None]
    assert "error" in results[2] and not any("error" in result for result in results[3:])
