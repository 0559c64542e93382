"""Files of all kinds, hostile ones among them: one line for each, and the good ones are read.

The readers of hostile_readers.py do in the child what a parser does that a crafted file has
taken over. Nothing here measures time; the limits are small so that the tests are short.
"""

import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.isolation import answers
from index.isolation.answers import collect
from index.isolation.limits import MEGABYTE, ReadLimits
from index.isolation.process import FILES, Child, Readers
from index.isolation.wire import pack, unpack, write_line
from index.reading import find_files, read_file, read_files
from tests.hostile_readers import FORMATS

HOSTILE = Readers("tests.hostile_readers:recognise", FORMATS)
SHORT = ReadLimits(seconds=2, memory_bytes=300 * MEGABYTE, output_bytes=4 * MEGABYTE)
WAITS = ("change", "vanish")
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


@pytest.fixture(autouse=True)
def no_child_is_left(user_folder):
    """Fail a test after which a process lives that did not live before."""
    yield
    _, alive = psutil.wait_procs(readers_alive(), 3)
    assert not alive


def readers_alive():
    """The children of this test, wherever they hang now: its user folder tells them apart."""
    return [p for p in psutil.process_iter() if is_reader_of_this_test(p)]


def is_reader_of_this_test(process):
    try:
        ours = process.environ().get("ELARA_HOME") == os.environ["ELARA_HOME"]
        return ours and "index.isolation" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def write(folder, name, content="Give 3 mg/kg.\nWatch the child."):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def is_one_line(reading):
    """One line that is printable, begins with the name, tells of no code and of no patient."""
    line = reading.line
    return (
        line.isprintable()
        and len(line) <= 400
        and "Traceback" not in line
        and "Amina" not in line
        and str(reading.path.parent) not in line
    )


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("crash", "its reader crashed"),
        ("exit", "its reader crashed (code 0)"),
        ("raise", "it is damaged, or of a kind that is not known (KeyError)"),
        ("hang", "longer than 2 seconds"),
        ("spin", "longer than 2 seconds"),
        ("memory", "more than 300 MB of memory"),
        ("endless", "more than 4 MB of text"),
        ("one_endless_line", "more than"),
        ("nested", "nested too deeply"),
        ("wrong", "not a document"),
        ("fork", "tried to reach the network, start a process or change a file"),
        ("start", "tried to reach the network, start a process or change a file"),
        ("network", "tried to reach the network, start a process or change a file"),
        ("write", "tried to reach the network, start a process or change a file"),
        pytest.param("daemon", "longer than 2 seconds", marks=posix),
    ],
)
def test_what_goes_wrong_in_a_reader_is_one_line(tmp_path, kind, said):
    path = write(tmp_path, f"guide.{kind}")
    reading = read_file(path, limits=SHORT, readers=HOSTILE)
    assert reading.outcome == "refused"
    assert reading.documents == ()
    assert reading.line.startswith(f"guide.{kind}: refused: ")
    assert said in reading.line
    assert is_one_line(reading)
    assert path.read_text("utf-8") == "Give 3 mg/kg.\nWatch the child."


def test_good_files_around_bad_ones_are_all_read_in_order(tmp_path):
    paths = []
    for kind in sorted(set(FORMATS) - set(WAITS)):
        paths.append(write(tmp_path, f"bad.{kind}"))
        paths.append(write(tmp_path, f"good-{kind}.plain"))
    readings = list(read_files(paths, limits=SHORT, readers=HOSTILE))
    assert [r.path for r in readings] == paths
    assert all(map(is_one_line, readings))
    good = [r for r in readings if r.path.name.startswith("good")]
    assert {r.line.partition(": ")[2] for r in good} == {"2 paragraphs"}
    assert {r.documents[0].blocks for r in good} == {
        (Block("Give 3 mg/kg."), Block("Watch the child."))
    }


def test_what_a_reader_prints_is_not_an_answer(tmp_path):
    reading = read_file(write(tmp_path, "a.print"), limits=SHORT, readers=HOSTILE)
    assert [b.text for b in reading.documents[0].blocks] == ["printed nothing that counts"]


def test_one_child_reads_many_files_and_is_replaced_in_time(tmp_path):
    child = Child(HOSTILE)
    path = write(tmp_path, "a.plain")
    seen = []
    for _ in range(FILES + 2):
        child.read(path, Hints(), SHORT)
        seen.append(child._process and child._process.pid)
    child.close()
    assert len(set(seen[: FILES - 1])) == 1
    assert seen[FILES - 1] is None
    assert seen[FILES] not in (None, seen[0])


