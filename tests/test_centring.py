"""Rows whose cells are centred by height, list marks drawn after their text, tables overleaf."""

import pytest
from reportlab.pdfgen.canvas import Canvas

from index.documents.blocks import Hints
from index.documents.pdf import read_pdf

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"


def draw(path, *pages):
    """Write pages of (x, y, text) or (x, y, text, font), and (y,) for a line across."""
    canvas = Canvas(str(path))
    for page in pages:
        for found in page:
            if len(found) == 1:
                canvas.line(60, found[0], 500, found[0])
                continue
            x, y, text, *font = found
            canvas.setFont(*(font or [PLAIN]), 10)
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return path


def blocks(path, *kinds):
    [parsed] = read_pdf(path, Hints())
    return [block for block in parsed.blocks if not kinds or block.kind in kinds]


def weights(top, leading):
    """Three rows; the first and the last cell of the second have two lines, around its middle."""
    return [
        (72, top, "6 to 7 kg"), (170, top, "20"), (260, top, "1 ml"),
        (72, top - 24, "8 to 10"), (72, top - 24 - leading, "kg"),
        (170, top - 24 - leading / 2, "30"),
        (260, top - 24, "1.5 ml, never more"), (260, top - 24 - leading, "than 3 ml in one place"),
        (72, top - 64, "11 to 13 kg"), (170, top - 64, "40"), (260, top - 64, "2 ml"),
    ]  # fmt: skip


@pytest.mark.parametrize(("leading", "ruled"), [(12, False), (14, True), (20, True)])
def test_a_row_of_centred_cells_is_one_row(tmp_path, leading, ruled):
    lines = [(716,), (692,), (650,), (626,)] if ruled else []
    rows = blocks(draw(tmp_path / "a.pdf", [*lines, *weights(702, leading)]), "row")
    assert [row.text for row in rows] == [
        "6 to 7 kg 20 1 ml",
        "8 to 10 kg 30 1.5 ml, never more than 3 ml in one place",
        "11 to 13 kg 40 2 ml",
    ]
    assert not any("8 to 10" in row.table for row in rows)


def test_rows_between_two_lines_stay_rows(tmp_path):
    """A table with a line above and one below only; one cell of a column is empty."""
    rows = [("5 kg", "50 mg", ""), ("9 kg", "90 mg", "Halve it."), ("12 kg", "120 mg", "")]
    cells = [
        (x, 700 - 14 * n, text)
        for n, row in enumerate(rows)
        for x, text in zip((72, 170, 260), row, strict=True)
        if text
    ]
    found = blocks(draw(tmp_path / "a.pdf", [(712,), *cells, (664,)]), "row")
    assert [row.text for row in found] == ["5 kg 50 mg", "9 kg 90 mg Halve it.", "12 kg 120 mg"]


def test_marks_drawn_after_their_text_stand_before_it(tmp_path):
    """Some programs draw the bullets of a list after its lines."""
    items = [
        (84, 700, "Never give more than 60 mg/kg of paracetamol in one day, however"),
        (84, 688, "high the fever is."),
        (72, 700, "•"),
        (84, 676, "Do not give aspirin."),
        (72, 676, "•"),
    ]
    assert [block.text for block in blocks(draw(tmp_path / "a.pdf", items))] == [
        "• Never give more than 60 mg/kg of paracetamol in one day, however high the fever is.",
        "• Do not give aspirin.",
    ]


def head(y):
    """Column heads that stand over the middle of their columns."""
    return [(80, y, "Weight", BOLD), (186, y, "Dose", BOLD), (300, y, "Volume", BOLD)]


def row(y, *cells):
    return [(x, y, cell) for x, cell in zip((72, 170, 260), cells, strict=True)]


def test_heads_over_the_middle_of_their_columns_are_heads(tmp_path):
    page = [*head(700), *row(682, "5 to 9 kg", "50 mg", "1"), *row(664, "9 to 12 kg", "90 mg", "2")]
    found = blocks(draw(tmp_path / "a.pdf", page), "row")
    assert [one.table for one in found] == ["", *["Weight | Dose | Volume"] * 2]


