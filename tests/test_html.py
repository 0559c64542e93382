"""HTML pages: the article, its structure and its meaning, and nothing around it."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.html import read_html
from index.documents.markup import read_fragment, read_markup


def texts(html):
    return [block.text for block in read_fragment(html).blocks]


def read(tmp_path, html, **hints):
    path = tmp_path / "a page.html"
    path.write_bytes(html if isinstance(html, bytes) else html.encode())
    (found,) = read_html(path, Hints(**hints))
    return found


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("10<sup>3</sup> cells", "10^3 cells"),
        ("10<sup>-6</sup>", "10^-6"),
        ("10<sup>3</sup>5", "10^3 5"),
        ("kg/m<sup>2</sup>", "kg/m^2"),
        ("Ca<sup>2+</sup>", "Ca^2+"),
        ("10 mg<sup>a</sup>", "10 mg^a"),
        ("5 mg<sup><a href='#n1'>1</a></sup>", "5 mg[1]"),
        ("5 mg<sup>[1]</sup>", "5 mg[1]"),
        ("5<a role=doc-noteref href=#n>3</a> mg", "5[3] mg"),
        ("the 1<sup>st</sup> dose", "the 1st dose"),
        ("10<span style='vertical-align: super'>3</span>", "10^3"),
        ("H<sub>2</sub>O", "H2O"),
        ("SpO<sub>2</sub>90", "SpO2 90"),
        ("log<sub>10</sub> 2", "log10 2"),
        ("10<sub>2</sub>", "10_2"),
        ("5<br>10 mg", "5 10 mg"),
        ("SpO2 &lt; 90&nbsp;%, &micro;g &frac12; &#178; &ge; 5", "SpO2 < 90 %, µg ½ ² ≥ 5"),
        ("give <del>5 mg</del> <ins>10 mg</ins>", "give 10 mg"),
        ("give <s>5</s><strike>6</strike> 7", "give 7"),
        ("give <span style='text-decoration: line-through'>5</span> 7", "give 7"),
        ("<span hidden>no</span><b aria-hidden=true>x</b>give", "give"),
        ("<span style='display:none'>do not </span>give", "give"),
        ("hydro\u00adcortisone 5\u200b0", "hydrocortisone 50"),
        ("age <img alt='greater than or equal to'> 65", "age greater than or equal to 65"),
        ("age <img alt='≥'> 65 <img alt='A photograph of a clinic'>", "age ≥ 65"),
        (
            "<math><mn>1</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></math> tablets",
            "1 1/2 tablets",
        ),
        ("<math><msup><mn>10</mn><mn>3</mn></msup></math>", "10^3"),
        (
            "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>",
            "(a+b)/2",
        ),
        ("<math><mn>2</mn><mo>\u2062</mo><mn>3</mn></math>", "2 3"),
        ("<script>x</script><style>y</style><noscript>z</noscript>give", "give"),
    ],
)
def test_what_a_line_means_is_kept(html, said):
    assert texts(f"<p>{html}</p>") == [said]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<ol><li>a<li>b</ol>", ["1. a", "2. b"]),
        ("<ol start=3 type=a><li>a<li value=7>b</ol>", ["c. a", "g. b"]),
        ("<ol type=I><li>a<li>b<li>c<li>d</ol>", ["I. a", "II. b", "III. c", "IV. d"]),
        ("<ol reversed start=2><li>a<li>b</ol>", ["2. a", "1. b"]),
        ("<ol><li>a<ol><li>b</ol>c<li>d</ol>", ["1. a", "1. b", "c", "2. d"]),
        ("<ol><li><p>a<p>b</ol>", ["1. a", "b"]),
        (
            "<dl><dt>AL<dd>20 mg<dd>bd<dt>B<dt>C<dd>x<dt>D</dl>",
            ["AL: 20 mg", "AL: bd", "B, C: x", "D"],
        ),
        ("<dl><dt>A<dd></dl>", ["A"]),
        ("<pre>a 5\n\n  b 6\n</pre>", ["a 5", "b 6"]),
        ("<blockquote>a<p>b</blockquote>c", ["a", "b", "c"]),
        ("<figure><img><figcaption>Fig. 1</figcaption></figure>", ["Fig. 1"]),
        ("<details><summary>a</summary>b</details>", ["a", "b"]),
        ("<h2><button>Dose</button></h2><button>Share</button>x", ["Dose", "x"]),
        ("a<div>b</div>c<hr>d", ["a", "b", "c", "d"]),
    ],
)
def test_blocks_are_kept_apart_and_lists_keep_their_meaning(html, said):
    assert texts(html) == said


TABLE = """<table><caption>Doses</caption><thead><tr><th rowspan=2>Drug<th colspan=2>Dose
<tr><th>Adult<th>Child</thead><tr><td>A<td>5<sup>2</sup> mg<td>1<br>2<tr><th colspan=3>Severe
<tr><td rowspan=2>B<td colspan=2>never<tr><td>1 mg<td>
<table><tr><td>in<td>ner</table></table>"""


def test_rows_carry_their_heads_and_merged_cells():
    blocks = read_fragment(TABLE).blocks
    assert [(block.text, block.table) for block in blocks] == [
        ("Drug: A; Dose / Adult: 5^2 mg; Dose / Child: 1 2", "Doses"),
        ("Severe", "Doses"),
        ("Drug: B; Dose / Adult, Dose / Child: never", "Doses | Severe"),
        ("Drug: B; Dose / Adult: 1 mg; Dose / Child: (in; ner)", "Doses | Severe"),
    ]
    assert {block.kind for block in blocks} == {"row"}


def test_heads_are_not_guessed():
    html = "<table><tr><td>Children<td>never<tr><td>Adults<td>5 mg</table>"
    blocks = read_fragment(html).blocks
    assert [(b.text, b.table) for b in blocks] == [
        ("Children; never", ""),
        ("Adults; 5 mg", "Children | never"),
    ]
    bold = html.replace("Children", "<b>Who</b>").replace("never", "<b>Dose</b>")
    assert texts(bold) == ["Who: Adults; Dose: 5 mg"]


def test_a_table_that_lays_out_a_page_is_walked_through():
    html = "<table><tr><td><h2>Dose</h2><p>5 mg<td><table><tr><th>a<th>b<tr><td>1<td>2</table>"
    assert texts(html) == ["Dose", "5 mg", "a: 1; b: 2"]


PAGE = """<!doctype html><html lang="en-GB"><head><title>Malaria | Site</title>
<meta name="DC.date.issued" content="2021-04"><meta property="article:modified_time"
content="2023-05-17T10:00:00Z"><meta property="og:site_name" content="Ministry of Health">
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">
<link rel="canonical" href="https://moh.example/malaria"></head><body>
<header><p>Logo<nav>Home</nav></header><aside>Related pages</aside>
<article><header><h1>Malaria in children</h1></header><p>Give 5 mg.</p>
<aside>Warning: never give aspirin.</aside><h2>Dose</h2><p>10 mg</p><h3>Infants</h3><p>1 mg</p>
<footer>Reviewed by A.</footer></article><footer>Cookies</footer></body></html>"""


def test_a_web_page_is_its_article(tmp_path):
    found = read(tmp_path, PAGE)
    assert [(block.text, block.level) for block in found.blocks] == [
        ("Give 5 mg.", 0),
        ("Warning: never give aspirin.", 0),
        ("Dose", 1),
        ("10 mg", 0),
        ("Infants", 2),
        ("1 mg", 0),
        ("Reviewed by A.", 0),
    ]
    assert found.title == "Malaria in children"
    assert found.edition == "2023-05-17"
    assert found.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert found.source == "Ministry of Health, https://moh.example/malaria"
    assert found.language == "en"


def test_a_title_that_the_user_gives_leaves_the_heading_in_the_text(tmp_path):
    found = read(tmp_path, PAGE, title="Our malaria page")
    assert found.title == "Our malaria page"
    assert [b.text for b in found.blocks if b.level] == ["Malaria in children", "Dose", "Infants"]
    assert [b.level for b in found.blocks if b.level] == [1, 1, 2]


def test_a_small_main_is_not_taken_for_the_page(tmp_path):
    page = "<main>Menu</main><div><p>Give 5 mg of it by mouth twice a day.</div>"
    assert "Give 5 mg of it by mouth twice a day." in [b.text for b in read(tmp_path, page).blocks]


def test_struck_text_is_told(tmp_path):
    assert read(tmp_path, "<p>a <del>5</del> b").lacking == "struck-out text was left out"


def test_xhtml_with_closed_tags_is_read_whole(tmp_path):
    page = (
        '<?xml version="1.0" encoding="iso-8859-1"?><html xmlns="http://www.w3.org/1999/xhtml">'
        '<head><title/><script src="a.js"/></head><body><a id="x"/>'
        "<p>5 \xb5g <![CDATA[<90 & >5]]></p></body></html>"
    )
    found = read(tmp_path, page.encode("latin-1"))
    assert [block.text for block in found.blocks] == ["5 µg <90 & >5"]


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16", "windows-1251"])
def test_encodings(tmp_path, encoding):
    said = "доза 5" if encoding.endswith("1") else "5 µg, ½"
    page = f"<meta http-equiv=Content-Type content='text/html; charset={encoding}'><p>{said}"
    assert read(tmp_path, page.encode(encoding)).blocks[0].text == said


@pytest.mark.parametrize(
    "tag", ["div", "b", "sup", "table><tr><td", "ul><li", "blockquote", "math"]
)
def test_ten_thousand_nested_elements_are_read(tag):
    tree = LexborHTMLParser(f"<{tag}>" * 10_000 + "5 mg")
    assert "5 mg" in " ".join(block.text for block in read_markup(tree).blocks)


def test_a_page_without_text_is_refused(tmp_path):
    with pytest.raises(WrongFile, match="no text"):
        read(tmp_path, "<html><img src=a.png>")


def test_a_huge_page_is_refused(tmp_path):
    path = tmp_path / "a.html"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)  # a hole: it takes no room on the disk
    with pytest.raises(WrongFile, match="64 MB"):
        list(read_html(path, Hints()))


def test_words_that_went_into_a_tag_are_told(tmp_path):
    found = read(tmp_path, "<p>age <five years old: never> 5 mg</p><p>x</p>")
    assert [block.text for block in found.blocks] == ["x"]
    assert found.lacking.startswith("1 paragraph left out")


def test_headings_alone_in_cells_are_heads_of_columns():
    html = "<table><tr><td><h4>Who</h4><td><h4>Dose</h4><tr><td>A<td>5 mg</table>"
    assert texts(html) == ["Who: A; Dose: 5 mg"]


def test_a_head_over_the_whole_table_names_it():
    html = "<table><tr><th colspan=2>Doses<tr><th>Who<th>Dose<tr><td>A<td>5</table>"
    assert [(b.text, b.table) for b in read_fragment(html).blocks] == [("Who: A; Dose: 5", "Doses")]


@pytest.mark.parametrize(
    "style",
    ["font-size:0", "font-size: 0px; x:y", "position:absolute; left:-9999px", "color:transparent",
     "text-indent: -5000px"],
)  # fmt: skip
def test_what_no_reader_of_the_page_sees_is_not_read(style):
    html = f"<p>Give 2.5 mg.</p><p style='{style}'>Give 250 mg.</p>"
    assert texts(html) == ["Give 2.5 mg."]
    assert len(texts("<p style='font-size:0.9em;left:-5px;color:red'>Give 5 mg.</p>")) == 1
