"""How long the body of a request may be, counted as it comes and not only as it is declared.

What is covered: a declared length that is too long, twice there or no number; a body without
a declared length, or longer than declared, which is cut off while it comes, so that no route
ever sees more than the limit.
What is not covered: the length of one file inside an upload and how many there are; Gradio's
own limit and the waiting room bound these.

This module knows ASGI and neither Gradio nor tokens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LONGEST = 4 * 1024**2  # bytes; a question of 100,000 letters needs a tenth of it
LONGEST_FILE = 200 * 1024**2  # bytes of one uploaded file
LONGEST_UPLOAD = 1024**3  # bytes of one upload, with all its files
TOO_LONG = 413
WRONG_LENGTH = 400


def judge_length(scope: Scope, limit: int) -> int:
    """Return 0 when the declared length may pass, else the status to refuse with.

    A body without a declared length passes here; `Measured` counts it.
    """
    declared = [value for key, value in scope["headers"] if key.lower() == b"content-length"]
    if not declared:
        return 0
    if len(declared) > 1 or not declared[0].isdigit():
        return WRONG_LENGTH
    return TOO_LONG if len(declared[0]) > 15 or int(declared[0]) > limit else 0


class Measured:
    """Hands a request's body to `app` until it is longer than `limit` bytes; answers 413 then.

    From there on the application is told that the other side has gone, and what it still
    sends or raises is dropped: an answer that began before the body had come stays as it is.
    """

    def __init__(self, app: App, limit: int) -> None:
        self._app = app
        self._limit = limit
        self._taken = 0
        self._begun = False
        self._cut = False

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application on this one request."""

        async def measured() -> Message:
            if self._cut:
                return {"type": "http.disconnect"}
            message = await receive()
            self._taken += len(message.get("body", b""))
            if self._taken <= self._limit:
                return message
            self._cut = True
            await self._refuse(send)
            return {"type": "http.disconnect"}

        async def sent(message: Message) -> None:
            if not self._cut:
                self._begun = True
                await send(message)

        try:
            await self._app(scope, measured, sent)
        except Exception:
            if not self._cut:  # whatever it says of a connection that ended is our own doing
                raise

    async def _refuse(self, send: Send) -> None:
        if self._begun:
            return
        body = b"Refused: too long."
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": TOO_LONG, "headers": headers})
        await send({"type": "http.response.body", "body": body})
