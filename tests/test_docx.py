"""Word files made by python-docx, and by hand where it can't make them."""

import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.docx import read_docx

W = nsdecls("w")
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
RUN = f"<w:r {W}>{{}}</w:r>"


def read(path, **hints):
    (found,) = read_docx(path, Hints(**hints))
    return found


def read_paragraph(tmp_path, *parts):
    """The blocks of a file with one paragraph of these pieces of XML."""
    document = docx.Document()
    paragraph = document.add_paragraph("")
    for part in parts:
        paragraph._p.append(parse_xml(part))
    document.add_paragraph("end")
    document.save(tmp_path / "a.docx")
    return read(tmp_path / "a.docx")


def text(said, properties=""):
    return RUN.format(f'<w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{said}</w:t>')


RAISED = '<w:vertAlign w:val="superscript"/>'
LOWERED = '<w:vertAlign w:val="subscript"/>'


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([text("10"), text("3", RAISED), text(" cells")], "10^3 cells"),
        ([text("10"), text("3", RAISED), text("5")], "10^3 5"),
        ([text("10"), text("3", '<w:position w:val="8"/>')], "10^3"),
        ([text("H"), text("2", LOWERED), text("O")], "H2O"),
        ([text("give "), text("5 mg", "<w:vanish/>"), text("7 mg")], "give 7 mg"),
        ([text("give "), text("5 mg", "<w:strike/>"), text("7 mg")], "give 7 mg"),
        ([text("give "), text("5 mg", '<w:strike w:val="0"/>')], "give 5 mg"),
        (
            [
                text("give "),
                f"<w:del {W}><w:r><w:delText>5</w:delText></w:r></w:del>",
                f"<w:ins {W}><w:r><w:t>10</w:t></w:r></w:ins>",
                f"<w:moveFrom {W}><w:r><w:t>x</w:t></w:r></w:moveFrom>",
                f"<w:moveTo {W}><w:r><w:t> mg</w:t></w:r></w:moveTo>",
            ],
            "give 10 mg",
        ),
        ([RUN.format('<w:sym w:font="Symbol" w:char="F0B3"/>'), text(" 5")], "≥ 5"),
        ([text("\uf0a3 5 \uf06dg", '<w:rFonts w:ascii="Symbol"/>')], "≤ 5 μγ"),
        (
            [RUN.format("<w:t>5</w:t><w:noBreakHyphen/><w:t>10</w:t><w:tab/><w:t>mg</w:t>")],
            "5-10 mg",
        ),
        ([RUN.format("<w:t>5 mg</w:t><w:br/><w:t>twice</w:t>")], "5 mg twice"),
        ([f"<w:hyperlink {W}>{text('link')}</w:hyperlink>"], "link"),
        (
            [
                RUN.format('<w:fldChar w:fldCharType="begin"/>'),
                RUN.format("<w:instrText>REF x</w:instrText>"),
                RUN.format('<w:fldChar w:fldCharType="separate"/>'),
                text("Table 3"),
                RUN.format('<w:fldChar w:fldCharType="end"/>'),
            ],
            "Table 3",
        ),
        (
            [
                text("give "),
                f"<m:oMath {MATH}><m:r><m:t>1</m:t></m:r><m:f><m:num><m:r><m:t>1</m:t></m:r>"
                "</m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>",
                text("tablets"),
            ],
            "give 1 1/2 tablets",
        ),
        (
            [
                f"<m:oMath {MATH}><m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r>"
                "<m:t>-3</m:t></m:r></m:sup></m:sSup></m:oMath>"
            ],
            "10^-3",
        ),
        (
            [f"<w:sdt {W}><w:sdtContent>{text('in a control')}</w:sdtContent></w:sdt>"],
            "in a control",
        ),
    ],
)
def test_what_a_paragraph_means_is_kept(tmp_path, parts, said):
    found = read_paragraph(tmp_path, *parts)
    assert [block.text for block in found.blocks] == [said, "end"]
    assert ("struck" in found.lacking) == ("<w:strike/>" in "".join(parts))


@pytest.mark.parametrize(
    "part",
    [
        RUN.format('<w:sym w:font="Wingdings 2" w:char="F050"/>'),
        RUN.format("<w:instrText>EQ \\f(1;2)</w:instrText>"),
        RUN.format('<w:object><o:OLEObject xmlns:o="urn:o" ProgID="Equation.3"/></w:object>'),
    ],
)
def test_a_paragraph_with_an_unreadable_part_is_left_out_and_told(tmp_path, part):
    found = read_paragraph(tmp_path, text("give "), part, text(" mg"))
    assert [block.text for block in found.blocks] == ["end"]
    assert found.lacking.startswith("1 paragraph left out")


