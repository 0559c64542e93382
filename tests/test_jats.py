"""JATS: real articles of PMC word for word, and each thing an article can hold."""

import re
import xml.etree.ElementTree as ET

import pytest

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints
from index.documents.jats import read_jats
from index.documents.licences import name_licence
from tests.conftest import shared_data

HEAD = (
    '<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving '
    'and Interchange DTD v1.0 20120330//EN" "JATS-archivearticle1.dtd">'
)
SPACES = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'
WORD = re.compile(r"[^\W_]+")


def article(body="", meta="", attributes="", after="", journal=""):
    return (
        f'<article {SPACES} {attributes} xml:lang="en"><front><journal-meta>{journal}'
        f"</journal-meta><article-meta>{meta}</article-meta></front><body>{body}</body>{after}"
        "</article>"
    )


def read(tmp_path, *articles, head=HEAD, hints=None):
    text = (
        articles[0]
        if len(articles) == 1
        else "".join(articles).join(("<pmc-articleset>", "</pmc-articleset>"))
    )
    path = tmp_path / "article.nxml"
    path.write_text(head + text, encoding="utf-8")
    return list(read_jats(path, hints or Hints()))


def blocks_of(tmp_path, body, **parts):
    return read(tmp_path, article(f"<sec><title>S</title>{body}</sec>", **parts))[0].blocks[1:]


def words_of_paragraph(paragraph):
    """The words a reader sees, in order; numbers of references are not words."""
    found = []

    def walk(element):
        text = "".join(element.itertext())
        numbers = element.tag == "xref" and element.get("ref-type") == "bibr"
        if numbers and not re.search(r"[^\W\d_]", text):
            return
        found.extend(WORD.findall(element.text or ""))
        for child in element:
            walk(child)
            found.extend(WORD.findall(child.tail or ""))

    walk(paragraph)
    return found


def names():
    return [
        "1471-2180-11-174",
        "1472-6831-8-11",
        "ehp-116-1694",
        "pntd.0002065",
        "pone.0000217",
        "pone.0046493",
    ]


@pytest.mark.parametrize("name", names())
def test_every_word_of_every_paragraph_of_a_real_article_comes_through(name):
    path = shared_data("pmc-oa-sample") / f"{name}.nxml"
    [parsed] = read_jats(path, Hints())
    texts = [f"{b.table} {b.text}".replace("[picture]", "") for b in parsed.blocks]
    held = ["".join(WORD.findall(text)) for text in texts]
    body = ET.parse(path).getroot().find("body")
    paragraphs = [p for p in body.iter("p") if words_of_paragraph(p)]
    assert len(paragraphs) > 20
    for paragraph in paragraphs:
        joined = "".join(words_of_paragraph(paragraph))
        assert any(joined in text for text in held), joined[:80]


@pytest.mark.parametrize("name", names())
def test_a_real_article_says_what_it_is(name):
    [parsed] = read_jats(shared_data("pmc-oa-sample") / f"{name}.nxml", Hints())
    assert re.fullmatch(r"pmcid:PMC\d+", parsed.identifier)
    assert re.fullmatch(r"\d{4}-\d\d(-\d\d)?", parsed.edition)
    assert parsed.licence in ("CC BY 2.0", "CC BY", "public domain")
    assert "doi:10." in parsed.source
    assert parsed.title
    assert any(block.kind == "row" for block in parsed.blocks) or name in (
        "ehp-116-1694",
        "pone.0000217",
    )
    assert all(block.text.strip() == block.text and block.text for block in parsed.blocks)


def test_sections_are_headings_of_their_depth(tmp_path):
    body = (
        "<sec><label>1.</label><title>Methods</title><p>First.</p><sec><title>Doses of "
        "<italic>drug</italic></title><p>Second.</p><sec><p>Third.</p></sec></sec></sec>"
    )
    assert read(tmp_path, article(body))[0].blocks == (
        Block("1. Methods", "heading", 1),
        Block("First."),
        Block("Doses of drug", "heading", 2),
        Block("Second."),
        Block("Third."),
    )


