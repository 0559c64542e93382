"""What the tests share: a moved user folder, the installed models, the prebuilt index.

Models are taken as users get them (launcher.py brings them); a test that needs one that is
not there skips and says so.
"""

from pathlib import Path

import pytest

from elara_local.catalogue import find_installed
from elara_local.offline import guard, quiet_environment
from elara_local.settings import PREBUILT_INDEX, STARTER_MODELS
from tests.browsing import open_browser, pack_axe

ROOT = Path(__file__).resolve().parent.parent
# Hugging Face's library reads its variables when a test module first imports it.
quiet_environment()
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def user_folder(tmp_path, monkeypatch):
    """Move the user's folder, so that no test touches the real one."""
    monkeypatch.setenv("ELARA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def no_network():
    """Fail a test that tried to leave the machine."""
    ledger = guard()
    before = ledger.attempts
    yield
    assert ledger.attempts == before, "a test tried to leave the machine"


def installed_model(name):
    """The installed model of this name, or skip."""
    found = find_installed([STARTER_MODELS]).get(name)
    if found is None:
        pytest.skip(f"the model {name} is not installed: python3 launcher.py models prepare")
    return found


@pytest.fixture(scope="session")
def embedder():
    """The real embedder of the starter."""
    from elara_local.engines.embedding.ct2 import CTranslate2

    return CTranslate2(installed_model("all-minilm-l6-v2-int8").folder, threads=2)


@pytest.fixture(scope="session")
def prebuilt():
    """The index that is committed."""
    from elara_local.passages.folder import open_index

    return open_index(PREBUILT_INDEX)


def shared_data(name):
    """A folder of openly licensed test data beside the repository, or skip."""
    folder = SHARED_DATA / name
    if not folder.exists():
        pytest.skip(f"the test data {name} is not beside this repository")
    return folder


@pytest.fixture(scope="module")
def chromium():
    """A real browser, or skip."""
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The source of axe-core, or skip."""
    return pack_axe(tmp_path_factory.mktemp("axe"))