def test_text_boxes_are_read_once(tmp_path):
    box = f"<w:txbxContent {W}><w:p>{text('In the box')}</w:p></w:txbxContent>"
    found = read_paragraph(
        tmp_path,
        text("Before"),
        f'<w:r {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>",
    )
    assert [block.text for block in found.blocks] == ["Before", "In the box", "end"]


def test_headings_lists_and_title(tmp_path):
    document = docx.Document()
    document.add_heading("Malaria", 0)
    document.add_heading("guideline", 0)
    document.add_heading("Dose", 1)
    for said in ("wash", "weigh"):
        document.add_paragraph(said, style="List Number")
    document.add_paragraph("note", style="List Bullet")
    document.add_heading("Infants", 2)
    document.core_properties.title = "Draft 3"
    document.core_properties.version = "May 2023"
    document.core_properties.keywords = "fever"
    document.save(tmp_path / "a.docx")
    found = read(tmp_path / "a.docx")
    assert found.title == "Malaria guideline"
    assert (found.edition, found.keywords) == ("2023-05", "fever")
    assert [(b.text, b.kind, b.level) for b in found.blocks] == [
        ("Dose", "heading", 1),
        ("1. wash", "item", 0),
        ("2. weigh", "item", 0),
        ("note", "item", 0),
        ("Infants", "heading", 2),
    ]


def test_when_it_was_saved_is_no_edition(tmp_path):
    document = docx.Document()
    document.add_paragraph("Give 5 mg.")
    document.save(tmp_path / "Doses.docx")
    found = read(tmp_path / "Doses.docx")
    assert (found.title, found.edition, found.licence) == ("Doses", "", "")


