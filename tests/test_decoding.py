"""Encodings: a text comes through as it was written, or is refused; never changed."""

import pytest

from elara_local.errors import WrongFile
from index.documents.decoding import decode, known_name

DOSES = (
    "Give 5 µg/kg",
    "½ tablet twice, then 1½",
    "38.5 °C ± 0.2",
    "SpO2 ≤ 90 %",
    "age≥65",
    "25 kg/m² of body",
    "5–10 mg",
    "× 3 daily ÷ 2",
    "¾ cup · 4",
    "dosis 5 ó 6 mg, niño",
    "доза 5 мг",
    "cœur 5 mg",
    "dose (µg) 5",
)
ENCODINGS = (
    "cp1252 latin-1 cp437 cp850 mac_roman cp1250 iso8859-2 cp1251 koi8-r iso8859-15 cp1253 cp1254 "
    "cp1257 iso8859-5 cp932 gbk big5 euc-kr"
).split()
# Signs of a dose that must never come out as another sign.
CRITICAL = set("µ½¼¾°±²³≤≥×÷·–0123456789")


def can_write(said, name):
    try:
        said.encode(name)
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("said", "name"),
    [(said, name) for said in DOSES for name in ENCODINGS if can_write(said, name)],
)
def test_an_undeclared_dose_is_read_as_written_or_refused(said, name):
    try:
        text = decode(said.encode(name))
    except WrongFile as error:
        assert "UTF-8" in error.hint
        return
    assert [c for c in text if c in CRITICAL] == [c for c in said if c in CRITICAL]


def test_windows_text_without_doubt_is_read():
    french = "« Donner 5 à 10 mg » : fièvre > 38,5 °C, été"
    assert decode(french.encode("cp1252")) == french


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_unicode_is_told_by_its_mark_or_shape(name):
    text = "Do not give more than 5 µg/kg of adrenaline.\n" * 3
    assert decode(text.encode(name)) == text


@pytest.mark.parametrize("declared", ["windows-1251", "cp1251", '"WINDOWS-1251"'])
def test_a_declared_encoding_is_believed(declared):
    assert decode("доза 5 мг".encode("cp1251"), declared) == "доза 5 мг"


def test_utf8_wins_over_a_wrong_declaration():
    assert decode("5 µg".encode(), "iso-8859-1") == "5 µg"


def test_latin1_is_windows_as_in_browsers():
    assert decode("5–10 mg".encode("cp1252"), "iso-8859-1") == "5–10 mg"


@pytest.mark.parametrize("declared", ["utf-7", "rot13", "base64", "idna", "nonsense", "\x00"])
def test_encodings_that_hide_are_not_believed(declared):
    assert known_name(declared) == ""


def test_a_few_damaged_characters_are_marked_and_more_refused():
    good = "Gabe von 5 µg täglich. " * 100
    damaged = good.encode() + b"\xb5" + good.encode()
    assert decode(damaged).count("\ufffd") == 1
    with pytest.raises(WrongFile):
        decode("5 µg ".encode() * 3 + b"\xb5g \xff" * 10)


@pytest.mark.parametrize("data", [b"a\x00b", b"\x00" * 40, b"\xff\xfeab\x00\xd8", b"\x81\x8d"])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(WrongFile):
        decode(data)
