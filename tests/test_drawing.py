"""Drawing in a child: the same pages as in this process, and no file can hold it up or end it."""

import os
import signal
import subprocess
import sys
import threading
import time
import zlib

import psutil
import pytest
from reportlab.pdfgen.canvas import Canvas

from elara_local import pages
from elara_local.drawing import ROOT, Drawing
from elara_local.errors import WrongFile

QUOTE = "Give zinc 20 mg once a day for 10 days."


@pytest.fixture
def draw():
    made = []

    def begin(**limits):
        made.append(Drawing(**limits))
        return made[-1]

    yield begin
    for drawing in made:
        drawing.close()


def write(path):
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, QUOTE)
    canvas.save()
    return path


def write_endless(path):
    """A readable page whose background is laid with tiles a hundredth of a point apart."""
    content = zlib.compress(
        f"BT /F1 12 Tf 72 700 Td ({QUOTE}) Tj ET\n".encode()
        + b"/Pattern cs /P scn 0 0 612 792 re f\n" * 200
    )
    tile = b"0 0 1 1 re f"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << "
        b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> "
        b"/Pattern << /P 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 0.3 0.3] "
        b"/XStep 0.01 /YStep 0.01 /Resources << >> /Length %d >>\nstream\n%s\nendstream"
        % (len(tile), tile),
    ]
    data = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    path.write_bytes(data + end % (len(objects) + 1, data.rindex(b"xref\n0")))
    return path


def test_a_page_is_drawn_as_in_this_process(tmp_path, draw):
    drawing, path = draw(), write(tmp_path / "a b\u202e.pdf")
    assert drawing.page_count(path) == 1
    assert drawing.render_page(path, 1, QUOTE, 400) == pages.render_page(path, 1, QUOTE, 400)
    assert [tuple(box) for box in drawing.find_boxes(path, 1, QUOTE)] == pages.find_boxes(
        path, 1, QUOTE
    )


def test_what_can_not_be_drawn_is_said_in_the_words_of_pages(tmp_path, draw):
    drawing, path = draw(), write(tmp_path / "a.pdf")
    with pytest.raises(WrongFile, match="has no page 7. It has 1 pages"):
        drawing.render_page(path, 7, "", 400)
    (tmp_path / "b.pdf").write_bytes(b"no PDF")
    with pytest.raises(WrongFile, match="b.pdf can't be shown"):
        drawing.page_count(tmp_path / "b.pdf")
    assert drawing.page_count(path) == 1


def test_one_child_draws_one_file_and_another_file_gets_another(tmp_path, draw):
    drawing, first, second = draw(), write(tmp_path / "a.pdf"), write(tmp_path / "b.pdf")
    drawing.page_count(first)
    child = drawing._child.pid
    drawing.render_page(first, 1, QUOTE, 400)
    assert drawing._child.pid == child
    drawing.page_count(second)
    assert drawing._child.pid != child and not psutil.pid_exists(child)


def test_a_page_that_draws_without_end_is_given_up_and_the_next_is_drawn(tmp_path, draw):
    drawing, path = draw(seconds=1), write_endless(tmp_path / "a.pdf")
    assert drawing.page_count(path) == 1
    with pytest.raises(WrongFile, match="can't be shown"):
        drawing.render_page(path, 1, QUOTE, 1100)
    assert Drawing.render_page(draw(), write(tmp_path / "b.pdf"), 1, QUOTE, 400)
    assert drawing.page_count(path) == 1


def test_a_page_that_needs_too_much_memory_is_given_up(tmp_path, draw):
    with pytest.raises(WrongFile, match="can't be shown"):
        draw(memory=1 << 20).render_page(write_endless(tmp_path / "a.pdf"), 1, QUOTE, 1100)


def test_a_child_that_died_is_replaced(tmp_path, draw):
    drawing, path = draw(), write(tmp_path / "a.pdf")
    drawing.page_count(path)
    drawing._child.kill()
    drawing._child.wait()
    assert drawing.page_count(path) == 1


def test_closing_ends_a_page_that_is_being_drawn(tmp_path, draw):
    drawing, path = draw(seconds=60), write_endless(tmp_path / "a.pdf")
    drawing.page_count(path)
    child, said = drawing._child, []

    def ask():
        try:
            drawing.render_page(path, 1, QUOTE, 1100)
        except WrongFile as error:
            said.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    until = time.monotonic() + 20
    while psutil.Process(child.pid).cpu_times().user < 0.5 and time.monotonic() < until:
        time.sleep(0.02)
    drawing.close()
    asking.join(20)
    assert said and child.poll() is not None
    with pytest.raises(WrongFile, match="closing"):
        drawing.page_count(path)


@pytest.mark.skipif(os.name == "nt", reason="a child there ends with its pipe, between two pages")
def test_the_child_ends_with_a_parent_that_was_killed_in_the_middle_of_a_page(tmp_path):
    program = (
        "import sys, threading; from pathlib import Path; from elara_local.drawing import Drawing\n"
        "drawing = Drawing(seconds=60); path = Path(sys.argv[1]); drawing.page_count(path)\n"
        "print(drawing._child.pid, flush=True)\n"
        "drawing.render_page(path, 1, '', 1100)"
    )
    path = write_endless(tmp_path / "a.pdf")
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with parent:
        child = psutil.Process(int(parent.stdout.readline()))
        until = time.monotonic() + 20
        while child.cpu_times().user < 1 and time.monotonic() < until:
            time.sleep(0.02)
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
    until = time.monotonic() + 20
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.05)
