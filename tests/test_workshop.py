"""The workshop: a child process does the work, the window watches it, stopping leaves nothing."""

import os
import sys

import pytest

from elara_local.errors import ElaraError
from elara_local.ui.workshop import Workshop, _known
from tests.scripted import CHILD, wait_until


@pytest.fixture
def opened():
    return []


@pytest.fixture
def workshop(tmp_path, opened):
    command = (sys.executable, str(CHILD), str(tmp_path / "state.json"))
    made = Workshop(lambda: opened.append(1), command=command)
    yield made
    made.close()


def write(folder, *names):
    paths = [folder / name for name in names]
    for path in paths:
        path.write_text("words " * 100)
    return paths


def finish(workshop):
    return list(workshop.watch())[-1]


def test_files_are_added_with_progress_and_a_line_for_each(workshop, tmp_path, opened):
    done = []
    paths = write(tmp_path, "guide.pdf", "bad.pdf")
    assert workshop.add(paths, {"edition": "2026", "licence": ""}, lambda: done.append(1))
    seen = list(workshop.watch())
    assert seen[0].state == "running" and seen[-1].state == "done"
    end = seen[-1]
    assert (end.added, end.replaced, end.refused) == (1, 0, 1)
    assert [line.split(":")[0] for line in end.report] == ["guide.pdf", "bad.pdf"]
    assert done == [1] and opened == [1]
    [own, _] = workshop.shelves()
    assert [(d["title"], d["edition"]) for d in own["documents"]] == [("guide.pdf", "2026")]


def test_only_refused_files_are_a_report_and_not_a_failure(workshop, tmp_path):
    assert workshop.add(write(tmp_path, "bad.pdf"), {}, lambda: None)
    end = finish(workshop)
    assert (end.state, end.added, end.refused) == ("done", 0, 1)


def test_stopping_ends_the_child_and_changes_nothing(workshop, tmp_path):
    done = []
    workshop.add(write(tmp_path, "slow.pdf"), {}, lambda: done.append(1))
    wait_until(lambda: workshop.progress.stage == "embedding")
    child = workshop._child
    workshop.stop()
    assert finish(workshop).state == "stopped"
    assert child.poll() is not None and done == [1]
    assert [shelf["kind"] for shelf in workshop.shelves()] == ["handbook"]
    assert workshop.add(write(tmp_path, "guide.pdf"), {}, lambda: None)
    assert finish(workshop).state == "done"


def test_a_second_change_waits_for_the_first_to_end(workshop, tmp_path):
    workshop.add(write(tmp_path, "slow.pdf"), {}, lambda: None)
    assert not workshop.add(write(tmp_path, "guide.pdf"), {}, lambda: None)
    assert not workshop.remove(["guide.pdf"])
    workshop.stop()
    finish(workshop)


@pytest.mark.parametrize(
    ("name", "why"), [("crash.pdf", ""), ("unusable.pdf", "The embedding model is not installed.")]
)
def test_a_failure_is_told_in_words_meant_for_people_only(workshop, tmp_path, opened, name, why):
    workshop.add(write(tmp_path, name), {}, lambda: None)
    end = finish(workshop)
    assert end.state == "failed" and end.why.startswith(why) and "canary" not in end.why
    assert not end.report and opened == []


def test_a_document_is_removed(workshop, tmp_path, opened):
    workshop.add(write(tmp_path, "guide.pdf"), {}, lambda: None)
    finish(workshop)
    assert workshop.remove(["guide.pdf"])
    assert finish(workshop).state == "done" and opened == [1, 1]
    assert [shelf["kind"] for shelf in workshop.shelves()] == ["handbook"]
    workshop.remove(["never there"])
    assert finish(workshop).state == "failed"


def test_a_library_that_can_not_be_opened_is_told(tmp_path):
    def fail():
        raise RuntimeError("canary")

    command = (sys.executable, str(CHILD), str(tmp_path / "state.json"))
    workshop = Workshop(fail, command=command)
    workshop.add(write(tmp_path, "guide.pdf"), {}, lambda: None)
    end = finish(workshop)
    assert end.state == "done" and "RuntimeError" in end.unopened and "canary" not in end.unopened


def test_closing_the_window_ends_the_child(workshop, tmp_path):
    workshop.add(write(tmp_path, "slow.pdf"), {}, lambda: None)
    wait_until(lambda: workshop._child is not None)
    child = workshop._child
    workshop.close()
    assert child.poll() is not None
    assert finish(workshop).state == "stopped"


def test_a_command_that_is_not_there_is_a_failure(tmp_path):
    workshop = Workshop(lambda: None, command=(str(tmp_path / "absent"),))
    workshop.add(write(tmp_path, "guide.pdf"), {}, lambda: None)
    assert finish(workshop).state == "failed"
    with pytest.raises(ElaraError, match="can't be listed"):
        workshop.shelves()


def test_shelves_are_listed_anew_only_when_asked(workshop, tmp_path):
    before = workshop.shelves()
    workshop.add(write(tmp_path, "guide.pdf"), {}, lambda: None)
    finish(workshop)
    assert workshop.shelves(again=False) == before
    assert len(workshop.shelves()) == len(before) + 1


def test_the_time_left_follows_the_rate_of_the_stage(workshop, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("elara_local.ui.workshop.time.monotonic", lambda: clock[0])
    told = '{"stage": "embedding", "file": 1, "files": 1, "done": %d, "of": 1000}'
    workshop._read(told % 0)
    assert workshop.progress.left is None
    clock[0] += 10
    workshop._read(told % 250)
    assert workshop.progress.left == pytest.approx(30)
    workshop._read('{"stage": "writing"}')
    assert workshop.progress.left is None and workshop.progress.of == 0


@pytest.mark.parametrize("line", ["", "words", "[1]", "null", '{"done": "many", "report": 5}'])
def test_what_is_no_line_of_the_child_is_passed_over(workshop, line):
    before = workshop.progress
    workshop._read(line)
    assert workshop.progress == before


def test_only_known_fields_of_the_right_kind_are_taken():
    told = {"stage": "reading", "file": 2, "of": "x", "state": "done", "why": "x", "report": [1]}
    assert _known(told) == {"stage": "reading", "file": 2, "done": 0, "of": 0, "report": ("1",)}


def test_the_child_gets_the_environment_of_the_window(tmp_path):
    show = "import json, os; print(json.dumps({'shelves': [os.environ['ELARA_HOME']]}))"
    environment = {**os.environ, "ELARA_HOME": str(tmp_path)}
    workshop = Workshop(lambda: None, environment, (sys.executable, "-c", show))
    assert workshop.shelves() == [str(tmp_path)]