def test_caption_heads_and_group_go_with_a_table_overleaf(tmp_path):
    """Over three pages: a row is never without what it is for."""
    first = [
        (72, 760, "Table 2. Doses of artesunate, by injection only"),
        *head(742),
        (72, 724, "Children", BOLD),
        *row(706, "5 to 9 kg", "50 mg", "1"),
    ]
    overleaf = [*head(760), *row(742, "9 to 12 kg", "90 mg", "2"), *row(724, "15 kg", "99 mg", "3")]
    third = [*row(760, "20 kg", "120 mg", "4"), *row(742, "25 kg", "150 mg", "5")]
    found = blocks(draw(tmp_path / "a.pdf", first, overleaf, third), "row")
    named = "Table 2. Doses of artesunate, by injection only | Weight | Dose | Volume | Children"
    figures = [one for one in found if "mg" in one.text]
    assert [one.page for one in figures] == [1, 2, 2, 3, 3]
    assert {one.table for one in figures} == {named}


def test_the_rest_of_a_row_from_the_page_before_is_no_part_of_the_heads(tmp_path):
    first = [*head(760), *row(742, "5 kg", "50 mg", "1"), *row(724, "9 kg", "90 mg twice", "2")]
    rest = [(170, 748, "a day")]
    overleaf = [
        *head(760),
        *rest,
        *row(730, "12 kg", "99 mg", "3"),
        *row(712, "15 kg", "9 mg", "4"),
    ]
    found = blocks(draw(tmp_path / "a.pdf", first, overleaf), "row")
    tables = {one.table for one in found if "kg" in one.text}
    assert tables == {"Weight | Dose | Volume"}


def test_the_bold_end_of_a_sentence_is_no_heading(tmp_path):
    page = [
        (72, 700, "Keep the bitten limb still and take off rings. Do not cut or suck"),
        (72, 688, "the wound", BOLD),
        (72, 664, "Give adrenaline if the patient reacts."),
    ]
    found = blocks(draw(tmp_path / "a.pdf", page))
    assert [one.kind for one in found] == ["text", "text"]
    assert found[0].text.endswith("Do not cut or suck the wound")


def test_a_numbered_step_after_a_full_line_is_an_item(tmp_path):
    page = [
        (72, 700, "Check the blood glucose every four hours and give 5 ml/kg of dextrose."),
        (72, 688, "1. Take off the clothes of the child, and weigh the child on the scales"),
        (72, 676, "2. Read the dose from the table."),
    ]
    assert [one.kind for one in blocks(draw(tmp_path / "a.pdf", page))] == ["text", "item", "item"]


def test_page_numbers_bigger_than_the_text_are_left_out(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for n in range(1, 5):
        canvas.setFont(PLAIN, 10)
        for line in range(6):
            canvas.drawString(72, 700 - 12 * line, f"Line {line} of chapter {n} has its own words.")
        canvas.setFont(PLAIN, 12)
        canvas.drawString(260, 30, f"Page {n} of 4")
        canvas.showPage()
    canvas.save()
    assert not any("of 4" in one.text for one in blocks(tmp_path / "a.pdf"))


def test_a_ruled_table_of_long_cells_is_no_text_in_columns(tmp_path):
    """What is to be done never parts from the sign for which it is done."""
    cells = [
        ("Ptosis, difficulty swallowing, weakness", "Cobra", "Give polyvalent antivenom 100 ml"),
        ("Bleeding from gums, blood that does", "Viper", "Give monovalent antivenom 20 ml"),
        ("Painful swelling only, which does not go", "Adder", "Raise the limb and give morphine"),
        ("No sign at all after a whole day of rest", "None", "Send the patient home with advice"),
    ]
    ends = [
        "of the limbs that rises to the chest",
        "not clot within twenty minutes",
        "above the next joint of the limb",
        "in the ward beside the other beds",
    ]
    page = [(712,)]
    for n, (row, end) in enumerate(zip(cells, ends, strict=True)):
        y = 700 - 23 * n
        page += [(72, y, row[0]), (72, y - 11.5, end), (280, y, row[1])]
        page += [
            (340, y, row[2]),
            (340, y - 11.5, "and watch the patient at all times."),
            (y - 14.5,),
        ]
    found = blocks(draw(tmp_path / "a.pdf", page))
    assert [one.text for one in found] == [
        f"{a} {end} {b} {c} and watch the patient at all times."
        for (a, b, c), end in zip(cells, ends, strict=True)
    ]


def test_centred_rows_beside_another_column_are_rows(tmp_path):
    """The lines of the other column stand at any height."""
    text = [(320, 760 - 9 * n, f"Line {n} of the other column, of words.") for n in range(16)]
    narrow = [
        (x * 0.8, y, t) for x, y, t in weights(702, 12) if "never" not in t and "one" not in t
    ]
    rows = blocks(draw(tmp_path / "a.pdf", [*narrow, *text]), "row")
    assert "8 to 10 kg 30" in [row.text for row in rows]