def test_abstracts_come_first_and_a_body_without_sections_has_a_heading(tmp_path):
    meta = (
        '<abstract><sec><title>Aim</title><p>A.</p></sec></abstract><abstract abstract-type="toc">'
        "<p>Short.</p></abstract><abstract><title>Author Summary</title><p>B.</p></abstract>"
        '<trans-abstract xml:lang="fr"><p>C.</p></trans-abstract>'
    )
    found = read(tmp_path, article("<p>D.</p>", meta))[0].blocks
    assert [(b.text, b.level) for b in found] == [
        ("Abstract", 1),
        ("Aim", 2),
        ("A.", 0),
        ("Author Summary", 1),
        ("B.", 0),
        ("Abstract (fr)", 1),
        ("C.", 0),
        ("Text", 1),
        ("D.", 0),
    ]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("10<sup>3</sup> cells and CO<sub>2</sub>", "10^3 cells and CO2"),
        ('5 mg<sup><xref ref-type="bibr">12</xref></sup> daily', "5 mg daily"),
        ('5 mg<xref ref-type="bibr"><sup>12</sup></xref> daily', "5 mg daily"),
        (
            '5 mg<sup><xref ref-type="bibr">1</xref>,<xref ref-type="bibr">2</xref></sup>.',
            "5 mg.",
        ),
        ('5 mg<sup>3,<xref ref-type="bibr">4</xref></sup>.', "5 mg."),
        ('as shown [<xref ref-type="bibr">1</xref>].', "as shown."),
        ('shown [<xref ref-type="bibr">1</xref>-<xref ref-type="bibr">3</xref>].', "shown."),
        ('shown (<xref ref-type="bibr">1</xref> and <xref ref-type="bibr">3</xref>).', "shown."),
        ('shown <xref ref-type="bibr">[1]</xref>, <xref ref-type="bibr">[2]</xref>.', "shown."),
        ('by <xref ref-type="bibr">Dondorp 2010</xref>.', "by Dondorp 2010."),
        ('see <xref ref-type="table">Table 1 </xref>and', "see Table 1 and"),
        ('10<sup>3</sup><xref ref-type="bibr">[4]</xref> cells', "10^3 cells"),
        ('a value<xref ref-type="fn"><sup>*</sup></xref>', "a value [*]"),
        ("told<fn><label>1</label><p>In 2010.</p></fn>.", "told [1 In 2010.]."),
        ("<bold>bold</bold><italic> and</italic> <sc>small</sc>", "bold and small"),
        (
            "<inline-formula><mml:math><mml:msup><mml:mn>10</mml:mn><mml:mn>3</mml:mn></mml:msup>"
            "</mml:math></inline-formula> cells",
            "10^3 cells",
        ),
        (
            "<alternatives><tex-math>10^3</tex-math><mml:math><mml:mn>7</mml:mn></mml:math>"
            "</alternatives> mg",
            "7 mg",
        ),
        ("give <inline-graphic/> mg", "give [picture] mg"),
        ("<email>a@b.org</email> &nbsp;&alpha;&micro;", "a@b.org α" + "\u00b5"),
        ("H<sub>2</sub>O<sup>a</sup>", "H2O^a"),
    ],
)
def test_inline_signs_keep_their_meaning(tmp_path, written, read_as):
    assert [b.text for b in blocks_of(tmp_path, f"<p>{written}</p>")] == [read_as]


def test_lists_and_terms(tmp_path):
    body = (
        '<p>Give:<list list-type="order"><list-item><p>zinc</p></list-item><list-item><p>ORS'
        '<list list-type="bullet"><list-item><p>often</p></list-item></list></p></list-item></list>'
        "and wait.</p><list><list-item><label>b)</label><p>rest</p></list-item></list><def-list>"
        "<def-item><term>ORS</term><def><p>salts.</p></def></def-item></def-list>"
    )
    assert [(b.text, b.kind) for b in blocks_of(tmp_path, body)] == [
        ("Give:", "text"),
        ("1. zinc", "item"),
        ("2. ORS", "item"),
        ("often", "item"),
        ("and wait.", "text"),
        ("b) rest", "item"),
        ("ORS: salts.", "item"),
    ]


def test_tables_name_their_columns_and_groups(tmp_path):
    body = (
        "<table-wrap><label>Table 2</label><caption><title>Doses.</title><p>By age.</p></caption>"
        '<table><thead><tr><th rowspan="2">Group</th><th rowspan="2">Age</th><th colspan="2">Dose'
        "</th></tr><tr><th>mg</th><th>times</th></tr></thead><tbody><tr><td>Boys</td><td>1 y</td>"
        '<td>5</td><td>2<xref ref-type="table-fn">a</xref></td></tr><tr><td/><td>2 y</td><td>10'
        "</td><td>3</td></tr><tr><td>Girls</td><td>1 y</td><td/><td>2</td></tr></tbody></table>"
        "<table-wrap-foot><fn><label>a</label><p>With food.</p></fn></table-wrap-foot></table-wrap>"
    )
    caption = "Table 2. Doses. By age."
    assert blocks_of(tmp_path, body) == (
        Block("Group: Boys; Age: 1 y; Dose / mg: 5; Dose / times: 2 [a]", "row", table=caption),
        Block("Group: Boys; Age: 2 y; Dose / mg: 10; Dose / times: 3", "row", table=caption),
        Block("Group: Girls; Age: 1 y; Dose / times: 2", "row", table=caption),
        Block("a With food.", "row", table=caption),
    )


