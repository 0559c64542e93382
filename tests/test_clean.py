"""Cleaning takes clutter away and leaves every number, unit, sign and negation."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.clean import clean_markup, clean_record, clean_records
from index.records import Record


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10<sup>3</sup> cells", "10³ cells"),
        ("10<sup><i>-3</i></sup> g", "10⁻³ g"),
        ("10<sup>n+1</sup>", "10^n+1"),
        ("CO<sub>2</sub> and 10<sub>3</sub>", "CO2 and 10₃"),
        ("<p>Give <b>5</b> mg.</p><p>Stop.</p>", "Give 5 mg.\nStop."),
        ("p&lt;0.05 &amp;lt;5 R&D &amp;amp; &sect;", "p<0.05 <5 R&D & §"),
        ("10&lt;sup&gt;3&lt;/sup&gt;", "10³"),
        ("if a<b and c>d", "if a<b and c>d"),
        ("CRP <5 and age >60", "CRP <5 and age >60"),
        ("5\xad10 mg", "5-10 mg"),
        ("5\x0010 mg", "5 10 mg"),
        ("1\u200b000 mg", "1000 mg"),
        ("age \uf0b3 5 and \uf0a3 9 \uf0aa", "age ≥ 5 and ≤ 9 �"),
        ("5&nbsp;mg&#8211;10&#x20;mg", "5 mg–10 mg"),
        ("a<!-- never 5 -->b", "a b"),
        ("<script>give('5 mg')</script>Rest", "Rest"),
        ("<jats:p>E. <jats:italic>coli</jats:italic></jats:p>", "E. coli"),
        ("  two \t lines \r\n\n here ", "two lines\nhere"),
        ("&unknown; &#0; &", "&unknown; � &"),
        ("-5 °C ± 0.5 µg", "-5 °C ± 0.5 µg"),
    ],
)
def test_clutter_goes_and_meaning_stays(text, expected):
    assert clean_markup(text) == expected


FACTS = st.sampled_from(
    "5 50 0.5 .5 1,000 1.000 -5 5-10 ½ mg mcg µg IU % < > ≤ ≥ ± ° not no never don't 10³".split()
)
CLUTTER = st.sampled_from(
    [
        "",
        "\u200b",
        "\ufeff",
        "\xad",
        "<b></b>",
        "<p>",
        "</p>",
        "<br/>",
        "<!-- 7 -->",
        "\u2009",
        "&nbsp;",
    ]
)


@given(st.lists(st.tuples(FACTS, CLUTTER), max_size=12))
def test_cleaning_never_changes_a_number_unit_sign_or_negation(parts):
    text = "".join(f"{html.escape(fact)} {clutter} " for fact, clutter in parts)
    assert clean_markup(text).split() == [fact for fact, _ in parts]


@given(st.lists(FACTS, max_size=12), st.sampled_from(["i", "b", "em", "span", "u"]))
def test_tags_around_facts_change_nothing(facts, tag):
    text = " ".join(f"<{tag}>{html.escape(fact)}</{tag}>" for fact in facts)
    assert clean_markup(text).split() == facts


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="<&"), max_size=60))
def test_plain_text_keeps_every_visible_character(text):
    visible = [char for char in text if char.isprintable() and char != " "]
    assert [char for char in clean_markup(text) if not char.isspace()] == visible


def test_a_clean_record_is_given_back_as_it_is():
    record = Record("pmid:1", "Give water.\nRest.", "Rest")
    assert clean_record(record) is record
    dirty = Record(" pmid:2\u200b", "Give&nbsp;water.", "<i>Rest</i>\nnow", extra={"journal": "J"})
    assert list(clean_records([record, dirty])) == [
        record,
        Record("pmid:2", "Give water.", "Rest now", extra={"journal": "J"}),
    ]
