"""Bodies that are too long are cut off, whatever they say of themselves."""

import asyncio

import pytest

from elara_local.ui.bodies import Measured, judge_length


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ([], 0),
        ([b"10"], 0),
        ([b"11"], 413),
        ([b"9" * 400], 413),
        ([b"-1"], 400),
        ([b"1e9"], 400),
        ([b"+5"], 400),
        (["٣".encode()], 400),
        ([b""], 400),
        ([b"5", b"5"], 400),
    ],
)
def test_a_declared_length_is_judged(declared, status):
    headers = [(b"Content-Length", value) for value in declared]
    assert judge_length({"headers": headers}, 10) == status


def run(chunks, limit, app):
    """Send chunks to an application behind the measure; return the messages that came out."""
    waiting = [{"type": "http.request", "body": c, "more_body": True} for c in chunks]
    sent = []

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(Measured(app, limit).run({}, receive, send))
    return sent


class Reading:
    """An application that reads to the end, then answers."""

    def __init__(self, fails=False, early=False):
        self.got, self.fails, self.early = b"", fails, early

    async def __call__(self, scope, receive, send):
        if self.early:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        while (message := await receive())["type"] == "http.request":
            self.got += message["body"]
        if self.fails:
            raise RuntimeError("the other side has gone")
        if not self.early:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


def test_a_body_within_the_limit_passes():
    app = Reading()
    sent = run([b"12345", b"67890"], 10, app)
    assert app.got == b"1234567890" and sent[0]["status"] == 200


@pytest.mark.parametrize("fails", [False, True])
def test_a_longer_body_is_cut_and_refused_once(fails):
    app = Reading(fails)
    sent = run([b"12345", b"678901", b"more"], 10, app)
    assert app.got == b"12345"
    assert [m.get("status") for m in sent] == [413, None]
    assert b"too long" in sent[1]["body"]


def test_an_answer_that_had_begun_is_not_followed_by_another():
    sent = run([b"12345678901"], 10, Reading(early=True))
    assert [m.get("status") for m in sent] == [200]


def test_an_error_of_the_application_is_not_hidden():
    with pytest.raises(RuntimeError):
        run([b"1"], 10, Reading(fails=True))
