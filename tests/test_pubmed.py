"""PubMed XML as it really comes: inline tags, sections, versions, deletions, hostile files."""

import gzip

import pytest

from elara_local.errors import WrongFile
from index.documents import trees
from index.documents.blocks import Block, Hints
from index.documents.pubmed import read_pubmed

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
    '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)


def record(
    title="Artesunate in severe malaria.",
    abstract="<Abstract><AbstractText>Give it.</AbstractText></Abstract>",
    inside="",
    after="",
    data="",
    pmid='<PMID Version="1">123</PMID>',
    date="<Year>2010</Year><Month>Nov</Month><Day>13</Day>",
    types="<PublicationType>Journal Article</PublicationType>",
):
    return (
        f"<PubmedArticle><MedlineCitation>{pmid}<Article><Journal><JournalIssue>"
        f"<Volume>376</Volume><Issue>9753</Issue><PubDate>{date}</PubDate></JournalIssue>"
        "<Title>Lancet (London, England)</Title><ISOAbbreviation>Lancet</ISOAbbreviation></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle><Pagination><MedlinePgn>1647-57</MedlinePgn>"
        f"</Pagination>{abstract}{inside}<PublicationTypeList>{types}</PublicationTypeList>"
        f"</Article>{after}</MedlineCitation><PubmedData>{data}</PubmedData></PubmedArticle>"
    )


def read(tmp_path, *records, head=HEAD, root="PubmedArticleSet", hints=None):
    path = tmp_path / "pubmed.xml"
    path.write_text(f"{head}<{root}>{''.join(records)}</{root}>", encoding="utf-8")
    return list(read_pubmed(path, hints or Hints()))


def read_text(tmp_path, text):
    abstract = f"<Abstract><AbstractText>{text}</AbstractText></Abstract>"
    [parsed] = read(tmp_path, record(abstract=abstract))
    return parsed.blocks[0].text


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("counts of 10<sup>3</sup>/\u00b5L", "counts of 10^3/\u00b5L"),
        ("10<sup>-3</sup> mol", "10^-3 mol"),
        ("CO<sub>2</sub> and H<sub>2</sub>O", "CO2 and H2O"),
        ("<i>P. falciparum</i> in <b>severe</b> <u>cases</u>", "P. falciparum in severe cases"),
        ("<b>HbA<sub>1c</sub></b> of 7%", "HbA1c of 7%"),
        ("x<i>a<sup>2</sup></i>y", "xa^2y"),
        ("dose &lt; 3 mg &amp; rate &gt; 2", "dose < 3 mg & rate > 2"),
        ("5 &#181;g &#x2265; 4 &micro;g", "5 \u00b5g \u2265 4 \u00b5g"),
        ("a<!-- not <b>this</b> -->b", "ab"),
        ("a<?pi not this?>b", "ab"),
        ("<![CDATA[3 < 4]]> mg", "3 < 4 mg"),
        ("two\n   lines\tand  spaces", "two lines and spaces"),
        ("0.5\u2009mg\u00a0daily", "0.5 mg daily"),
        (
            '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:msup><mml:mn>10</mml:mn>'
            "<mml:mn>3</mml:mn></mml:msup></mml:math> cells",
            "10^3 cells",
        ),
        (
            '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mfrac><mml:mn>1</mml:mn>'
            "<mml:mn>2</mml:mn></mml:mfrac></mml:math>",
            "1/2",
        ),
    ],
)
def test_inline_signs_keep_their_meaning(tmp_path, written, read_as):
    assert read_text(tmp_path, written) == read_as
    [parsed] = read(tmp_path, record(title=written))
    assert parsed.title == read_as


