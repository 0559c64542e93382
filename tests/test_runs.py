"""A run is kept item by item: killed and gone on with, it gives what an unbroken one gives."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from elara_local.errors import WrongUse
from elara_local.evaluation.comparison import compare_runs
from elara_local.evaluation.runs import Asked, begin, find_run, list_runs
from elara_local.evaluation.suites import Case
from tests.conftest import ROOT

ASKED = Asked("all", 7, 0, {"index": "abc"})
ITEMS = 80


def test_the_same_choices_find_their_run_and_changed_ones_begin_anew(tmp_path):
    run = begin(tmp_path, ASKED)
    assert begin(tmp_path, ASKED).folder == run.folder
    assert begin(tmp_path, ASKED, fresh=True).folder != run.folder
    changed = Asked("all", 7, 0, {"index": "abd"})
    assert begin(tmp_path, changed).folder not in {run.folder}
    assert len(list_runs(tmp_path)) == 3


def test_items_are_kept_and_a_line_cut_off_is_not_read(tmp_path):
    run = begin(tmp_path, ASKED)
    run.mend("small")
    run.keep("small", "a", Case({"right": True}, ("group",), "note"))
    with (run.folder / "items" / "small.jsonl").open("ab") as file:
        file.write(b'{"id": "b", "val')
    assert run.cases("small") == {"a": Case({"right": 1.0}, ("group",), "note")}
    run.mend("small")
    run.keep("small", "b", Case({"right": 0.0}))
    assert set(run.cases("small")) == {"a", "b"} and run.suites == ["small"]


def test_a_run_is_found_by_a_piece_of_its_name(tmp_path):
    run = begin(tmp_path, ASKED)
    assert find_run(tmp_path, run.id).folder == find_run(tmp_path, ASKED.key).folder
    begin(tmp_path, ASKED, fresh=True)
    with pytest.raises(WrongUse, match="There is no run"):
        find_run(tmp_path, "nothing")
    with pytest.raises(WrongUse, match="More than one"):
        find_run(tmp_path, run.id[:8])


def test_a_folder_that_is_no_run_is_left_out(tmp_path):
    begin(tmp_path, ASKED)
    (tmp_path / "evaluation" / "other").mkdir()
    (tmp_path / "evaluation" / "other" / "run.json").write_text("{")
    assert len(list_runs(tmp_path)) == 1


def start(home, *more):
    command = [sys.executable, "-m", "elara_local", "evaluate", "--suite", "messages"]
    command += ["--limit", f"{ITEMS}", "--json", *more]
    environment = {**os.environ, "ELARA_HOME": str(home)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def finish(home, *more):
    process = start(home, *more)
    out, said = process.communicate(timeout=600)
    assert process.returncode in (0, 1), said
    return json.loads(out)["results"], said


def judged(home):
    found = list(home.glob("evaluation/*/items/messages.jsonl"))
    return found[0].read_text(encoding="utf-8").count("\n") if found else 0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_a_killed_run_gone_on_with_gives_the_same_table(tmp_path):
    broken = tmp_path / "broken"
    process = start(broken)
    end = time.monotonic() + 300
    while judged(broken) < 5 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = judged(broken)
    assert 5 <= done < ITEMS, "killed in the middle"
    resumed, said = finish(broken)
    assert f"{done} of {ITEMS} were judged before" in said
    unbroken, _ = finish(tmp_path / "unbroken")
    assert resumed == unbroken and resumed[0]["judged"] == ITEMS
    again, said = finish(broken)
    assert again == unbroken and f"{ITEMS} of {ITEMS} were judged before" in said
    (one,), (other,) = list_runs(broken), list_runs(tmp_path / "unbroken")
    found = compare_runs(one, other)
    assert found and all(d.value == d.low == d.high == 0 for _, _, d in found)