def test_a_child_is_replaced_after_a_failure(tmp_path):
    child = Child(HOSTILE)
    child.read(write(tmp_path, "a.plain"), Hints(), SHORT)
    first = child._process.pid
    with pytest.raises(WrongFile):
        child.read(write(tmp_path, "a.raise"), Hints(), SHORT)
    assert child._process is None
    child.read(write(tmp_path, "b.plain"), Hints(), SHORT)
    assert child._process.pid != first
    child.close()


def test_a_child_that_was_killed_while_it_waited_is_started_again(tmp_path):
    child = Child(HOSTILE)
    path = write(tmp_path, "a.plain")
    child.read(path, Hints(), SHORT)
    victim = psutil.Process(child._process.pid)
    victim.kill()
    psutil.wait_procs([victim], 3)
    assert child.read(path, Hints(), SHORT).kind == "plain"
    child.close()


@posix
def test_a_child_whose_parent_dies_ends(tmp_path):
    path = write(tmp_path, "a.hang")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from tests.test_isolation import *\n"
        "def die():\n"
        "    while not readers_alive():\n        time.sleep(0.01)\n"
        "    time.sleep(0.5)\n    os.kill(os.getpid(), 9)\n"
        "threading.Thread(target=die).start()\n"
        "read_file(Path(sys.argv[2]), None, ReadLimits(seconds=3), HOSTILE)"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code, str(root), str(path)], check=False)
    assert done.returncode == -9
    orphans = readers_alive()
    assert len(orphans) == 1
    _, alive = psutil.wait_procs(orphans, 30)
    assert not alive


def test_leaving_early_ends_the_children(tmp_path):
    paths = [write(tmp_path, "a.plain"), *(write(tmp_path, f"{i}.hang") for i in range(4))]
    readings = read_files(paths, limits=ReadLimits(seconds=60), readers=HOSTILE)
    assert next(readings).outcome == "read"
    readings.close()


def test_hints_reach_the_reader(tmp_path):
    path = write(tmp_path, "a.plain")
    told = {path: Hints(title="Malaria in children")}
    [reading] = read_files([path], told, SHORT, HOSTILE)
    assert reading.documents[0].title == "Malaria in children"


def test_the_hash_is_that_of_the_file(tmp_path):
    import hashlib

    path = write(tmp_path, "a.plain")
    reading = read_file(path, readers=HOSTILE)
    assert reading.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert reading.format == "plain"


@pytest.mark.parametrize("kind", WAITS)
def test_a_file_that_changes_or_vanishes_while_it_is_read_is_refused(tmp_path, kind):
    path = write(tmp_path, f"a.{kind}")
    found = []
    thread = threading.Thread(target=lambda: found.append(read_file(path, None, None, HOSTILE)))
    thread.start()
    while not readers_alive():
        time.sleep(0.01)
    time.sleep(0.5)
    if kind == "vanish":
        path.unlink()
    for digit in itertools.cycle(b"456789"):  # again where the child had not begun to read
        if kind == "vanish" or not thread.is_alive():
            break
        with path.open("r+b", buffering=0) as file:
            file.seek(len("Give "))
            file.write(bytes((digit,)))
        thread.join(0.5)
    thread.join()
    assert found[0].outcome == "refused"
    assert ("changed while" if kind == "change" else "can't be read") in found[0].line


@posix
def test_what_is_not_a_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.plain")
    (tmp_path / "loop.plain").symlink_to(tmp_path / "loop.plain")
    (tmp_path / "folder.plain").mkdir()
    (tmp_path / "zero.plain").symlink_to("/dev/zero")
    write(tmp_path, "empty.plain", "")
    names = ["pipe", "loop", "folder", "zero", "empty", "absent"]
    readings = list(read_files([tmp_path / f"{n}.plain" for n in names], None, SHORT, HOSTILE))
    assert [r.outcome for r in readings] == ["refused"] * 6
    assert all(map(is_one_line, readings))
    said = [r.line.partition(": refused: ")[2] for r in readings]
    assert "not a file that can be read" in said[0]
    assert "Too many levels of symbolic links" in said[1]
    assert "Is a directory" in said[2]
    assert "not a file that can be read" in said[3]
    assert "it is empty" in said[4]
    assert "No such file" in said[5]


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a user who may not read everything"
)
def test_a_file_without_permission_is_refused(tmp_path):
    path = write(tmp_path, "a.plain")
    path.chmod(0)
    assert "Permission denied" in read_file(path, readers=HOSTILE).line


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.plain"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # sparse: no disk is used
    reading = read_file(path, None, SHORT, HOSTILE)
    assert "larger than 512 MB" in reading.line