def test_a_whole_record(tmp_path):
    authors = "".join(
        f"<Author><LastName>{name}</LastName><Initials>{i}</Initials></Author>"
        for name, i in (("Dondorp", "AM"), ("Fanello", "CI"), ("Hendriksen", "IC"), ("Day", "N"))
    )
    [parsed] = read(
        tmp_path,
        record(
            inside=f'<AuthorList CompleteYN="Y">{authors}</AuthorList><Language>eng</Language>',
            after="<MeshHeadingList><MeshHeading><DescriptorName>Malaria</DescriptorName>"
            "<QualifierName>drug therapy</QualifierName></MeshHeading><MeshHeading>"
            "<DescriptorName>Child</DescriptorName></MeshHeading></MeshHeadingList>"
            "<KeywordList><Keyword>AQUAMAT</Keyword><Keyword>Malaria</Keyword></KeywordList>"
            "<ChemicalList><Chemical><NameOfSubstance>Artesunate</NameOfSubstance></Chemical>"
            "</ChemicalList>",
            data='<ArticleIdList><ArticleId IdType="pubmed">123</ArticleId><ArticleId '
            'IdType="doi">10.1016/S0140-6736(10)61924-1</ArticleId><ArticleId IdType="pmc">'
            "PMC3033534</ArticleId></ArticleIdList><ReferenceList><Reference><ArticleIdList>"
            '<ArticleId IdType="doi">10.9/other</ArticleId></ArticleIdList></Reference>'
            "</ReferenceList>",
            types="<PublicationType>Journal Article</PublicationType><PublicationType>"
            "Randomized Controlled Trial</PublicationType>",
        ),
    )
    assert parsed.title == "Artesunate in severe malaria."
    assert parsed.identifier == "pmid:123"
    assert parsed.edition == "2010-11-13"
    assert parsed.source == (
        "Dondorp AM, Fanello CI, Hendriksen IC, et al. Lancet. 2010;376(9753):1647-57. "
        "doi:10.1016/S0140-6736(10)61924-1 PMC3033534"
    )
    assert parsed.keywords == "Malaria; Child; Artesunate; AQUAMAT; Randomized Controlled Trial"
    assert (parsed.language, parsed.notice, parsed.version) == ("en", "", 1)
    assert parsed.blocks == (Block("Give it."),)


def test_labelled_sections_are_headings(tmp_path):
    abstract = (
        '<Abstract><AbstractText Label="METHODS" NlmCategory="METHODS">A trial.</AbstractText>'
        '<AbstractText Label="UNLABELLED">No label.</AbstractText>'
        '<AbstractText Label="RESULTS AND  DISCUSSION">It worked.</AbstractText>'
        '<AbstractText Label="FUNDING"></AbstractText>'
        "<CopyrightInformation>Copyright \u00a9 2010. CC BY.</CopyrightInformation></Abstract>"
    )
    [parsed] = read(tmp_path, record(abstract=abstract))
    assert parsed.blocks == (
        Block("METHODS", "heading", 2),
        Block("A trial."),
        Block("No label."),
        Block("RESULTS AND DISCUSSION", "heading", 2),
        Block("It worked."),
    )
    assert parsed.licence == "Copyright \u00a9 2010. CC BY."


def test_a_missing_abstract_leaves_the_title(tmp_path):
    [parsed] = read(tmp_path, record(abstract=""))
    assert (parsed.title, parsed.blocks) == ("Artesunate in severe malaria.", ())


def test_vernacular_titles_and_abstracts_in_other_languages(tmp_path):
    other = (
        '<OtherAbstract Type="Publisher" Language="spa"><AbstractText Label="RESUMEN">Dar 3 mg.'
        '</AbstractText></OtherAbstract><OtherAbstract Type="plain-language-summary" '
        'Language="eng"><AbstractText>A medicine helps.</AbstractText></OtherAbstract>'
    )
    vernacular = "<VernacularTitle>Artesunato en la malaria.</VernacularTitle>"
    [parsed] = read(tmp_path, record("[Artesunate].", inside=vernacular, after=other))
    assert parsed.title == "[Artesunate]."
    assert parsed.keywords.startswith("Artesunato en la malaria.")
    assert [b.text for b in parsed.blocks] == [
        "Give it.",
        "Abstract (spa)",
        "RESUMEN",
        "Dar 3 mg.",
        "Plain language summary (eng)",
        "A medicine helps.",
    ]
    assert [b.level for b in parsed.blocks if b.kind == "heading"] == [1, 2, 1]
    [alone] = read(tmp_path, record("[Not Available].", "", vernacular, other))
    assert alone.title == "Artesunato en la malaria."
    assert alone.language == "es"


