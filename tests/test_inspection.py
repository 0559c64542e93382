"""`python -m index check` and `review` as they are typed."""

import shutil

import pytest

from elara_local.settings import HANDBOOK
from tests.test_builds import run
from tests.test_handbook import TOPIC, write


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "handbook"
    (folder / "medicines").mkdir(parents=True)
    shutil.copy(HANDBOOK / "medicines" / "gentamicin.toml", folder / "medicines")
    shutil.copy(HANDBOOK / "sources.toml", folder)
    write(folder, TOPIC)
    return folder


def test_a_whole_handbook_is_counted(small):
    done = run("check", "--from", small)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("1 topics, 2 bullets; 1 medicine cards; 0 of 2 clinically")


def test_a_dose_without_its_twin_is_said_and_the_check_says_no(small):
    write(small, TOPIC.replace("Do not give aspirin to a child", "Give a child 9 mg/kg gentamicin"))
    done = run("check", "--from", small)
    assert done.returncode == 1
    assert "9 mg/kg is no amount of the card for gentamicin" in done.stdout


def test_a_review_is_signed_counted_and_voided_by_a_change(small):
    card = small / "medicines" / "gentamicin.toml"
    done = run("review", card, "--by", "Dr Ama Mensah", "--on", "2026-11-21")
    assert done.returncode == 0 and "reviewed by Dr Ama Mensah, 2026-11-21" in done.stdout
    assert "1 of 2 clinically reviewed; 0 faults" in run("check", "--from", small).stdout
    text = card.read_text(encoding="utf-8").replace("7.5 mg/kg", "75 mg/kg")
    card.write_text(text, encoding="utf-8")
    done = run("check", "--from", small)
    assert done.returncode == 1
    assert "is void: the text was changed since" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nothing.md", "--by", "A"], "There is no file"),
        ([HANDBOOK / "cholera.md", "--by", "A", "--on", "soon"], "is not a date"),
        ([HANDBOOK / "cholera.md", "--by", "A, B"], "name"),
    ],
)
def test_a_wrong_review_is_refused_in_one_line(arguments, complaint):
    done = run("review", *arguments)
    assert done.returncode == 2 and complaint in done.stderr
    assert "Traceback" not in done.stderr