@posix
def test_odd_names_make_one_line(tmp_path):
    names = [b"two\nlines.plain", b"\xff\xfe.plain", "\u202egnp.plain".encode(), b"x" * 200]
    paths = [tmp_path / os.fsdecode(name) for name in names]
    for path in paths:
        path.write_text("Give 3 mg/kg.", encoding="utf-8")
    readings = list(read_files(paths, None, SHORT, HOSTILE))
    assert [r.outcome for r in readings] == ["read", "read", "read", "refused"]
    assert all(map(is_one_line, readings))


def test_nothing_to_read_is_no_reading():
    assert list(read_files([], readers=HOSTILE)) == []


def test_a_document_goes_through_the_pipe_unchanged():
    block = Block("Dose: 3 mg; 5 °C", "row", 0, 4, ((3, 5), (9, 6)), "Doses | drug")
    parsed = Parsed("T", (Block("H", "heading", 2), block), "2023-05", "CC BY 4.0", pages=7)
    import json

    assert unpack(json.loads(write_line(pack(parsed)))) == parsed


@pytest.mark.parametrize(
    "change",
    [
        {"title": 3},
        {"blocks": "text"},
        {"blocks": [["text", "text", 0, None, []]]},
        {"blocks": [["text", "picture", 0, None, [], ""]]},
        {"blocks": [["text", "text", -1, None, [], ""]]},
        {"blocks": [["text", "text", True, None, [], ""]]},
        {"blocks": [["text", "text", 0, 0, [], ""]]},
        {"blocks": [["text", "text", 0, 1, [[9, 2]], ""]]},
        {"blocks": [["text", "text", 0, 3, [[1, 2]], ""]]},
        {"blocks": [["text", "text", 0, 1, [[3, 2], [1, 3]], ""]]},
        {"blocks": [["\ud800", "text", 0, None, [], ""]]},
        {"pages": -1},
        {"more": "fields"},
    ],
)
def test_what_is_not_a_document_is_refused(change):
    with pytest.raises(ValueError, match=r"."):
        unpack({**pack(Parsed("T", ())), **change})


def test_a_block_is_put_on_one_line_without_moving_its_breaks():
    value = pack(Parsed("T", (Block("a\r\nb\u2028c", "text", 0, 1, ((3, 2),)),)))
    value["blocks"][0][4] = [[3, 2]]
    assert unpack(value).blocks[0] == Block("a  b c", "text", 0, 1, ((3, 2),))


def test_more_blocks_than_a_file_can_have_are_refused(monkeypatch):
    monkeypatch.setattr(answers, "BLOCKS", 3)
    line = write_line({"document": pack(Parsed("T", (Block("a"), Block("b"))))})
    with pytest.raises(WrongFile, match="more than 3 paragraphs"):
        collect([line, line])


def test_a_line_that_is_not_json_is_refused():
    for line in (b"not json", b"[" * 100_000, b'{"document": 3}'):
        with pytest.raises(WrongFile):
            collect([line])


def test_lines_that_end_too_early_are_no_answer():
    assert collect([write_line({"kind": "text", "sha256": "0"})]) is None


@posix
def test_a_folder_is_walked_in_order_without_what_is_hidden_or_leads_out(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for name in ("outside", "folder", "folder/b", "folder/.git"):
        (tmp_path / name).mkdir()
    secret = write(outside, "secret.txt")
    inside = [write(folder, "a.txt"), write(folder / "b", "c.txt"), write(folder, "z.txt")]
    write(folder, ".hidden.txt")
    write(folder / ".git", "config")
    (folder / "out.txt").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    (folder / "in.txt").symlink_to(folder / "a.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    found = find_files([folder, inside[0], secret])
    names = [p.relative_to(tmp_path).as_posix() for p in found]
    assert names == [
        "folder/a.txt",
        "folder/in.txt",
        "folder/loop.txt",
        "folder/z.txt",
        "folder/b/c.txt",
        "outside/secret.txt",
    ]