@pytest.mark.parametrize(
    ("kinds", "types", "notice"),
    [
        (["RetractionIn"], "", "retracted"),
        (["ErratumIn", "RetractionIn"], "", "retracted"),
        (["ExpressionOfConcernIn", "ErratumIn"], "", "expression of concern"),
        (["ErratumIn"], "", "corrected later: see its erratum"),
        (["ErratumIn"], "Retracted Publication", "retracted"),
        (["PartialRetractionIn"], "", "retracted in part"),
        (["RetractedandRepublishedIn"], "", "retracted and published again"),
        (["CommentIn", "RetractionOf", "ErratumFor"], "Retraction of Publication", ""),
        ([], "Retracted Publication", "retracted"),
    ],
)
def test_what_was_said_of_it_later(tmp_path, kinds, types, notice):
    said = "".join(f'<CommentsCorrections RefType="{kind}"/>' for kind in kinds)
    after = f"<CommentsCorrectionsList>{said}</CommentsCorrectionsList>"
    types = f"<PublicationType>Journal Article</PublicationType><PublicationType>{types}"
    [parsed] = read(tmp_path, record(after=after, types=f"{types}</PublicationType>"))
    assert parsed.notice == notice


def test_deleted_records_have_a_notice_and_no_text(tmp_path):
    deleted = (
        '<DeleteCitation><PMID Version="1">7</PMID><PMID Version="2">8</PMID></DeleteCitation>'
    )
    first, *rest = read(tmp_path, record(), deleted)
    assert first.notice == ""
    assert [(p.identifier, p.version, p.notice, p.blocks) for p in rest] == [
        ("pmid:7", 1, "deleted", ()),
        ("pmid:8", 2, "deleted", ()),
    ]


def test_every_version_is_given(tmp_path):
    second = record("Second.", pmid='<PMID Version="2">123</PMID>')
    odd = record("Odd.", pmid='<PMID Version="x">124</PMID>')
    found = read(tmp_path, record(), second, odd)
    assert [(p.identifier, p.version) for p in found] == [
        ("pmid:123", 1),
        ("pmid:123", 2),
        ("pmid:124", 1),
    ]


@pytest.mark.parametrize(
    ("written", "edition"),
    [
        ("<Year>2010</Year>", "2010"),
        ("<Year>2010</Year><Month>3</Month>", "2010-03"),
        ("<Year>2010</Year><Month>Sept</Month><Day>4</Day>", "2010-09-04"),
        ("<Year>2010</Year><Season>Spring</Season>", "2010"),
        ("<Year>2010</Year><Month>Feb</Month><Day>31</Day>", "2010-02"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998"),
        ("<MedlineDate>Winter</MedlineDate>", ""),
        ("", ""),
    ],
)
def test_dates(tmp_path, written, edition):
    [parsed] = read(tmp_path, record(date=written))
    assert parsed.edition == edition


def test_a_chapter_of_a_book(tmp_path):
    chapter = (
        '<PubmedBookArticle><BookDocument><PMID Version="1">29763144</PMID><ArticleIdList>'
        '<ArticleId IdType="bookaccession">NBK500006</ArticleId></ArticleIdList><Book><Publisher>'
        "<PublisherName>StatPearls Publishing</PublisherName></Publisher><BookTitle>StatPearls"
        "</BookTitle><PubDate><Year>2024</Year><Month>01</Month></PubDate></Book>"
        "<ArticleTitle>Cholera</ArticleTitle><AuthorList><Author><LastName>Fanous</LastName>"
        "<Initials>M</Initials></Author></AuthorList><Abstract><AbstractText>Give <b>ORS</b>."
        "</AbstractText></Abstract></BookDocument></PubmedBookArticle>"
    )
    [parsed] = read(tmp_path, chapter)
    assert parsed.title == "Cholera"
    assert parsed.blocks == (Block("Give ORS."),)
    assert parsed.source == "Fanous M. StatPearls. StatPearls Publishing. 2024. NBK500006"
    assert (parsed.edition, parsed.identifier) == ("2024-01", "pmid:29763144")


def test_group_authors_and_hints(tmp_path):
    group = (
        "<AuthorList><Author><CollectiveName>AQUAMAT group</CollectiveName></Author></AuthorList>"
    )
    hints = Hints(title="not this", licence="public domain", source="not this")
    [parsed] = read(tmp_path, record(inside=group), hints=hints)
    assert parsed.source.startswith("AQUAMAT group. Lancet.")
    assert parsed.licence == "public domain"
    assert parsed.title == "Artesunate in severe malaria."


def test_a_gzip_file_reads_the_same(tmp_path):
    plain = read(tmp_path, record(), record("Second."))
    path = tmp_path / "pubmed25n0001.xml.gz"
    path.write_bytes(gzip.compress((tmp_path / "pubmed.xml").read_bytes()))
    assert list(read_pubmed(path, Hints())) == plain


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000, 1 << 20])
def test_where_the_file_is_divided_does_not_matter(tmp_path, monkeypatch, chunk):
    records = [
        record(f"Title {i} with 10<sup>{i}</sup>.", pmid=f"<PMID>{i}</PMID>") for i in range(9)
    ]
    monkeypatch.setattr(trees, "CHUNK", chunk)
    found = read(tmp_path, *records)
    assert [p.title for p in found] == [f"Title {i} with 10^{i}." for i in range(9)]
    assert all(p.blocks == (Block("Give it."),) for p in found)


