"""The PDF reader on small files: one matter each, and what it refuses."""

import random
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from elara_local.errors import WrongFile
from index.documents import pdf
from index.documents.blocks import Hints
from index.documents.pdf import is_garbled, read_pdf
from tests.pdf_corpus import make_document, register_fonts

ROOT = Path(__file__).resolve().parent.parent
SENTENCE = "Oral rehydration solution is given in small sips after every loose stool."


def write(path, pages, size=11, **options):
    """Write pages of lines: text, or (text, font, size), one under another."""
    canvas = Canvas(str(path), pagesize=A4, **options)
    for lines in pages:
        y = 760
        for line in lines:
            text, font, big = line if isinstance(line, tuple) else (line, "Helvetica", size)
            canvas.setFont(font, big)
            canvas.drawString(72, y, text)
            y -= big * 1.2
        canvas.showPage()
    canvas.save()
    return path


def read(path, **hints):
    [parsed] = read_pdf(path, Hints(**hints))
    return parsed


def texts(path, kind="text"):
    return [block.text for block in read(path).blocks if block.kind == kind]


BREAKS = [
    ("Then give a low-", "dose of it.", "low-dose"),
    ("Stop the ACE-", "inhibitor now.", "ACE-inhibitor"),
    ("Give ther-", "apy at once.", "therapy"),
    ("Give 5-", "10 mg of it.", "5-10 mg"),
    ("Give 2.5–", "5 mg of it.", "2.5–5 mg"),
    ("Give 40 mg/", "kg of it.", "40 mg/kg"),
    ("After COVID-", "19 wait.", "COVID-19"),
    ("The pre- and post-", "operative dose.", "post-operative"),
    ("Both pre-", "and postnatal care.", "pre- and postnatal"),
    ("Give artemether-", "lumefantrine twice.", "artemether-lumefantrine"),
    ("Use amoxi-", "cillin for it.", "amoxicillin"),
    ("Use beta-", "lactamase stable ones.", "beta-lactamase"),
    ("Donner un trai-", "tement court.", "traitement"),
    ("Give 5 -", "10 mg of it.", "5 - 10 mg"),
    ("Give 10", "mg of it.", "10 mg"),
    ("A 10-", "day course.", "10-day"),
]


@pytest.mark.parametrize("first, second, whole", BREAKS, ids=lambda t: str(t)[-12:])
def test_a_line_end_changes_no_word_and_no_dose(tmp_path, first, second, whole):
    lead = "The nurse reads the whole label aloud before this. "
    path = write(tmp_path / "a.pdf", [[lead + first, second, "", lead * 2]])
    assert any(whole in text for text in texts(path)), texts(path)


def test_the_document_itself_tells_how_a_word_is_written(tmp_path):
    lead = "The nurse reads the whole label aloud before this. "
    lines = [lead + "Then Mpeleke mgonjwa hospi-", "talini mara moja.", "", "Hospitalini ni mbali."]
    assert "hospitalini mara" in texts(write(tmp_path / "a.pdf", [lines]))[0]


