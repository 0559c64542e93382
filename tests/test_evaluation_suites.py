"""Every suite of the table, and the two that need engines on a small real sample."""

import re

import pytest

from elara_local.cli import main
from elara_local.errors import Missing, WrongUse
from elara_local.evaluation import pools, quality
from elara_local.evaluation.execution import choose
from elara_local.evaluation.golden import Golden, judge
from elara_local.evaluation.register import OTHER_NAMES, SUITES, load_suite, load_suites
from elara_local.evaluation.suites import Bench
from elara_local.evaluation.summary import summarise
from elara_local.settings import Settings
from tests.browsing import assemble_or_skip
from tests.conftest import shared_data


@pytest.fixture(scope="module")
def elara(tmp_path_factory):
    opened = assemble_or_skip(Settings(tmp_path_factory.mktemp("home")))
    yield opened
    opened.close()


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_is_named_as_the_table_names_it(name):
    suite = load_suite(name)
    assert suite.name == name and re.fullmatch(r"[a-z_]+", name)
    assert suite.title and suite.about.endswith(".")


def test_older_names_are_understood_and_unknown_ones_refused():
    assert load_suite("answers") is load_suite("golden") and "answers" in OTHER_NAMES
    assert [s.name for s in load_suites(["retrieval", "answers", "golden"])] == [
        "golden",
        "retrieval",
    ]
    with pytest.raises(WrongUse, match="There is no suite 'none'"):
        load_suite("none")


@pytest.mark.parametrize("name", ["retrieval", "quality", "choice"])
def test_a_suite_on_public_data_says_when_there_is_none(name, tmp_path):
    for data in (None, tmp_path):
        with pytest.raises(Missing, match="--data"):
            list(load_suite(name).read(Bench(lambda: None, data)))


def test_halves_and_ids_of_the_golden_questions(elara):
    suite = load_suite("golden")
    halves = {}
    for half in ("dev", "test", "all"):
        items = list(suite.read(Bench(lambda: elara, half=half)))
        halves[half] = {item.id for item in items}
        assert len(halves[half]) == len(items)
    assert halves["dev"] | halves["test"] == halves["all"]
    assert not halves["dev"] & halves["test"]


def test_a_few_golden_questions_end_to_end(elara):
    bench = Bench(lambda: elara, half="dev", limit=40)
    quoted = [i for i in load_suite("golden").read(bench) if i.id.startswith("quoting/")]
    cases = {name: item.judge() for name, item in choose(quoted, bench).items()}
    result = summarise(load_suite("golden"), cases, len(cases))
    found = {row.metric: row.value for row in result.rows if not row.group}
    assert found["answered"] >= 0.8 and found["topic_in_three"] >= 0.9
    assert all(case.groups[0].startswith("quoting, ") for case in cases.values())


def test_an_answer_to_what_has_none_is_a_miss(elara):
    from elara_local.evaluation.golden import ask

    known = Golden("How much zinc for a child with diarrhoea?", "acute-diarrhoea", ("mg",), "dev")
    answer = ask(elara.assistant, known.text, "quoting")
    assert judge(known, answer).values["answered"] == 1
    strange = judge(Golden(known.text, "", (), "dev"), answer)
    assert strange.values == {"refused": 0} and "was answered" in strange.note


def test_answers_beside_references_on_a_small_pool(elara, monkeypatch):
    data = shared_data("pubmedqa").parent
    monkeypatch.setattr(quality, "SAMPLE", 3)
    monkeypatch.setattr(pools, "OTHERS", 2)
    bench = Bench(lambda: elara, data)
    items = [i for i in load_suite("quality").read(bench) if i.id.startswith("quoting/")]
    assert len(items) == 9
    cases = [item.judge() for item in items]
    answered = [case.values for case in cases if case.values["answered"]]
    assert len(answered) >= 5
    for values in answered:
        assert values["citation_recall"] == values["grounding"] == 1
        assert 0 <= values["rougeL"] <= values["rouge1"] <= 1 and 0 < values["semantic"] <= 1


def test_nothing_that_could_be_run_is_exit_code_3(tmp_path, capsys):
    assert main(["evaluate", "--suite", "retrieval", "--data", str(tmp_path)]) == 3
    assert "not run: The question set" in capsys.readouterr().out


def test_the_suites_and_runs_are_listed(capsys):
    assert main(["evaluate", "--list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in SUITES)
    assert main(["evaluate", "--compare", "one", "two"]) == 2
