"""Pressure, shock index and the five corrections of the QT interval."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, run, value

AT_100 = {  # QT 360 ms at 100 a minute, RR 0.6 s
    "qtc_bazett": 464.76,
    "qtc_fridericia": 426.83,
    "qtc_framingham": 421.6,
    "qtc_hodges": 430,
    "qtc_rautaharju": 440,
}


def test_mean_arterial_pressure():
    check("map", 93.333, systolic=120, diastolic=80)
    check("map", 70, systolic=90, diastolic=60)
    check("map", 70, systolic=(12, "kPa"), diastolic=(8, "kPa"), rel=2e-3)


def test_a_diastolic_pressure_above_the_systolic_is_refused():
    with pytest.raises(WrongUse, match="Diastolic 90 mmHg is above systolic 80"):
        run("map", systolic=80, diastolic=90)


def test_shock_index_and_its_bands():
    check("shock_index", 1.5, pulse=120, systolic=80)
    check("shock_index", 0.5, pulse=60, systolic=120)
    for pulse, start in ((49, "Under 0.5"), (50, "0.5 to 0.7"), (70, "0.5 to 0.7"), (71, "Above")):
        assert run("shock_index", pulse=pulse, systolic=100).meaning.startswith(start)


@pytest.mark.parametrize("id", sorted(AT_100))
def test_a_qt_interval_at_sixty_is_not_changed(id):
    check(id, 412, qt=412, pulse=60)


@pytest.mark.parametrize("id", sorted(AT_100))
def test_a_qt_interval_at_a_hundred(id):
    check(id, AT_100[id], qt=360, pulse=100, rel=2e-5)


def test_at_a_slow_rate_the_corrected_interval_is_shorter():
    assert all(value(id, qt=440, pulse=45) < 440 for id in AT_100)
    check("qtc_hodges", 413.75, qt=440, pulse=45)
    check("qtc_rautaharju", 403.333, qt=440, pulse=45)
