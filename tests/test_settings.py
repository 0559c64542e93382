"""Settings: defaults, file, environment, flags; what can't be used is refused in one line."""

import pytest

from elara_local.errors import WrongUse
from elara_local.settings import read_settings


def read(folder, environment=None, **flags):
    return read_settings(flags, {"ELARA_HOME": str(folder), **(environment or {})})


def test_later_ones_win(tmp_path):
    assert read(tmp_path).port == 7861
    (tmp_path / "settings.toml").write_text('port = 7000\nrole = "student"', encoding="utf-8")
    assert (read(tmp_path).port, read(tmp_path).role) == (7000, "student")
    assert read(tmp_path, {"ELARA_PORT": "7001"}).port == 7001
    assert read(tmp_path, {"ELARA_PORT": "7001"}, port=7002).port == 7002
    assert read(tmp_path, port=None).port == 7000


def test_the_users_folder_is_whole_and_first(tmp_path):
    settings = read(tmp_path / "a b")
    assert settings.home.is_absolute() and settings.model_folders[0].parent == settings.home
    assert settings.temp.parent == settings.home


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "99999"),
        ("port", "-1"),
        ("port", "many"),
        ("threads", "-5"),
        ("context", "3"),
        ("gpu_layers", "-2"),
        ("language", "zz"),
        ("role", "wizard"),
        ("theme", "pink"),
    ],
)
def test_a_value_that_no_part_could_use_is_refused(tmp_path, name, value):
    with pytest.raises(WrongUse, match=name) as caught:
        read(tmp_path, {f"ELARA_{name.upper()}": value})
    assert caught.value.hint


@pytest.mark.parametrize("text", ["port = ", "\x00", 'prot = 1\n[x]\ny = "z"'])
def test_a_broken_file_is_refused_by_name(tmp_path, text):
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongUse, match=r"settings\.toml"):
        read(tmp_path)
