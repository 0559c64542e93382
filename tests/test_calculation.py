"""`calculate` in the terminal: text, named facts, batches, and what is refused."""

import json

import pytest

from elara_local.cli.calculation import run_calculation, say_calculation, say_list
from elara_local.cli.program import main
from elara_local.clinical.register import CALCULATORS
from elara_local.errors import WrongUse


def test_a_text_is_calculated_with_its_sum_and_source():
    told = run_calculation({"text": "CrCl 72 y 60 kg creat 1.4 female"})
    assert told["calculator"] == "crcl" and told["unit"] == "mL/min"
    assert told["value"] == pytest.approx(34.4048, abs=1e-3)
    shown = say_calculation(told)
    assert "(140 - 72) × 60 kg" in shown and "Cockcroft" in shown


def test_named_facts_give_the_same():
    given = {"age": 72, "sex": "female", "weight": [60, "kg"], "creatinine": [123.76, "µmol/L"]}
    told = run_calculation({"calculator": "crcl", "given": given})
    assert told["value"] == pytest.approx(34.4, abs=0.05)
    dated = {"calculator": "due_date", "given": {"period": "2026-03-12", "cycle": 28}}
    assert run_calculation(dated)["value"] == "2026-12-17"


@pytest.mark.parametrize(
    "entry",
    [
        {"text": "what is love"},
        {"text": "CrCl 72 y 60 kg female"},
        {"text": "egfr 55 y male cr 20"},
        {"calculator": "none"},
        {"calculator": "bmi", "given": [70]},
        {"calculator": "bmi", "given": {"weight": [70], "height": 170}},
        {"calculator": "bmi", "given": {"weight": "70", "height": 170}},
        {"calculator": "bmi", "given": {"weight": True, "height": 170}},
        {"calculator": "bmi", "given": {"weight": [70, "stones of light"], "height": 170}},
        {"calculator": "bmi", "given": {"weight": 70, "height": 170, "shoe": 40}},
        {"calculator": "due_date", "given": {"period": "12/03/2026", "cycle": 28}},
    ],
)
def test_what_can_not_be_calculated_is_refused_in_one_line(entry):
    with pytest.raises(WrongUse) as refused:
        run_calculation(entry)
    assert "\n" not in str(refused.value)


def test_the_command_lists_calculates_and_takes_batches(capsys, tmp_path):
    assert main(["calculate", "--list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(CALCULATORS) == say_list().count("\n") + 1
    assert main(["calculate", "anion gap na 140 cl 100 hco3 12", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == 28
    assert main(["calculate", "CrCl 72 y 60 kg female"]) == 2
    assert "needs: Creatinine" in capsys.readouterr().err
    lines = [{"id": 1, "text": "MAP 120/80"}, {"calculator": "x", "id": 2}, {"id": 3}]
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert main(["calculate", "--batch", str(batch)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in told] == [1, 2, 3]
    assert told[0]["unit"] == "mmHg" and "error" in told[1] and "error" in told[2]