NUMBERS = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="1">
<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/>
</w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0">
<w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>"""


def write_parts(path, body, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>"
        )
        for name, data in parts.items():
            archive.writestr(f"word/{name}.xml", data)


def test_numbers_are_counted_as_word_counts(tmp_path):
    steps = [("1", 0), ("1", 1), ("1", 1), ("1", 0), ("1", 1), ("2", 0), ("2", 0)]
    body = "".join(
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
        f"</w:pPr><w:r><w:t>x</w:t></w:r></w:p>"
        for number, depth in steps
    )
    write_parts(tmp_path / "a.docx", body, numbering=NUMBERS)
    marks = [block.text for block in read(tmp_path / "a.docx").blocks]
    assert marks == ["3. x", "3.a) x", "3.b) x", "4. x", "4.a) x", "1. x", "2. x"]


def test_notes_stand_after_their_paragraph(tmp_path):
    foot = RUN.format('<w:footnoteReference w:id="2"/>')
    end = RUN.format('<w:endnoteReference w:id="2"/>')
    body = f"<w:p>{text('Give 5 mg')}{foot}{text('.')}</w:p><w:p>{text('Then 10')}{end}</w:p>"
    note = f'<w:{{0}}s {W}><w:{{0}} w:id="2"><w:p>{{1}}</w:p></w:{{0}}></w:{{0}}s>'
    parts = {
        "footnotes": note.format("footnote", text("Not in pregnancy") + foot),
        "endnotes": note.format("endnote", text("Smith")),
    }
    write_parts(tmp_path / "a.docx", body, **parts)
    assert [block.text for block in read(tmp_path / "a.docx").blocks] == [
        "Give 5 mg [note 1].",
        "Note 1: Not in pregnancy [note 2]",
        "Then 10 [note 3]",
        "Note 3: Smith",
    ]


def test_tables_keep_merged_cells_heads_captions_and_nested_tables(tmp_path):
    document = docx.Document()
    document.add_paragraph("Table 1: Doses", style="Caption")
    table = document.add_table(4, 3)
    for column, name in enumerate(("Drug", "Adult", "Child")):
        table.cell(0, column).paragraphs[0].add_run(name).bold = True
    for column, said in enumerate(("A", "5 mg", "2 mg")):
        table.cell(1, column).text = said
    table.cell(2, 0).merge(table.cell(3, 0)).text = "B"
    table.cell(2, 1).merge(table.cell(2, 2)).text = "never"
    table.cell(3, 1).text = "1 mg"
    inner = table.cell(3, 2).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "in", "ner"
    document.save(tmp_path / "a.docx")
    assert [(b.kind, b.text, b.table) for b in read(tmp_path / "a.docx").blocks] == [
        ("row", "Drug: A; Adult: 5 mg; Child: 2 mg", "Table 1: Doses"),
        ("row", "Drug: B; Adult, Child: never", "Table 1: Doses"),
        ("row", "Drug: B; Adult: 1 mg; Child: (in; ner)", "Table 1: Doses"),
    ]


def test_heads_that_repeat_are_heads_and_deleted_rows_are_not_read(tmp_path):
    rows = [("<w:tblHeader/>", "Who", "Dose"), ("", "All", "5"), ("<w:del/>", "gone", "9")]
    body = "".join(
        f"<w:tr><w:trPr>{properties}</w:trPr>"
        + "".join(f"<w:tc><w:p>{text(cell)}</w:p></w:tc>" for cell in cells)
        + "</w:tr>"
        for properties, *cells in rows
    )
    write_parts(tmp_path / "a.docx", f"<w:tbl>{body}</w:tbl>")
    assert [block.text for block in read(tmp_path / "a.docx").blocks] == ["Who: All; Dose: 5"]


def test_a_box_around_text_is_text(tmp_path):
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = "Never give aspirin."
    document.save(tmp_path / "a.docx")
    assert [(b.kind, b.text) for b in read(tmp_path / "a.docx").blocks] == [
        ("text", "Never give aspirin.")
    ]


def test_contents_page_headers_and_comments_are_not_read(tmp_path):
    document = docx.Document()
    document.add_paragraph("Dose ..... 3").style = document.styles.add_style("toc 1", 1)
    document.sections[0].header.paragraphs[0].text = "Ministry"
    run = document.add_paragraph("Give 5 mg.").runs
    document.add_comment(run, text="Sure?", author="A")
    document.save(tmp_path / "a.docx")
    assert [block.text for block in read(tmp_path / "a.docx").blocks] == ["Give 5 mg."]


def test_macros_do_not_matter_and_the_strict_kind_is_read(tmp_path):
    strict = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    with zipfile.ZipFile(tmp_path / "a.docm", "w") as archive:
        archive.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0")
        archive.writestr(
            "word/document.xml",
            f"<w:document {strict}><w:body><w:p><w:r><w:t>5 mg</w:t></w:r></w:p></w:body>"
            "</w:document>",
        )
    assert [block.text for block in read(tmp_path / "a.docm").blocks] == ["5 mg"]


def test_pictures_are_counted(tmp_path):
    picture = RUN.format('<w:drawing><a:blip xmlns:a="urn:a"/></w:drawing>')
    assert read_paragraph(tmp_path, picture, picture).lacking == "2 pictures were not read"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "entities"),
        ("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "entities"),
        ("<a><b></a>", "broken"),
        ("<a/>", "no Word file"),
        (f"<w:document {W}><w:body/></w:document>", "no text"),
        (f"<w:document {W}><w:body><w:p>" + "<w:ins>" * 20_000, "broken"),
        (
            f"<w:document {W}><w:body><w:p>"
            + "<w:ins>" * 20_000
            + "</w:ins>" * 20_000
            + "</w:p></w:body></w:document>",
            "nested",
        ),
    ],
)
def test_hostile_parts_are_refused(tmp_path, data, said):
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", data)
    with pytest.raises(WrongFile, match=said):
        read(tmp_path / "a.docx")


def test_a_truncated_file_is_refused(tmp_path):
    document = docx.Document()
    document.add_paragraph("Give 5 mg.")
    document.save(tmp_path / "a.docx")
    data = (tmp_path / "a.docx").read_bytes()
    (tmp_path / "a.docx").write_bytes(data[: len(data) // 2])
    with pytest.raises(WrongFile, match="broken zip"):
        read(tmp_path / "a.docx")


@pytest.mark.parametrize("value", ["", "-1", "²", "9" * 5000, "x", "٣"])
def test_odd_numbers_do_no_harm(tmp_path, value):
    properties = "".join(
        f'<w:{name} w:val="{value}"/>' for name in ("outlineLvl", "vertAlign", "position")
    )
    numbers = NUMBERS.replace('w:val="3"', f'w:val="{value}"').replace(
        '<w:lvl w:ilvl="1">', f'<w:lvl w:ilvl="{value}">'
    )
    cell = f'<w:tc><w:tcPr><w:gridSpan w:val="{value}"/></w:tcPr><w:p>{text("5")}</w:p></w:tc>'
    body = (
        f'<w:p><w:pPr>{properties}<w:numPr><w:ilvl w:val="{value}"/><w:numId w:val="1"/></w:numPr>'
        f"</w:pPr>{text('dose', properties)}</w:p><w:tbl><w:tr><w:trPr>"
        f'<w:gridBefore w:val="{value}"/></w:trPr>{cell}{cell}</w:tr></w:tbl>'
    )
    write_parts(tmp_path / "a.docx", body, numbering=numbers)
    said = [block.text for block in read(tmp_path / "a.docx").blocks]
    assert said[0].endswith("dose")
    assert said[1] == "5; 5"
