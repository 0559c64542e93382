"""StackExchange dumps: joined, attributed, licensed by date, planted posts dropped."""

from html import escape

import pytest

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.kinds import recognise
from index.documents.stackexchange import read_stackexchange


def row(**fields):
    return "<row " + " ".join(f'{name}="{escape(str(v))}"' for name, v in fields.items()) + "/>"


def question(number, **fields):
    fields = {"Title": f"Q{number}", "Body": f"<p>asked {number}</p>", "Score": 1} | fields
    return row(Id=number, PostTypeId=1, CreationDate="2019-05-01T10:00:00.000", **fields)


def answer(number, parent, **fields):
    fields = {"Body": f"<p>reply {number}</p>", "Score": 1} | fields
    fields = {"CreationDate": "2019-06-01T10:00:00.000"} | fields
    return row(Id=number, PostTypeId=2, ParentId=parent, **fields)


def write(folder, *rows):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "Posts.xml"
    rows = "\n".join(rows)
    path.write_text(f'\ufeff<?xml version="1.0"?>\n<posts>\n{rows}\n</posts>', encoding="utf-8")
    return path


def test_questions_are_joined_with_their_answers(tmp_path):
    path = write(
        tmp_path / "health.stackexchange.com",
        question(1, AcceptedAnswerId=4, Tags="<fever><child-health>", OwnerUserId=7),
        answer(2, 1, Score=5, OwnerDisplayName="Ben", Body="<p>SpO2 &lt; 90 <b>not</b> ok</p>"),
        question(3),
        answer(4, 1, Score=2, OwnerUserId=8, LastEditDate="2020-02-03T00:00:00.000"),
        answer(5, 1, Score=-1),
        answer(6, 99),
    )
    (path.parent / "Users.xml").write_text(
        '<users><row Id="7" DisplayName="Anna"/></users>', encoding="utf-8"
    )
    assert recognise(path) == "stackexchange"
    (found,) = read_stackexchange(path, Hints(source="ignored"))
    assert found.title == "Q1"
    assert [(block.text, block.level) for block in found.blocks] == [
        ("Question", 1),
        ("asked 1", 0),
        ("Answer by Ben, 2019-06-01, score 5", 1),
        ("SpO2 < 90 not ok", 0),
        ("Accepted answer by user 8, 2019-06-01, score 2", 1),
        ("reply 4", 0),
    ]
    site = "health.stackexchange.com"
    assert found.source == f"{site}, by Anna, Ben, user 8, https://{site}/q/1"
    assert found.identifier == f"stackexchange:{site}:1"
    assert (found.edition, found.licence) == ("2020-02-03", "CC BY-SA 4.0")
    assert found.keywords == "fever, child-health"


@pytest.mark.parametrize("planted", [1000000001, 1000000010])
def test_planted_posts_are_dropped(tmp_path, planted):
    path = write(tmp_path, question(1), answer(planted, 1), answer(2, 1))
    (found,) = read_stackexchange(path, Hints())
    assert [block.text for block in found.blocks if not block.level] == ["asked 1", "reply 2"]
    path = write(tmp_path, question(planted), answer(2, planted), question(1), answer(3, 1))
    assert [one.title for one in read_stackexchange(path, Hints())] == ["Q1"]


@pytest.mark.parametrize(
    ("written", "licence"),
    [
        ("2010-01-01", "CC BY-SA 2.5"),
        ("2012-01-01", "CC BY-SA 3.0"),
        ("2018-05-02", "CC BY-SA 4.0"),
    ],
)
def test_the_licence_goes_by_the_day(tmp_path, written, licence):
    path = write(tmp_path, question(1), answer(2, 1, CreationDate=f"{written}T00:00:00.000"))
    (found,) = read_stackexchange(path, Hints())
    assert licence in found.licence.split(", ")


def test_the_licence_that_a_post_states_wins(tmp_path):
    path = write(tmp_path, question(1, ContentLicense="CC X"), answer(2, 1, ContentLicense="CC X"))
    (found,) = read_stackexchange(path, Hints())
    assert found.licence == "CC X"
    assert found.lacking == "the site is not known: give it as the source"


@pytest.mark.parametrize(
    "text",
    [
        "<posts></posts>",
        "<posts><row Id='1' PostTypeId='1' Body='x'/></posts>",
        "<users><row Id='1'/></users>",
        "<posts><row",
        "<!DOCTYPE posts [<!ENTITY a 'b'>]><posts><row Id='&a;'/></posts>",
    ],
)
def test_what_holds_no_answers_is_refused(tmp_path, text):
    path = tmp_path / "Posts.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WrongFile):
        list(read_stackexchange(path, Hints()))
