from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.vitals import mentions_weight, read_age, read_vitals


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("BP 82/54, SpO2 86 %, HR 142", {"sbp": 82, "spo2": 86, "hr": 142}),
        ("TA 8/5 pouls 130 SpO2 à 85%", {"sbp": 80, "hr": 130, "spo2": 85}),
        ("PA 80x50 FC 120", {"sbp": 80, "hr": 120}),
        ("BP 80/palp", {"sbp": 80}),
        ("90/60 mmHg", {"sbp": 90}),
        ("RR 52 T 39,8", {"rr": 52, "temperature": 39.8}),
        ("temp 104 F", {"temperature": 40.0}),
        ("joto 39.5", {"temperature": 39.5}),
        ("GCS 9/15", {"gcs": 9}),
        ("86% on room air", {"spo2": 86}),
        ("pulse ox 85", {"spo2": 85}),
        ("RBS 2.1", {"glucose": 2.1}),
        ("glucose 54 mg/dL", {"glucose": 3.0}),
        ("MUAC 11 cm", {"muac": 110}),
        ("sats eighty four on air", {"spo2": 84}),
        ("BP eighty over fifty", {"sbp": 80}),
        ("heart_rate: 148, systolic_bp: 84", {"hr": 148, "sbp": 84}),
        ('{"spo2": 87, "respiratory_rate": 34}', {"spo2": 87, "rr": 34}),
        ("HR | 152", {"hr": 152}),
        ("BP82/54HR132SpO2 86%RR 30", {"sbp": 82, "hr": 132, "spo2": 86, "rr": 30}),
        ("GCS E2V2M5", {"gcs": 9}),
        ("AVPU: P", {"gcs": 8}),
        ("crt 4 sec", {"crt": 4}),
        ("TA à 8", {"sbp": 80}),
        ("systolic of 82", {"sbp": 82}),
        ("HbA1c and glucose 7 %", {}),
        ("abduction to 40°", {}),
        ("fever for 40 days", {}),
        ("lopinavir 160/80 mg", {}),
        ("SpO2 250", {}),
        ("BP 60/90", {}),
    ],
)
def test_read_vitals(text, values):
    assert {v.name: pytest.approx(v.value) for v in read_vitals(text)} == values


def test_a_glucose_that_may_be_either_unit_is_read_as_both():
    assert sorted(round(v.value, 1) for v in read_vitals("glucose 45")) == [2.5, 45.0]
    assert [v.value for v in read_vitals("glucose 45 mmol/L")] == [45.0]


def test_a_threshold_is_marked():
    assert [v.comparator for v in read_vitals("SpO2 < 90, HR > 130, T 38")] == ["<", ">", ""]


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("8-month-old", 8),
        ("3 yo boy", 36),
        ("58M with cough", 696),
        ("age 5", 60),
        ("29 year old", 348),
        ("4/12 baby", 4),
        ("niño de 2 años", 24),
        ("enfant de 18 mois", 18),
        ("criança de 4 anos", 48),
        ("mtoto wa miezi 8", 8),
        ("mtoto wa miaka 3", 36),
        ("fever for 3 days", None),
        ("il y a 3 ans", None),
        ("hace 5 años", None),
        ("asthma child 3 years", 36),
        ("newborn 2 weeks", pytest.approx(0.46, abs=0.01)),
        ("child 2 months cough", None),
        ("adult 6 months weight loss", None),
    ],
)
def test_read_age(text, months):
    assert read_age(text) == months


def test_weight_is_told_from_a_dose():
    assert mentions_weight("child 15 kg")
    assert not mentions_weight("5 mg/kg")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="BPTSaOo2 /,.0123456789%yomkg<>:-hr", max_size=120))
def test_whatever_is_read_lies_in_the_text(text):
    for vital in read_vitals(text):
        assert 0 <= vital.start < vital.end <= len(text)
    assert read_age(text) is None or read_age(text) >= 0