def test_raised_figures_become_superscripts(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"))
    text = canvas.beginText(72, 700)
    for part, size, rise in (
        ("Count 4 × 10", 11, 0), ("9", 7, 4), (" cells, 1.73 m", 11, 0), ("2", 7, 4),
        (" of skin, CO", 11, 0), ("2", 7, -3), (" and 10", 11, 0), ("-3", 7, 4), (" mol.", 11, 0),
    ):  # fmt: skip
        text.setFont("Helvetica", size)
        text.setRise(rise)
        text.textOut(part)
    canvas.drawText(text)
    canvas.drawString(72, 600, "Add ½ tablet of 250 µg, 10² units, 38.5 °C.")
    canvas.save()
    assert texts(tmp_path / "a.pdf") == [
        "Count 4 × 10⁹ cells, 1.73 m² of skin, CO2 and 10⁻³ mol.",
        "Add ½ tablet of 250 µg, 10² units, 38.5 °C.",
    ]


def test_a_paragraph_over_pages_knows_where_each_begins(tmp_path):
    long = "Oxygen is given by nasal prongs to every child whose saturation stays below ninety"
    pages = [[*[long] * 4], ["per cent after the first hour of care. " + SENTENCE, "", SENTENCE]]
    block = read(write(tmp_path / "a.pdf", pages)).blocks[0]
    assert block.page == 1
    [(offset, page)] = block.breaks
    assert page == 2 and block.text[offset:].startswith("per cent after")


def test_cells_of_wrapped_rows_stay_together(tmp_path):
    style = getSampleStyleSheet()["BodyText"]
    cells = [
        ["Drug", "Dose", "How"],
        ["Artesunate", "2.4 mg/kg at 0, 12 and 24 hours, then once a day", "by slow injection"],
        ["Zinc sulfate dispersible tablets", "20 mg once a day for 10 to 14 days", "by mouth"],
    ]
    rows = [[Paragraph(cell, style) for cell in row] for row in cells]
    lines = Table(rows, colWidths=(90, 130, 90), style=[("GRID", (0, 0), (-1, -1), 1, colors.red)])
    caption = Paragraph("Table 3. Doses for children.", style)
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([caption, lines, Paragraph(SENTENCE, style)])
    parsed = read(tmp_path / "a.pdf")
    rows = [block for block in parsed.blocks if block.kind == "row"]
    assert [row.text for row in rows] == [" ".join(row) for row in cells]
    assert rows[1].table.startswith("Table 3. Doses for children.")
    assert parsed.blocks[-1].text == SENTENCE


def test_a_table_over_pages_keeps_its_heads(tmp_path):
    style = [("GRID", (0, 0), (-1, -1), 1, colors.red), ("FONT", (0, 0), (-1, 0), "Helvetica-Bold")]
    cells = [["Weight", "Dose", "Volume"]]
    cells += [[f"{n} kg", f"{n * 40} mg", f"{n * 8 / 10} mL"] for n in range(3, 90)]
    table = Table(cells, repeatRows=1, style=style)
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([table])
    rows = [block for block in read(tmp_path / "a.pdf").blocks if block.kind == "row"]
    assert len({row.page for row in rows}) > 1
    assert [row.text for row in rows][1:] == [" ".join(row) for row in cells[1:]]
    assert {row.table for row in rows[1:]} == {"Weight | Dose | Volume"}


def test_a_table_drawn_column_by_column_is_read_by_rows(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"))
    columns = (["Weight", "5 kg", "10 kg", "15 kg"], ["Dose", "200 mg", "400 mg", "600 mg"])
    for x, column in zip((72, 200), columns, strict=True):
        for n, cell in enumerate(column):
            canvas.drawString(x, 700 - 22 * n, cell)
    canvas.save()
    assert texts(tmp_path / "a.pdf", "row") == [
        "Weight Dose", "5 kg 200 mg", "10 kg 400 mg", "15 kg 600 mg",
    ]  # fmt: skip


def test_boxes_side_by_side_are_read_one_by_one(tmp_path):
    """What must not be given never stands under the heading of what must."""
    canvas = Canvas(str(tmp_path / "a.pdf"))
    boxes = (
        (72, ["Give", "Paracetamol 15 mg/kg", "Tetanus toxoid 0.5 mL"]),
        (320, ["Do not give", "Aspirin or ibuprofen", "Injections into a muscle"]),
    )
    for x, lines in boxes:
        for y, line in zip((700, 676, 662), lines, strict=True):
            canvas.drawString(x, y, line)
    canvas.save()
    read_in_order = [block.text for block in read(tmp_path / "a.pdf").blocks]
    assert read_in_order == [*boxes[0][1], *boxes[1][1]]


def test_what_stands_above_a_ruled_table_is_no_part_of_its_heads(tmp_path):
    """A line drawn far above does not make one row of all that is under it."""
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.rect(60, 745, 400, 30)
    lines = ["Do not give", "Aspirin or ibuprofen", "Table 2. Adrenaline 1 mg/mL by age"]
    for y, line in zip((720, 696, 670), lines, strict=True):
        canvas.drawString(72, y, line)
    rows = [("Age", "Dose", "Volume"), ("2 years", "150 µg", "0.15 mL")]
    rows.append(("9 years", "300 µg", "0.3 mL"))
    for n, row in enumerate(rows):
        for x, cell in zip((72, 180, 280), row, strict=True):
            canvas.drawString(x, 640 - 22 * n, cell)
        canvas.line(60, 632 - 22 * n, 400, 632 - 22 * n)
    canvas.save()
    blocks = read(tmp_path / "a.pdf").blocks
    assert [b.text for b in blocks] == [*lines, *(" ".join(row) for row in rows)]
    assert blocks[-1].table == f"{lines[2]} | Age | Dose | Volume"


def test_a_superscript_is_told_by_its_neighbours(tmp_path):
    """A figure of a line beside, set a little higher and smaller, stays a figure."""
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for n in range(6):
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(72, 700 - 40 * n, f"{n + 1} Burns and scalds")
        canvas.setFont("Helvetica", 9)
        canvas.drawString(320, 702.5 - 40 * n, f"Give ibuprofen 16-{42 + n} mg/kg for 10 days.")
    canvas.save()
    text = " ".join(block.text for block in read(tmp_path / "a.pdf").blocks)
    assert all(f"Give ibuprofen 16-{42 + n} mg/kg for 10 days." in text for n in range(6))


def test_a_word_that_looks_like_a_mark_begins_no_item(tmp_path):
    """The Portuguese "o" within a sentence, and the same letter as a mark at some distance."""
    canvas = Canvas(str(tmp_path / "a.pdf"))
    lines = (
        "A enfermeira observa a respiração da criança e comunica ao médico de serviço",
        "o resultado antes de iniciar o tratamento com oxigénio.",
    )
    for n, line in enumerate(lines):
        canvas.drawString(72, 700 - 14 * n, line)
        canvas.drawString(72, 600 - 14 * n, "o")
        canvas.drawString(96, 600 - 14 * n, line)
    canvas.save()
    blocks = [(block.kind, block.text) for block in read(tmp_path / "a.pdf").blocks]
    assert blocks == [("text", " ".join(lines)), *(("item", f"o {line}") for line in lines)]


def test_bold_warnings_stay_text_and_bold_lines_are_headings(tmp_path):
    bold = "Helvetica-Bold"
    lines = [
        ("Dosage in children", bold, 11), SENTENCE, "",
        ("Never give it by the spinal route.", bold, 11), "", SENTENCE,
    ]  # fmt: skip
    blocks = read(write(tmp_path / "a.pdf", [lines])).blocks
    assert [(b.kind, b.text) for b in blocks] == [
        ("heading", "Dosage in children"),
        ("text", SENTENCE),
        ("text", "Never give it by the spinal route."),
        ("text", SENTENCE),
    ]


def test_what_repeats_in_the_text_is_kept(tmp_path):
    """Headings with the page's number and the last lines of paragraphs are no margins."""
    pages = [
        [(f"Chapter {n}", "Helvetica-Bold", 18), "", *[SENTENCE] * 3, "", SENTENCE]
        for n in range(1, 6)
    ]
    blocks = read(write(tmp_path / "a.pdf", pages)).blocks
    assert [b.text for b in blocks if b.kind == "heading"] == [f"Chapter {n}" for n in range(1, 6)]
    assert sum(block.text.count("Oral rehydration") for block in blocks) == 20


def test_a_stamp_across_every_page_is_left_out_and_a_margin_note_kept(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for n in range(4):
        for k in range(5):
            canvas.drawString(72, 700 - 20 * k, f"{SENTENCE} {n}{k}")
        canvas.saveState()
        canvas.translate(200, 300)
        canvas.rotate(45)
        canvas.drawString(0, 0, "DRAFT COPY")
        canvas.restoreState()
        if n == 1:
            canvas.saveState()
            canvas.translate(30, 300)
            canvas.rotate(90)
            canvas.drawString(0, 0, "Store below 25 °C.")
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
    blocks = read(tmp_path / "a.pdf").blocks
    assert not any("DRAFT" in block.text for block in blocks)
    assert [b.page for b in blocks if b.text == "Store below 25 °C."] == [2]


TITLES = [
    ("", "National malaria guideline", "National malaria guideline"),
    ("Treatment of burns", "National malaria guideline", "Treatment of burns"),
    ("Microsoft Word - malaria_v3.doc", "National malaria guideline", "National malaria guideline"),
    ("untitled", "National malaria guideline", "National malaria guideline"),
    ("guide_final.pdf", "National malaria guideline", "National malaria guideline"),
]


@pytest.mark.parametrize("stated, largest, title", TITLES)
def test_the_title(tmp_path, stated, largest, title):
    path = tmp_path / "guide_final.pdf"
    canvas = Canvas(str(path))
    canvas.setTitle(stated)
    canvas.setFont("Helvetica-Bold", 24)
    canvas.drawString(72, 700, largest)
    canvas.setFont("Helvetica", 11)
    for n in range(5):
        canvas.drawString(72, 600 - 14 * n, SENTENCE)
    canvas.save()
    assert read(path).title == title
    assert read(path, title="Mine").title == "Mine"


EDITIONS = [
    ("Third edition 2023", "2023"),
    ("Version of May 2021", "2021-05"),
    ("Updated 17 May 2022", "2022-05-17"),
    ("Deuxième édition, juin 2019", "2019-06"),
    ("© Ministry of Health 2018", "2018"),
    ("Revised 2020-03-02", "2020-03-02"),
    ("Review due: revised version before 2031", "2001"),
    ("In 1998 a trial enrolled 2004 children.", "2001"),
]


@pytest.mark.parametrize("line, edition", EDITIONS)
def test_the_edition(tmp_path, line, edition):
    path = write(tmp_path / "a.pdf", [[line, "", SENTENCE]])
    writer = pypdf.PdfWriter(clone_from=path)
    writer.add_metadata({"/CreationDate": "D:20010203000000", "/ModDate": "D:20010203000000"})
    writer.write(path)
    assert read(path).edition == edition
    assert read(path, edition="2025").edition == "2025"


def draw_scan(canvas, folder):
    Image.new("L", (300, 400), 200).save(folder / "scan.png")
    canvas.drawImage(str(folder / "scan.png"), 0, 0, *A4)
    canvas.showPage()


def test_a_scan_is_refused_with_the_way_out(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for _ in range(3):
        draw_scan(canvas, tmp_path)
    canvas.save()
    with pytest.raises(WrongFile, match=r"is a scan.*OCR"):
        read(tmp_path / "a.pdf")


def test_scanned_pages_among_others_are_named(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for number in range(1, 6):
        if number in (2, 4):
            draw_scan(canvas, tmp_path)
        else:
            canvas.drawString(72, 600, f"{SENTENCE} Part {number}.")
            canvas.showPage()
    canvas.save()
    parsed = read(tmp_path / "a.pdf")
    assert parsed.lacking == "pages 2, 4 are pictures without text"
    assert parsed.pages == 5 and [block.page for block in parsed.blocks] == [1, 3, 5]


def test_encryption(tmp_path):
    open_file = StandardEncryption("", "owner")
    assert texts(write(tmp_path / "a.pdf", [[SENTENCE]], encrypt=open_file)) == [SENTENCE]
    with pytest.raises(WrongFile, match="asks for a password"):
        read(write(tmp_path / "b.pdf", [[SENTENCE]], encrypt=StandardEncryption("user", "owner")))


def test_broken_and_empty_files(tmp_path):
    whole = write(tmp_path / "whole.pdf", [[SENTENCE] * 20]).read_bytes()
    for data in (b"", b"%PDF-1.7\n", b"not a PDF" * 50, whole[:300], whole[200:700]):
        (tmp_path / "a.pdf").write_bytes(data)
        with pytest.raises(WrongFile, match="a.pdf"):
            read(tmp_path / "a.pdf")
    with pytest.raises(WrongFile, match="holds no text"):
        read(write(tmp_path / "b.pdf", [[], []]))


def test_a_file_without_pages(tmp_path):
    pypdf.PdfWriter().write(tmp_path / "a.pdf")
    with pytest.raises(WrongFile, match="a.pdf"):
        read(tmp_path / "a.pdf")


def test_text_without_a_map_to_letters_is_refused(tmp_path):
    """Every letter moved into the private area, as fonts without a map do."""
    register_fonts()
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Vera", 11)
    for n in range(20):
        canvas.drawString(72, 700 - 15 * n, SENTENCE)
    canvas.save()
    writer = pypdf.PdfWriter(clone_from=tmp_path / "a.pdf")
    lines = "\n".join(f"<{n:02X}> <{0xE000 + n:04X}>" for n in range(32, 123))
    head = "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> "
    table = f"{head}endcodespacerange 91 beginbfchar\n{lines}\nendbfchar endcmap end"
    for found in writer._objects:
        if isinstance(found, dict) and "/ToUnicode" in found:
            found["/ToUnicode"].get_object().set_data(table.encode())
    writer.write(tmp_path / "b.pdf")
    with pytest.raises(WrongFile, match="do not say which letters"):
        read(tmp_path / "b.pdf")
    assert texts(tmp_path / "a.pdf")


def test_garbled_text_is_told_from_numbers_and_leaders():
    assert is_garbled("\ue001\ue002\ue003 " * 20)
    assert is_garbled("\ufffd\ufffd\ufffd abc " * 20)
    assert is_garbled('!"#$%&/()=? ' * 20)
    assert not is_garbled("Zinc ............................ 12\n" * 20)
    assert not is_garbled("• 5–10 mg/kg, 0.5 (2.5) %\n" * 20)
    assert not is_garbled("короткий текст на русском языке " * 5)


def test_bounds(tmp_path, monkeypatch):
    path = write(tmp_path / "a.pdf", [[f"{SENTENCE} {n}"] * 3 for n in range(4)])
    assert read(path).pages == 4
    monkeypatch.setattr(pdf, "MOST_PAGES", 3)
    with pytest.raises(WrongFile, match="4 pages; at most 3"):
        read(path)
    monkeypatch.setattr(pdf, "MOST_PAGES", 5)
    monkeypatch.setattr(pdf, "MOST_CHARACTERS", 500)
    with pytest.raises(WrongFile, match="more than 500 characters"):
        read(path)


def test_a_page_with_too_many_characters_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "a.pdf", [[SENTENCE], [SENTENCE] * 9])
    monkeypatch.setattr(pdf, "MOST_ON_PAGE", 200)
    assert read(path).lacking == "page 2 is broken or too full"


def test_a_page_with_too_many_pieces_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "a.pdf", [[SENTENCE], [SENTENCE] * 9])
    monkeypatch.setattr(pdf, "MOST_PIECES", 5)
    assert read(path).lacking == "page 2 is broken or too full"


FUZZ = """
import random, sys
from pathlib import Path
from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.pdf import read_pdf

folder, read, refused = Path(sys.argv[1]), 0, 0
for path in sorted(folder.glob("mutant*.pdf")):
    try:
        read += len(list(read_pdf(path, Hints())))
    except WrongFile as error:
        assert path.name in str(error)
        refused += 1
print(read, refused)
"""


def test_cut_and_damaged_files_raise_wrongfile_or_are_read(tmp_path):
    """In a child process: pdfium itself must not fall over either."""
    register_fonts()
    draw = random.Random(5)
    for number in range(240):
        if number % 24 == 0:
            whole = make_document(tmp_path, number // 2).path.read_bytes()
        data = bytearray(whole)
        if number % 3 == 0:
            del data[draw.randrange(len(data)) :]
        for _ in range(draw.choice((1, 8, 80, 600)) if number % 3 else 0):
            data[draw.randrange(len(data))] = draw.randrange(256)
        (tmp_path / f"mutant{number}.pdf").write_bytes(data)
    command = [sys.executable, "-c", FUZZ, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read_count, refused = map(int, done.stdout.split())
    assert read_count + refused == 240 and read_count > 40 and refused > 40
