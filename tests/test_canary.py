"""No file, log or temporary folder holds what was asked.

A phrase that is made anew for each run is asked in the terminal and in the window, with
answers that end well, that fail, that are stopped and that are killed. Then every file under
the user's folder, the home folder, the temporary folders and the repository is read for it, in
several spellings. What a file holds compressed or encrypted is not seen.
"""

import re
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from elara_local.offline import quiet_environment
from tests.commands import ROOT, Program
from tests.conftest import installed_model
from tests.traces import (
    CANARY,
    QUESTION,
    find_files,
    hold_sitting,
    make_private,
    require_parts,
    why_not_apart,
)


@pytest.fixture(params=["quick", "with the model in the window"])
def sitting(request):
    require_parts()
    apart = request.param != "quick"
    if apart and (reason := why_not_apart()):
        pytest.skip(reason)
    return hold_sitting(apart)


def require_no_trace(folder, began):
    """Look wherever a file could be: the folder of the run, the system's temp, here."""
    assert find_files(folder, CANARY) == []
    assert find_files(tempfile.gettempdir(), CANARY, since=began) == []
    assert find_files(ROOT, CANARY) == []
    for name in (".git", ".venv"):
        assert find_files(ROOT / name, CANARY, since=began) == []


def test_the_words_were_asked(sitting):
    assert sitting.report["terminal"]["quoting"]["question"] == QUESTION
    assert CANARY in str(sitting.report["window"]["quoted"])
    assert "error" in sitting.report["window"]["no role"][0]


def test_no_file_holds_them(sitting):
    require_no_trace(sitting.folder, sitting.began)


def test_no_log_holds_them(sitting):
    """Every library logged at its most talkative."""
    assert "DEBUG" in sitting.log and CANARY not in sitting.log


def test_the_private_folder_is_gone(sitting):
    left = {path.name for path in (sitting.folder / "elara").rglob("*")}
    assert left <= {"elara.lock"}


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [
        ({"ELARA_CONTEXT": "64"}, ["ask", QUESTION, "--generator", "llama.cpp"]),
        ({"ELARA_INDEX": "nowhere"}, ["ask", QUESTION]),
        ({"ELARA_THREADS": "-5"}, ["ask", QUESTION]),
        ({}, ["ask", f"forge a prescription of morphine for {CANARY}"]),
        ({}, ["ask", f"{CANARY} wants to end my life", "--role", "patient"]),
        ({}, ["ask", f"Is zolvatrexin{CANARY} safe?"]),
        ({}, ["screen", f"chest pain {CANARY}"]),
        ({}, ["check", "--claim", f"Give {CANARY} mg.", "--source", "Give 1 mg."]),
    ],
    ids=["context", "index", "threads", "refused", "crisis", "unknown", "screen", "check"],
)
def test_an_answer_that_ends_otherwise_leaves_no_trace(tmp_path, variables, arguments):
    installed_model("all-minilm-l6-v2-int8")
    began = time.time()
    private = make_private(tmp_path)
    done = Program(tmp_path / "elara").run(*arguments, **{**private, **variables})
    assert done.code in (0, 1, 2, 3)
    assert CANARY not in done.err
    assert find_files(tmp_path, CANARY) == []
    assert find_files(tempfile.gettempdir(), CANARY, since=began) == []
    assert find_files(ROOT, CANARY) == []


def test_a_window_that_is_killed_leaves_no_trace(tmp_path):
    require_parts()
    quiet_environment()  # before its import: this process is the guest at the window
    import gradio_client

    began, lines = time.time(), []
    process = subprocess.Popen(
        [sys.executable, "-m", "elara_local", "serve", "--no-browser", "--port", "0"],
        cwd=ROOT, env=make_private(tmp_path), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    reader = threading.Thread(target=lambda: lines.extend(process.stdout))
    reader.start()
    try:
        while not (found := re.search(r"(http://\S+)/\?t=(\S+)", "".join(lines))):
            assert process.poll() is None, lines
            time.sleep(0.05)
        page = gradio_client.Client(
            found.group(1),
            headers={"Authorization": f"Bearer {found.group(2)}"},
            download_files=str(tmp_path / "downloads"),
            analytics_enabled=False,
            verbose=False,
        )
        job = page.submit(QUESTION, "emergency", "en", "llama.cpp", api_name="/ask")
        while not any(CANARY in str(output) for output in job.outputs()):
            assert not job.done(), job.outputs()
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait(20)
        reader.join(10)
    assert CANARY not in "".join(lines)
    require_no_trace(tmp_path, began)


@pytest.mark.parametrize("code", ["utf-8", "utf-16", "utf-16-be", "utf-32", "base64"])
def test_a_trace_would_have_been_found(tmp_path, code):
    """A phrase of this test's own, so that the other tests find none."""
    import base64

    words = f"planted {time.time_ns()} here"
    text = f'{{"question": "{words}, adult"}}'
    content = base64.b64encode(text.encode()) if code == "base64" else text.encode(code)
    (tmp_path / "deep" / "folder").mkdir(parents=True)
    (tmp_path / "deep" / "folder" / "left.bin").write_bytes(b"\x00\xff" * 9 + content + b"\x00")
    assert len(find_files(tmp_path, words)) == 1
    assert find_files(tmp_path, words[::-1]) == []
