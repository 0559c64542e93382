"""Opening and closing the window as a program of its own; one at a time; nothing left behind."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from elara_local.settings import read_settings
from elara_local.ui.instance import Instance, Window, is_alive
from elara_local.ui.serve import listen

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import sys
from elara_local.offline import guard
from elara_local.settings import read_settings
from elara_local.ui.serve import serve
from tests.scripted import scripted_elara
ledger = guard()
elara = scripted_elara()
elara.ledger = ledger
def open_elara(settings):
    print("models loaded", flush=True)
    return elara
code = serve(read_settings({"port": int(sys.argv[1])}), False, open_elara=open_elara)
print("tries", ledger.attempts, flush=True)
sys.exit(code)
"""
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent as on POSIX systems")


class Program:
    """One start of the window, its lines read as they come."""

    def __init__(self, port=0):
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(port)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout))
        self.reader.start()

    @property
    def said(self):
        return "".join(self.lines)

    def wait_for(self, pattern):
        end = time.monotonic() + 60
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < end and self.process.poll() is None, self.said
            time.sleep(0.02)
        return found

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.reader.join(10)
        return code


@pytest.fixture
def start():
    programs = []

    def begin(port=0):
        programs.append(Program(port))
        return programs[-1]

    yield begin
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait(10)
        program.reader.join(10)


def test_the_window_opens_answers_and_leaves_nothing_behind(start, user_folder):
    program = start()
    port, token = program.wait_for(r"http://127\.0\.0\.1:(\d+)/\?t=(\S+)").groups()
    note, temp = user_folder / "window.json", user_folder / "temp"
    assert json.loads(note.read_text(encoding="utf-8"))["port"] == int(port)
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert stat.S_IMODE(temp.stat().st_mode) == 0o700
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", f"http://127.0.0.1:{port}/gradio_api/heartbeat/x", headers=headers):
        assert program.end() == 0  # an open stream does not hold it up
    assert "tries 0" in program.said and "Traceback" not in program.said
    assert not note.exists() and not temp.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_control_c_and_a_closed_terminal_end_it_in_order(start, user_folder, number):
    program = start()
    program.wait_for("Elara is open")
    assert program.end(number) == 0
    assert "Traceback" not in program.said and not (user_folder / "temp").exists()


def test_a_second_start_opens_the_first_window_and_loads_nothing(start, user_folder):
    first = start()
    address = first.wait_for(r"http://\S+").group()
    second = start()
    assert second.process.wait(60) == 0
    second.reader.join(10)
    assert f"Elara is already open: {address}" in second.said
    assert "models loaded" not in second.said
    assert first.process.poll() is None


def test_after_a_crash_the_next_start_cleans_up_and_opens(start, user_folder):
    first = start()
    first.wait_for("Elara is open")
    first.process.kill()
    first.process.wait(10)
    (user_folder / "temp" / "left.txt").write_text("left", encoding="utf-8")
    second = start()
    second.wait_for("Elara is open")
    assert not (user_folder / "temp" / "left.txt").exists()
    assert second.end() == 0


def test_a_taken_port_is_said_and_another_one_used(start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        program = start(port)
        taken = program.wait_for(rf"Port {port} is in use .* took (\d+)").group(1)
        program.wait_for(rf"http://127\.0\.0\.1:{taken}/")
        assert program.end() == 0


def test_the_port_asked_for_is_the_one_used():
    with listen(0) as free:
        port = free.getsockname()[1]
    with listen(port) as listener:
        assert listener.getsockname() == ("127.0.0.1", port)


def test_one_instance_holds_the_lock_at_a_time(user_folder):
    first, second = Instance(user_folder), Instance(user_folder)
    assert first.take() and not second.take()
    first.leave()
    assert second.take()
    second.leave()


@pytest.mark.parametrize(
    "note", ["", "{", "[]", '{"port": "x"}', '{"port": 1, "token": "t", "pid": 1}']
)
def test_an_old_or_broken_note_is_nobody(user_folder, note):
    instance = Instance(user_folder)
    (user_folder / "window.json").write_text(note, encoding="utf-8")
    assert instance.find(patience=0) is None


def test_a_port_where_nobody_listens_is_not_alive():
    with listen(0) as free:
        port = free.getsockname()[1]
    assert not is_alive(Window(port, "t", 1))


def test_the_settings_of_the_window_come_from_the_user_folder(user_folder):
    assert read_settings().temp == user_folder / "temp"