def test_one_record_is_held_at_a_time(tmp_path):
    import tracemalloc

    path = tmp_path / "large.xml"
    body = record() * 20_000
    path.write_text(f"{HEAD}<PubmedArticleSet>{body}</PubmedArticleSet>", encoding="utf-8")
    size = path.stat().st_size
    del body
    tracemalloc.start()
    assert sum(1 for _ in read_pubmed(path, Hints())) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 4


def test_the_older_form_is_read(tmp_path):
    bare = record().removeprefix("<PubmedArticle>").partition("<PubmedData>")[0]
    [parsed] = read(tmp_path, bare, root="MedlineCitationSet")
    assert parsed.identifier == "pmid:123"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "head",
    [
        f'<!DOCTYPE PubmedArticleSet [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE PubmedArticleSet [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE PubmedArticleSet [<!ENTITY % l9 SYSTEM "http://192.0.2.1/x.dtd"> %l9;]>',
        '<!DOCTYPE PubmedArticleSet [<!ENTITY l9 "x">]>',
    ],
    ids=["billion laughs", "external file", "external parameter", "harmless"],
)
def test_declared_entities_are_refused(tmp_path, head):
    with pytest.raises(WrongFile, match="declares entities"):
        read(tmp_path, record("&l9;"), head=head)


def test_an_external_dtd_is_never_fetched(tmp_path):
    (tmp_path / "evil.dtd").write_text('<!ENTITY secret "taken">', encoding="utf-8")
    head = f'<!DOCTYPE PubmedArticleSet SYSTEM "{(tmp_path / "evil.dtd").as_uri()}">'
    with pytest.raises(WrongFile, match="broken at line"):
        read(tmp_path, record("&secret;"), head=head)
    assert read(tmp_path, record("safe"), head=head)[0].title == "safe"


@pytest.mark.parametrize(
    "content",
    [
        b"not XML at all",
        b"",
        b"<PubmedArticleSet><PubmedArticle>",
        b"<PubmedArticleSet></PubmedArticleSe>",
        b"<html><body/></html>",
        b"\xff\xfe\x00\x00broken",
        b'<?xml version="1.0" encoding="no-such"?><PubmedArticleSet/>',
        b"<!-- " + b"x" * 3_000_000 + b" --><PubmedArticleSet/>",
    ],
)
def test_what_is_not_pubmed_is_refused(tmp_path, content):
    path = tmp_path / "x.xml"
    path.write_bytes(content)
    with pytest.raises(WrongFile):
        list(read_pubmed(path, Hints()))


def test_a_file_that_ends_too_early_is_refused_after_its_whole_records(tmp_path):
    path = tmp_path / "cut.xml"
    path.write_text(f"{HEAD}<PubmedArticleSet>{record() * 3}{record()[:90]}", encoding="utf-8")
    found = read_pubmed(path, Hints())
    with pytest.raises(WrongFile, match="broken at line"):
        for _ in range(9):
            next(found)


def test_records_without_what_a_record_needs_are_left_out(tmp_path):
    odd = "<PubmedArticle/><PubmedArticle><MedlineCitation/></PubmedArticle><Note/>"
    assert [p.identifier for p in read(tmp_path, odd, record())] == ["pmid:123"]