def test_a_figure_above_is_never_taken_for_the_group_of_a_row(tmp_path):
    body = (
        "<table-wrap><table><thead><tr><th>n</th><th>Age</th><th>mg</th></tr></thead><tbody><tr>"
        "<td>12</td><td>1 y</td><td>5</td></tr><tr><td/><td>2 y</td><td>10</td></tr></tbody>"
        "</table></table-wrap>"
    )
    assert [b.text for b in blocks_of(tmp_path, body)] == [
        "n: 12; Age: 1 y; mg: 5",
        "Age: 2 y; mg: 10",
    ]


@pytest.mark.parametrize(
    ("row", "read_as"),
    [
        ("<td/><td>Girls</td><td>5</td>", "Ward: North; Who: Girls; n: 5"),
        ("<td/><td>Total</td><td>9</td>", "Who: Total; n: 9"),
        ("<td/><td>All children</td><td>9</td>", "Who: All children; n: 9"),
        ('<td colspan="2"/><td>9</td>', "9"),
        ("<td/><td>9</td>", "Who: 9"),
    ],
)
def test_a_group_is_only_carried_down_where_it_must_be_meant(tmp_path, row, read_as):
    body = (
        "<table-wrap><table><thead><tr><th>Ward</th><th>Who</th><th>n</th></tr></thead><tbody><tr>"
        f"<td>North</td><td>Boys</td><td>4</td></tr><tr>{row}</tr></tbody></table></table-wrap>"
    )
    texts = [b.text for b in blocks_of(tmp_path, body)]
    assert texts[0] == "Ward: North; Who: Boys; n: 4"
    assert texts[1].removeprefix("n: ") == read_as


def test_captions_boxes_notes_and_pictures(tmp_path):
    body = (
        "<fig><label>Figure 1</label><caption><title>Map.</title><p>Where.</p></caption><graphic/>"
        "</fig><boxed-text><sec><title>Key point</title><p>Act.</p></sec></boxed-text>"
        "<disp-quote><p>Said.</p></disp-quote><table-wrap><label>Table 1</label><caption><p>Doses."
        "</p></caption><graphic/></table-wrap><disp-formula><graphic/></disp-formula>"
        "<preformat>as it is</preformat>"
    )
    after = (
        "<back><ack><p>Thank you.</p></ack>"
        "<fn-group><fn><label>1</label><p>A note.</p></fn></fn-group>"
        "<ref-list><ref><p>Not this.</p></ref></ref-list><app-group><app><title>Appendix</title>"
        "<p>More.</p></app></app-group></back><sub-article><body><p>No.</p></body></sub-article>"
    )
    [parsed] = read(tmp_path, article(f"<sec><title>S</title>{body}</sec>", after=after))
    assert [b.text for b in parsed.blocks[1:]] == [
        "Figure 1. Map. Where.",
        "Key point",
        "Act.",
        "Said.",
        "Table 1. Doses.",
        "[picture]",
        "as it is",
        "Further sections",
        "1 A note.",
        "Appendix",
        "More.",
    ]
    assert parsed.lacking == "2 formulas or tables are pictures"


def test_what_an_article_says_of_itself(tmp_path):
    journal = "<journal-title-group><journal-title>Lancet</journal-title></journal-title-group>"
    people = "".join(
        f'<contrib contrib-type="author"><name><surname>{s}</surname><given-names>{g}'
        "</given-names></name></contrib>"
        for s, g in (("Dondorp", "Arjen M"), ("Day", "N.-P."), ("White", "Nick"), ("Lee", "S"))
    )
    meta = (
        '<article-id pub-id-type="pmc">PMC3033534.2</article-id><article-id pub-id-type="doi">'
        "10.1/x</article-id><title-group><article-title>Artesunate<xref>*</xref></article-title>"
        f"<subtitle>a trial</subtitle></title-group><contrib-group>{people}</contrib-group>"
        '<pub-date pub-type="ppub"><month>11</month><year>2010</year></pub-date>'
        '<pub-date pub-type="epub"><day>7</day><month>11</month><year>2010</year></pub-date>'
        '<pub-date pub-type="pmc-release"><day>1</day><month>1</month><year>2012</year></pub-date>'
        "<volume>376</volume><issue>9753</issue><fpage>1647</fpage><lpage>1657</lpage><kwd-group>"
        "<kwd>malaria</kwd><kwd>child</kwd></kwd-group>"
    )
    [parsed] = read(tmp_path, article("<p>A.</p>", meta, journal=journal))
    assert parsed.title == "Artesunate: a trial"
    assert parsed.source == (
        "Dondorp AM, Day NP, White N, et al. Lancet. 2010;376(9753):1647-1657. doi:10.1/x"
    )
    assert (parsed.edition, parsed.identifier) == ("2010-11-07", "pmcid:PMC3033534")
    assert (parsed.version, parsed.keywords) == (2, "malaria; child")
    assert (parsed.language, parsed.notice) == ("en", "")


