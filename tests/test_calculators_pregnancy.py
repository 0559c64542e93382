"""Dates of pregnancy, Bishop and Apgar."""

from datetime import date

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, check_alone, check_bands, check_edges, run, value


def test_due_date():
    assert value("due_date", period=date(2024, 1, 1)) == date(2024, 10, 7)
    assert value("due_date", period=date(2023, 1, 1)) == date(2023, 10, 8)
    assert value("due_date", period=date(2023, 1, 1), cycle=35) == date(2023, 10, 15)
    assert value("due_date", period=date(2023, 1, 1), cycle=24) == date(2023, 10, 4)


def test_day_of_conception():
    after = "14 days after the last period began"
    assert value("conception", period=date(2024, 2, 20)) == date(2024, 3, 5)
    assert value("conception", period=date(2023, 2, 20), cycle=32) == date(2023, 3, 10)
    assert value("conception", period=date(2023, 2, 20), cycle=24) == date(2023, 3, 2)
    assert value("conception", period=date(2023, 2, 20), cycle=32, by=after) == date(2023, 3, 6)


@pytest.mark.parametrize(
    ("today", "text", "meaning"),
    [(date(2024, 1, 1), "0 weeks 0 days", "First"), (date(2024, 3, 11), "10 weeks 0 days", "First"),
     (date(2024, 4, 7), "13 weeks 6 days", "First"),
     (date(2024, 4, 8), "14 weeks 0 days", "Second"),
     (date(2024, 7, 14), "27 weeks 6 days", "Second"),
     (date(2024, 7, 15), "28 weeks 0 days", "Third"),
     (date(2024, 11, 4), "44 weeks 0 days", "Third")],
)  # fmt: skip
def test_gestational_age(today, text, meaning):
    result = run("gestational_age", period=date(2024, 1, 1), today=today)
    assert result.value == text
    assert result.meaning.startswith(meaning)


def test_dates_that_can_not_be_are_refused():
    for today in (date(2023, 12, 31), date(2024, 11, 5)):
        with pytest.raises(WrongUse, match="A pregnancy lasts"):
            run("gestational_age", period=date(2024, 1, 1), today=today)


def test_bishop():
    check_edges("bishop", "dilation", (0.9, 0), (1, 1), (2.9, 1), (3, 2), (4.9, 2), (5, 3))
    check_edges("bishop", "effacement", (39, 0), (40, 1), (59, 1), (60, 2), (79, 2), (80, 3))
    check_alone("bishop", station=("+1 or +2", 3), consistency=("soft", 2), position=("middle", 1))
    check_edges("bishop", "station", ("-2", 1), ("-1 or 0", 2))
    check_edges("bishop", "consistency", ("medium", 1))
    check_edges("bishop", "position", ("anterior", 2))
    check("bishop", 13, dilation=6, effacement=90, station="+1 or +2", consistency="soft",
          position="anterior")  # fmt: skip
    check_bands("bishop", (6, "Up to 6"), (7, "7 or 8"), (8, "7 or 8"), (9, "Over 8"))


def test_apgar():
    check_edges("apgar", "pulse", (1, 1), (99, 1), (100, 2))
    check_alone("apgar", colour=("pink", 2), reflex=("grimace", 1), tone=("active", 2),
                breathing=("weak or irregular", 1))  # fmt: skip
    check_edges("apgar", "colour", ("body pink, limbs blue", 1))
    check_edges("apgar", "reflex", ("cough or cry", 2))
    check_edges("apgar", "tone", ("some flexion", 1))
    check_edges("apgar", "breathing", ("good cry", 2))
    check("apgar", 10, colour="pink", pulse=140, reflex="cough or cry", tone="active",
          breathing="good cry")  # fmt: skip
    check_bands("apgar", (0, "0 to 3"), (3, "0 to 3"), (4, "4 to 6"), (6, "4 to 6"), (7, "7 to 10"))
