"""Once set up, everything works without a network: nothing is tried, nothing is looked up.

A whole sitting (ask with quotes and with the model, search, and the window as a page uses it)
runs in a child whose sockets are refused off loopback, and again in a network namespace that
has loopback and no route. Python's side is counted by the ledger and by an audit hook that is
none of Elara's; in the namespace the kernel counts what libraries in C might try.
"""

import pytest

from tests.traces import QUESTION, hold_sitting, require_parts, why_not_apart


@pytest.fixture(params=["sockets refused", "empty network namespace"])
def sitting(request):
    require_parts()
    apart = request.param == "empty network namespace"
    if apart and (reason := why_not_apart()):
        pytest.skip(reason)
    return hold_sitting(apart)


@pytest.fixture
def report(sitting):
    return sitting.report


def test_nothing_was_tried(report):
    assert (report["attempts"], report["tried"][:-2]) == (0, [])
    assert report["witnessed"] == []


def test_a_try_would_have_been_counted(report):
    after = report["after knocking"]
    assert after["ledger"] == 2
    assert after["witness"] == ["socket.getaddrinfo elara.invalid"]


def test_the_terminal_answered(report):
    answers = report["terminal"]
    assert all(answer["code"] == 0 for answer in answers.values())
    assert answers["quoting"]["status"] == "quoted" and answers["quoting"]["sentences"]
    assert answers["llama.cpp"]["status"] in ("answered", "quoted")
    assert answers["llama.cpp"]["sentences"] and answers["llama.cpp"]["notes"]
    assert answers["search"]["about"] is True and answers["search"]["sources"]
    assert "3 mg/kg per dose" in answers["quoting"]["text"]


def test_the_window_answered(report):
    shown = report["window"]
    assert "trouble" not in shown and shown["code"] == 0
    _, stage, answer, sources, *_ = shown["quoted"]
    assert "Answer ready" in stage and "3 mg/kg per dose" in answer
    assert QUESTION in answer and "<mark>" in sources
    assert "Passages found" in shown["search"]
    assert all("error" in shown[name][0] for name in ("no engine", "no role"))


def test_the_model_answered_and_stopped_in_the_window(sitting):
    shown = sitting.report["window"]
    if "written" not in shown:
        pytest.skip("the model is asked in the window of the other sitting")
    assert "Answer ready" in shown["written"][1] and 'href="#s' in shown["written"][2]
    assert "Stopped" in shown["stopped"][1]


def test_the_namespace_had_no_way_out(sitting):
    """What a library in C might try is seen by the kernel: it had no route for it."""
    report = sitting.report
    if report["routes"]:
        pytest.skip("this sitting ran outside an empty namespace")
    if report["after knocking"]["unrouted"] < 1:
        pytest.skip("this kernel does not count what had no route")
    assert report["unrouted"] == 0