@pytest.mark.parametrize(
    ("attributes", "related", "title", "notice"),
    [
        ("", "retraction-forward", "T", "retracted"),
        ("", "correction-forward", "T", "corrected later: see its erratum"),
        ("", "expression-of-concern", "T", "expression of concern"),
        ('article-type="retracted-article"', "", "T", "retracted"),
        ('article-type="research-article"', "", "RETRACTED: T", "retracted"),
        ('article-type="research-article"', "", "[Retracted] T", "retracted"),
        ('article-type="research-article"', "companion", "Retracted wires of the heart", ""),
        ('article-type="retraction"', "retracted-article", "Retraction: T", ""),
        ('article-type="correction"', "corrected-article", "T", ""),
    ],
)
def test_retractions(tmp_path, attributes, related, title, notice):
    meta = (
        f"<title-group><article-title>{title}</article-title></title-group>"
        f'<related-article related-article-type="{related}"/>'
    )
    assert read(tmp_path, article("<p>A.</p>", meta, attributes))[0].notice == notice


CC = "http://creativecommons.org/licenses"


@pytest.mark.parametrize(
    ("links", "text", "name"),
    [
        ([f"{CC}/by/4.0/"], "", "CC BY 4.0"),
        ([f"{CC}/by-nc-nd/3.0"], "any words", "CC BY-NC-ND 3.0"),
        (["https://creativecommons.org/publicdomain/zero/1.0/"], "", "CC0 1.0"),
        (
            ["http://creativecommons.org/publicdomain/zero/1.0/", f"{CC}/by/4.0/"],
            "the data are free",
            "CC BY 4.0",
        ),
        ([f"{CC}/by/4.0/", f"{CC}/by-nc/4.0/"], "", "CC BY-NC 4.0"),
        (["http://creativecommons.org/publicdomain/mark/1.0/"], "", "public domain"),
        ([], f"under {CC}/by-sa/4.0 now", "CC BY-SA 4.0"),
        ([], "the Creative Commons Attribution License, which permits", "CC BY"),
        (
            [],
            "the Creative Commons Attribution Non-Commercial License 4.0, no derivatives",
            "CC BY-NC-ND 4.0",
        ),
        ([], "Open access under CC BY-NC 4.0.", "CC BY-NC 4.0"),
        ([], "This work is in the public domain.", "public domain"),
        (
            [],
            "\u00a9 2010 Elsevier. All rights reserved.",
            "\u00a9 2010 Elsevier. All rights reserved.",
        ),
        ([], "", ""),
    ],
)
def test_licences(links, text, name):
    assert name_licence(links, text) == name


def test_the_licence_is_that_of_the_text(tmp_path):
    meta = (
        f'<permissions><license xlink:href="{CC}/by/4.0/"><license-p>The waiver <ext-link '
        'xlink:href="http://creativecommons.org/publicdomain/zero/1.0/">CC0</ext-link> applies to '
        "the data.</license-p></license></permissions>"
    )
    assert read(tmp_path, article("<p>A.</p>", meta))[0].licence == "CC BY 4.0"


def test_many_articles_and_namespaces(tmp_path):
    first, second = article("<p>A.</p>"), article("<p>B.</p>")
    assert [p.blocks[1].text for p in read(tmp_path, first, second, head="")] == ["A.", "B."]
    spaced = first.replace(
        "<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" '
    )
    assert read(tmp_path, spaced, head="")[0].blocks == (Block("Text", "heading", 1), Block("A."))


def test_hints_win(tmp_path):
    hints = Hints("Title", "2020", "CC0 1.0", "Ministry")
    [parsed] = read(tmp_path, article("<p>A.</p>"), hints=hints)
    assert (parsed.title, parsed.edition) == ("Title", "2020")
    assert (parsed.licence, parsed.source) == ("CC0 1.0", "Ministry")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<article><body><p>cut", "broken at line 1"),
        ("<book><p>A.</p></book>", "holds no article"),
        ('<!DOCTYPE article [<!ENTITY a "b">]><article/>', "declares entities"),
        ("", "broken|no content"),
        ("<article><p>&undeclared;</p></article>", "broken"),
    ],
)
def test_what_is_not_an_article_is_refused(tmp_path, text, said):
    with pytest.raises(WrongFile, match=said):
        read(tmp_path, text, head="")


def test_an_article_without_anything_has_no_blocks(tmp_path):
    assert read(tmp_path, "<article/>", head="")[0].blocks == ()
