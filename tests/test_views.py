"""What the reader sees: escaped, marked, one block each, in every state and language."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.errors import Missing
from elara_local.records import WORKED, Discord, Emergency, Question, Sentence, Statement
from elara_local.roles import LANGUAGES
from elara_local.ui import about_view, answer_view, markup, search_view, sources_view
from elara_local.ui.frames import say_outcome
from elara_local.ui.words import read_words
from tests.scripted import ALARM, CRISIS, SENTENCES, SOURCES, TEXT, Finder, Scripted, scripted_elara

WORDS = read_words("en")
NASTY = (
    "<img src=x onerror=alert(1)>\n\n# title\n\n![x](http://evil.example/?q=1) [a](b) \u202e&amp;"
)


class Tags(HTMLParser):
    """Collects the tags and the text of HTML."""

    def __init__(self):
        super().__init__()
        self.tags, self.said = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.said += data


def read(html):
    parser = Tags()
    parser.feed(html)
    return parser


def answer_to(text, **changes):
    *_, last = Scripted().answer(Question(text))
    return replace(last.answer, **changes)


@given(st.text())
def test_no_text_can_hold_markup(text):
    parsed = read(markup.escape(text))
    assert set(parsed.tags) <= {"br"}
    assert "\n" not in markup.escape(text)


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(-9, 99), st.integers(-9, 99))))
def test_marks_change_nothing_but_add_themselves(text, spans):
    shown = markup.mark(text, spans)
    parsed = read(shown)
    assert set(parsed.tags) <= {"br", "mark"}
    assert shown.count("<mark>") == shown.count("</mark>")
    assert re.sub("</?mark>", "", shown) == markup.mark(text, [])


@given(
    st.text("ab c.", min_size=1, max_size=900),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=3),
)
def test_a_clipped_passage_keeps_the_marked_words(text, spans):
    kept = [text[max(a, 0) : b] for a, b in markup._join(spans, len(text))]
    short, inside, cut = markup.clip(text, spans)
    assert [short[a:b] for a, b in inside] == kept
    assert cut == (short != text)


def test_the_quoted_words_are_marked_where_they_stand():
    shown = sources_view.paint_source(SOURCES[0], WORDS)
    assert "<mark>Children under 20 kg receive 3 mg/kg per dose.</mark>" in shown
    assert "&lt;b&gt;Not bold&lt;/b&gt; &amp; *not* `code`" in shown
    assert read(shown).tags[0] == "article"


def test_a_quote_at_a_wrong_offset_is_found_by_its_words_or_not_marked():
    moved = sources_view.paint_source(replace(SOURCES[0], start=5), WORDS)
    assert "<mark>Children under 20 kg receive 3 mg/kg per dose.</mark>" in moved
    absent = sources_view.paint_source(replace(SOURCES[0], quote="5 mg/kg"), WORDS)
    assert "<mark>" not in absent


def test_nearest_passages_that_answer_nothing_have_no_marks():
    shown = sources_view.paint_sources(SOURCES, WORDS, "Nearest passages.")
    assert "<mark>" not in shown and "3 mg/kg per dose" in shown
    assert "<mark>" in sources_view.paint_sources(SOURCES, WORDS)


def test_a_source_says_where_it_is_from_and_that_it_is_not_reviewed():
    said = read(sources_view.paint_source(SOURCES[0], WORDS)).said
    for words in ("Severe malaria › Treatment › Children", "p. 4", "edition 2026-11",
                  "not clinically reviewed", "WHO Guidelines for malaria, 2023"):  # fmt: skip
        assert words in said
    reviewed = replace(SOURCES[0], review="reviewed by Dr Owino, 2026-10")
    assert "reviewed by Dr Owino" in read(sources_view.paint_source(reviewed, WORDS)).said


def test_the_place_says_where_the_words_cross_a_page_and_whose_document_it_is():
    own = replace(SOURCES[0], page_to=5, review="own", shelf="own")
    said = read(sources_view.paint_source(own, WORDS)).said
    assert "pp. 4-5" in said and "your document, not checked by Elara" in said
    assert "clinically reviewed" not in said
    assert "p. 4" in read(sources_view.paint_source(replace(own, page_to=4), WORDS)).said


@pytest.mark.parametrize(
    ("notice", "said"),
    [("retracted", "RETRACTED"), ("superseded by edition 2026", "superseded by edition 2026")],
)
def test_a_notice_stands_before_the_words_it_is_about(notice, said):
    shown = sources_view.paint_source(replace(SOURCES[0], notice=notice), WORDS)
    assert shown.index(said) < shown.index("<blockquote")
    assert 'class="notice"' in shown
    assert "notice" not in sources_view.paint_source(SOURCES[0], WORDS)


def test_each_source_has_a_button_that_opens_its_page_or_its_document():
    asked = [
        dict(parse_qsl(re.search('<button.* value="([^"]*)"', shown)[1].replace("&amp;", "&")))
        for shown in (sources_view.paint_source(s, read_words("fr")) for s in SOURCES)
    ]
    paged, plain = asked
    assert (paged["document"], paged["page"], paged["first"], paged["last"]) == (
        SOURCES[0].document, "4", "4", "4")  # fmt: skip
    assert (paged["start"], paged["end"], paged["language"]) == ("74", "120", "fr")
    assert plain["page"] == "0"
    said = [read(sources_view.paint_source(s, WORDS)).said for s in SOURCES]
    assert "Show page 4 [1]" in said[0] and "Show in document [2]" in said[1]


def test_a_long_passage_is_cut_to_its_words_and_can_be_read_whole():
    shown = read(sources_view.paint_source(SOURCES[1], WORDS))
    assert "details" in shown.tags and "Whole passage" in shown.said
    assert " …" in shown.said


def test_what_code_worked_out_has_its_own_mark():
    sum_ = Sentence("15 kg × 3 mg/kg = 45 mg per dose, by code.", ("s1",), "supported", (WORKED,))
    drawn = answer_view.paint_sentence(sum_, WORDS)
    assert "sentence supported worked" in drawn and "× 3 mg/kg" in drawn
    answer = answer_to("q", sentences=(replace(SENTENCES[0], support="quoted"), sum_))
    assert WORDS.say("answer.quoted") in answer_view.paint_answer(answer, WORDS)


def test_a_sentence_that_failed_is_never_drawn():
    bad = Sentence("Give 5 mg/kg.", ("s1",), "unsupported", ("the number 5 is not there",))
    assert answer_view.paint_sentence(bad, WORDS) == ""
    shown = answer_view.paint_answer(answer_to("q", sentences=(*SENTENCES, bad)), WORDS)
    assert "5 mg/kg" not in shown


def test_each_sentence_points_at_its_source():
    shown = answer_view.paint_answer(answer_to("q"), WORDS)
    assert shown.count('href="#s1"') == len(SENTENCES)
    assert 'id="s1"' in sources_view.paint_sources(SOURCES, WORDS)
    said = read(shown).said
    for words in ("Moderate confidence", "left out", "Check doses before acting", "Whole answer"):
        assert words in said


@pytest.mark.parametrize("place", ["question", "sentence", "quote", "note", "rule", "origin"])
def test_nothing_of_others_becomes_markup(place):
    nasty = {
        "question": lambda: answer_view.paint_asked(NASTY, WORDS),
        "sentence": lambda: answer_view.paint_sentence(
            Sentence(NASTY, (NASTY,), "supported"), WORDS
        ),
        "quote": lambda: sources_view.paint_source(
            replace(SOURCES[0], title=NASTY, section=NASTY, context=NASTY, quote=NASTY, id=NASTY),
            WORDS,
        ),
        "note": lambda: answer_view.paint_answer(answer_to("q", notes=(NASTY,)), WORDS),
        "rule": lambda: answer_view.paint_emergency(
            Emergency("urgent", (replace(ALARM.rules[0], action=NASTY, words=(NASTY,)),)), WORDS
        ),
        "origin": lambda: sources_view.paint_source(
            replace(SOURCES[0], origin=NASTY, edition=NASTY, review=NASTY), WORDS
        ),
    }[place]()
    parsed = read(nasty)
    assert "img" not in parsed.tags and "h1" not in parsed.tags
    for block in nasty.split("\n\n"):
        assert "\n" not in block
        assert re.match("<(article|p|section|details|h2)[ >]", block), block[:60]


def test_an_emergency_says_what_fired_it_and_what_to_do_first():
    said = read(answer_view.paint_emergency(ALARM, WORDS)).said
    assert "Emergency" in said and "not breathing" in said and "Open the airway" in said
    assert answer_view.paint_emergency(Emergency(), WORDS) == ""


def test_a_crisis_is_calm_and_does_not_repeat_the_words():
    shown = answer_view.paint_emergency(CRISIS, WORDS)
    assert "You are not alone" in shown and "end my life" not in shown
    assert 'class="alarm crisis"' in shown


@pytest.mark.parametrize("text", ["q", "unknown thing", "forge a script", "not breathing"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stopped", [False, True])
def test_every_state_is_drawn_in_every_language(text, language, stopped):
    words = read_words(language)
    shown = answer_view.paint_answer(answer_to(text), words, stopped)
    assert "{" not in shown
    titles = {"unknown thing": "answer.not_found_title", "forge a script": "answer.refused_title"}
    if text in titles and not stopped:
        assert markup.escape(words.say(titles[text])) in shown
    if stopped:
        assert markup.escape(words.say("answer.stopped_title")) in shown


def test_an_error_is_told_in_words_and_keeps_the_question():
    shown = read(answer_view.paint_failure("fever?", Missing("No index.", "Build it."), WORDS)).said
    for words in ("fever?", "No index.", "Build it.", "still in the box"):
        assert words in shown
    unknown = answer_view.paint_failure("fever?", RuntimeError("secret path"), WORDS)
    assert "secret path" not in unknown and "RuntimeError" in unknown


DISCORD = Discord(
    "artesunate",
    (
        Statement("s1", "Give 3 mg/kg.", "National guideline", "2026"),
        Statement("s2", "Give <b>2.4</b> mg/kg.", "Older guideline", ""),
    ),
)


def test_sources_that_differ_stand_side_by_side_and_dated():
    shown = answer_view.paint_answer(answer_to("q", discords=(DISCORD,)), WORDS)
    said = read(shown).said
    for words in ("Sources differ", "artesunate", "Give 3 mg/kg.", "Give <b>2.4</b> mg/kg.",
                  "National guideline", "edition 2026", "no date given"):  # fmt: skip
        assert words in said
    box = shown[shown.index('class="discord"') :]
    assert "p. 4" not in read(box).said  # the page of other words is not said to be theirs
    assert 'href="#s1"' in box and 'href="#s2"' in box and "b" not in read(box).tags
    assert shown.index('class="discord"') < shown.index('class="confidence')
    assert "discord" not in answer_view.paint_answer(answer_to("q"), WORDS)


def test_a_statement_names_the_page_that_it_stands_on():
    said = "Everyone else receives 2.4 mg/kg per dose."
    first, second = DISCORD.statements
    discord = replace(DISCORD, statements=(replace(first, text=said), second))
    source = replace(SOURCES[0], breaks=((0, 4), (TEXT.index(said), 5)))
    box = answer_view.paint_discord(discord, (source,), WORDS)
    assert "p. 5" in read(box).said


def test_sources_that_differ_stay_side_by_side_in_the_history():
    shown = answer_view.paint_history([answer_to("q", discords=(DISCORD,))], WORDS)
    assert "Give 3 mg/kg." in shown and 'href="#h1-s1"' in shown and 'href="#s1"' not in shown
    assert 'href="#h1-s2"' not in shown  # only cited sources are kept there


def test_history_shows_the_newest_first_with_its_own_anchors():
    shown = answer_view.paint_history([answer_to("first"), answer_to("second")], WORDS)
    assert shown.index("second") < shown.index("first")
    ids = re.findall(r'id="([^"]+)"', shown)
    assert len(ids) == len(set(ids)) == 2
    assert answer_view.paint_history([], WORDS) == ""


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("ready", "SmolLM2 135M"),
        ("not loaded yet", "SmolLM2 135M (being loaded)"),
        ("absent", "no language model installed, exact quotes only"),
        ("failed: no memory", "could not be loaded, exact quotes only"),
    ],
)
def test_the_header_names_the_model_and_says_how_it_is(state, said):
    elara = scripted_elara(state=state)
    shown = read(about_view.paint_header(elara.facts, elara.ledger, WORDS)).said
    assert said in shown and "offline · 0 connections" in shown
    assert "2,140 passages" in shown and "not clinically reviewed" in shown


def test_the_header_counts_what_was_refused_and_names_a_clinic_server():
    facts = scripted_elara().facts
    tried = SimpleNamespace(attempts=3, tried=["a"], allowed=frozenset())
    assert "refused: 3" in about_view.paint_header(facts, tried, WORDS)
    clinic = SimpleNamespace(attempts=0, tried=[], allowed=frozenset({("10.0.0.2", 8080)}))
    shown = about_view.paint_header(facts, clinic, WORDS)
    assert "10.0.0.2:8080" in shown and "0 connections" not in shown


def test_a_search_shows_passages_or_says_why_not():
    found = search_view.search(Finder(), "artesunate", WORDS)
    assert "Passages found: 1" in found and 'id="found-s1"' in found
    assert "<mark>" in found and TEXT[:20] in found
    assert "about something" not in found
    assert "No passage was found" in search_view.search(Finder(), "nothing", WORDS)
    assert "Nothing installed seems" in search_view.search(Finder(), "off topic", WORDS)
    assert "best first" in search_view.search(Finder(), " \u202e\x00 ", WORDS)


def test_a_search_that_fails_is_told_in_words():
    def fail(text, top):
        raise RuntimeError(text)

    shown = search_view.search(SimpleNamespace(search=fail), "canary", WORDS)
    assert "RuntimeError" in shown and "canary" not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_crisis_says_that_help_comes_first_and_not_that_nothing_was_found(language):
    words = read_words(language)
    alone = answer_to("q", status="escalated", sentences=(), sources=(), emergency=CRISIS)
    shown = answer_view.paint_answer(alone, words)
    assert read(words.say("answer.helping")).said in read(shown).said
    assert words.say("answer.not_found_title") not in read(shown).said
    assert words.say("stage.helping") in read(say_outcome(alone, words)).said
    nearest = answer_to("q", status="escalated", sentences=(), emergency=ALARM)
    assert (
        words.say("answer.not_found_title") in read(answer_view.paint_answer(nearest, words)).said
    )
