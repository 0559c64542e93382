"""Suites run, summed up, written and drawn: what is absent or broken is said, never hidden."""

import pytest

from elara_local.cli.evaluation import exit_code
from elara_local.errors import Missing, WrongFile
from elara_local.evaluation.execution import choose, run_suite, run_suites
from elara_local.evaluation.plots import draw, write_plots
from elara_local.evaluation.report import (
    RESULTS,
    read_results,
    render,
    render_table,
    write_report,
)
from elara_local.evaluation.runs import Asked, begin
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.evaluation.summary import summarise

BENCH = Bench(lambda: None)
CASES = {
    "a": Case({"right": 1.0, "cost": 0.0, "ms": 120.0}, ("one",)),
    "b": Case({"right": 0.0, "cost": 1.0, "ms": 80.0}, ("one", "two"), "wrong | b"),
    "c": Case({"right": 1.0, "cost": 1.0, "ms": 100.0}, ("two",), "dear c"),
}
GOALS = {"right": Goal(0.6), "cost": Goal(0.5, most=True), "two: right": Goal(0.4)}


def make_suite(cases=CASES, goals=GOALS, name="small"):
    def read(bench):
        for item, case in cases.items():
            yield Item(item, lambda case=case: case)

    return Suite(name, "A small suite", "What it does not show.", read, goals)


def begin_run(folder, **changes):
    return begin(
        folder, Asked(**({"half": "all", "seed": 7, "limit": 0, "fingerprints": {}} | changes))
    )


def find(result, metric, group=""):
    return next(row for row in result.rows if (row.metric, row.group) == (metric, group))


@pytest.fixture
def result():
    return summarise(make_suite(), CASES, 3)


def test_figures_goals_and_groups(result):
    right = find(result, "right")
    assert (right.n, right.value, right.goal, right.met) == (3, pytest.approx(2 / 3), 0.6, True)
    assert find(result, "cost").met is False and not result.met
    assert find(result, "right", "two").met is True and find(result, "right", "one").met is None
    assert find(result, "ms").value == 100 and find(result, "ms").goal is None


def test_the_worst_miss_comes_first(result):
    assert [item for item, _ in result.misses] == ["b", "c"]


def test_order_of_the_items_changes_nothing(result):
    turned = dict(reversed(CASES.items()))
    assert summarise(make_suite(), turned, 3) == result


def test_a_metric_is_measured_where_it_applies():
    cases = {
        "a": Case({"refused": 1.0}),
        "b": Case({"answered": 0.0}),
        "c": Case({"answered": 1.0}),
    }
    found = summarise(make_suite(goals={}), cases, 3)
    assert find(found, "refused").n == 1 and find(found, "answered").value == 0.5


def test_an_absent_set_is_listed_and_the_others_run(tmp_path):
    def read(bench):
        raise Missing("The set is not there.", "Name it with --data.")

    absent, said = Suite("absent", "Absent", "", read), []
    results = run_suites([absent, make_suite()], BENCH, begin_run(tmp_path), said.append)
    assert "not run: The set is not there." in results[0].why and results[1].judged == 3
    assert "not run: The set is not there." in render_table(results)
    assert exit_code(results) == 1, "the cost is above its goal"
    assert exit_code(results[:1]) == 3, "nothing could be run"


def test_an_item_that_breaks_is_counted_and_tried_again(tmp_path):
    broken = [True]

    def judge():
        if broken:
            raise ZeroDivisionError
        return Case({"right": 1.0})

    suite = Suite("small", "", "", lambda bench: [Item("a", judge), Item("b", lambda: CASES["a"])])
    run, said = begin_run(tmp_path), []
    result, _ = run_suite(suite, BENCH, run, said.append)
    assert (result.judged, result.failed, exit_code([result])) == (1, 1, 1)
    assert any("item a broke (ZeroDivisionError)" in line for line in said)
    broken.clear()
    result, _ = run_suite(suite, BENCH, run, said.append)
    assert (result.judged, result.failed, exit_code([result])) == (2, 0, 0)


def test_a_suite_that_cannot_be_read_is_a_failure(tmp_path):
    def read(bench):
        raise KeyError("column")

    result, _ = run_suite(Suite("small", "", "", read), BENCH, begin_run(tmp_path), print)
    assert result.why == "failed: KeyError while reading" and exit_code([result]) == 1


def test_ctrl_c_leaves_what_is_done(tmp_path):
    def stop():
        raise KeyboardInterrupt

    items = [Item("a", lambda: CASES["a"]), Item("b", stop), Item("c", lambda: CASES["c"])]
    run = begin_run(tmp_path)
    result, stopped = run_suite(Suite("small", "", "", lambda bench: items), BENCH, run, print)
    assert stopped and result.judged == 1 and "goes on" in result.why
    assert set(run.cases("small")) == {"a"} and exit_code([result]) == 1


def test_a_sample_is_the_seeds_alone():
    items = [Item(f"{n}", lambda: CASES["a"]) for n in range(50)]
    few = choose(items, Bench(lambda: None, limit=10))
    assert (
        len(few) == 10
        and list(few) == list(choose(items[::-1], Bench(lambda: None, limit=10)))[::-1]
    )
    assert set(few) != set(choose(items, Bench(lambda: None, limit=10, seed=8)))
    assert set(few) < set(choose(items, Bench(lambda: None, limit=20)))
    assert len(choose([*items, *items], BENCH)) == 50


def test_a_report_is_read_again_as_it_was_written(tmp_path, result):
    run = begin_run(tmp_path)
    write_report(run, [result], run.folder)
    assert read_results(run.folder) == [result]
    other = summarise(make_suite(name="other"), CASES, 3)
    write_report(run, [other], run.folder)
    assert read_results(run.folder) == [result, other], "what was not asked now stays in"
    (run.folder / RESULTS).write_text("{}")
    with pytest.raises(WrongFile):
        read_results(run.folder)


def test_the_markdown_holds_every_cell(tmp_path, result):
    text = render(begin_run(tmp_path), [result])
    table = [line for line in text.splitlines() if line.startswith("| A small suite")]
    assert "| A small suite | cost | 3 | 0.667 | 0.208 to 0.939 | <= 0.500 | NO |" in table
    assert all(line.replace("\\|", "").count("|") == 8 for line in table)
    assert "wrong | b" in text and "What it does not show." in text
    assert "| one | 2 |" in text


def test_pictures_are_the_same_bytes_and_tell_nothing_of_the_machine(tmp_path, result):
    (first,), (second,) = (write_plots([result], tmp_path / name) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    picture = first.read_text(encoding="utf-8")
    assert "dc:date" not in picture and str(tmp_path) not in picture
    assert "<script" not in picture and "right (3)" in picture
    assert "ms" not in [line.strip() for line in picture.splitlines()], "no share, not drawn"


def test_a_changed_figure_changes_the_picture(result):
    other = summarise(make_suite(), CASES | {"d": Case({"right": 0.0})}, 4)
    assert draw(result) != draw(other)
    assert draw(summarise(make_suite(), {}, 0)) == ""
