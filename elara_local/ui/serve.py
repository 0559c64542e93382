"""From settings to an open window, and back to nothing left behind.

take the lock (or open the window that is there) → wipe the private folder → load Gradio and
the assistant side by side → listen on 127.0.0.1 → open the browser → wait → stop answers,
close, wipe, give the lock back. It knows no panel and no event.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from elara_local.drawing import Drawing
from elara_local.errors import ElaraError
from elara_local.roles import LANGUAGES
from elara_local.settings import Settings, child_environment
from elara_local.ui.app import make_private, mount, quieten, wipe
from elara_local.ui.conversion import Conversion
from elara_local.ui.desk import Desk
from elara_local.ui.instance import NOTE, Instance, Window
from elara_local.ui.library_tab import Library
from elara_local.ui.models_tab import Models
from elara_local.ui.panels import Choices
from elara_local.ui.reading import Reader
from elara_local.ui.waiting import WaitingRoom
from elara_local.ui.workshop import Workshop

if TYPE_CHECKING:
    from elara_local.assemble import Elara

GRACE = 1  # second that open connections get when the window closes
LOOPBACK = "127.0.0.1"


def say_line(line: str) -> None:
    """Write one line to the terminal at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve(
    settings: Settings,
    open_browser: bool = True,
    say: Callable[[str], None] = say_line,
    open_elara: Callable[[Settings], Elara] | None = None,
) -> int:
    """Open the window and wait until it is closed; 0 when all went well.

    `say` takes lines for the terminal; `open_browser` shows the address in the user's
    browser; `open_elara` puts the assistant together, `assemble.assemble` unless given.

    Raises:
        ElaraError: something needed is missing, or another window does not answer.
    """
    instance = Instance(settings.home)
    if not instance.take():
        return _open_other(instance, open_browser, say)
    make_private(settings.temp)
    try:
        quieten(settings.temp)
        tempfile.tempdir = str(settings.temp)  # for every library here
        elara = _load(settings, open_elara, say)
        try:
            _run(settings, elara, instance, open_browser, say)
        finally:
            elara.close()
    finally:
        tempfile.tempdir = None
        wipe(settings.temp)
        instance.leave()
    return 0


def _open_other(instance: Instance, browser: bool, say: Callable[[str], None]) -> int:
    window = instance.find()
    if window is None:
        raise ElaraError(
            "Elara is already running but does not answer.",
            "Wait a minute and start again; if it stays so, end the other Elara first.",
        )
    say(f"Elara is already open: {window.address}")
    if browser:
        webbrowser.open(window.address)
    return 0


def _load(
    settings: Settings,
    open_elara: Callable[[Settings], Elara] | None,
    say: Callable[[str], None],
) -> Elara:
    """Load the assistant while Gradio is imported."""
    say("Loading the index and the window.")
    with ThreadPoolExecutor(1) as side:
        loading = side.submit(open_elara or _assemble, settings)
        import_module("gradio")
        return loading.result()


def _assemble(settings: Settings) -> Elara:
    from elara_local.assemble import assemble

    return assemble(settings)


def _run(
    settings: Settings,
    elara: Elara,
    instance: Instance,
    browser: bool,
    say: Callable[[str], None],
) -> None:
    import uvicorn

    from elara_local.ui.page import build_page

    desk = Desk(elara)
    workshop = Workshop(elara.reload, child_environment(settings))
    library = Library(workshop, WaitingRoom(settings.temp / "waiting"))
    listener = listen(settings.port)
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(32)
    models = Models(Conversion(child_environment(settings)), elara, settings.home)
    page = build_page(elara, desk, choose(settings, elara), library, settings.home, models)
    closed = (settings.library, settings.home / NOTE, *settings.model_folders)
    drawing = Drawing()
    reader = Reader(lambda: elara.index, drawing)
    app = mount(page, port, token, closed, settings.theme, reader)
    server = uvicorn.Server(uvicorn.Config(app, **uvicorn_settings()))
    _stop_first(server, desk, page, drawing)
    window = instance.tell(port, token)
    if settings.port not in (0, port):
        say(f"Port {settings.port} is in use by another program, so Elara took {port}.")
    opening = threading.Thread(target=_greet, args=(server, elara, window, browser, say))
    opening.start()
    try:
        with _closing_on_signals(server):
            asyncio.run(server.serve(sockets=[listener]))
    finally:
        desk.stop_all()
        workshop.close()
        models.conversion.close()
        drawing.close()
        server.should_exit = True
        opening.join(timeout=GRACE)
        page.close(verbose=False)
        listener.close()


def _stop_first(server: Any, desk: Desk, page: Any, drawing: Drawing) -> None:
    """On closing, end answers, drawing and heartbeats before the server waits for anyone."""
    shutdown = server.shutdown

    async def stop_and_shutdown(sockets: list[socket.socket] | None = None) -> None:
        desk.stop_all()
        drawing.close()
        page.app.stop_event.set()
        await shutdown(sockets)

    server.shutdown = stop_and_shutdown


def _greet(
    server: Any, elara: Elara, window: Window, browser: bool, say: Callable[[str], None]
) -> None:
    """Once the server answers, print the address, open the browser and load the model."""
    pause = threading.Event()
    while not server.started:
        if server.should_exit:
            return
        pause.wait(0.02)
    say(f"Elara is open: {window.address}")
    say("Close it with Ctrl+C here.")
    if browser:
        webbrowser.open(window.address)
    elara.retriever.search("fever", 1)  # the first search reads the index from the disk
    elara.warm()


@contextmanager
def _closing_on_signals(server: Any) -> Iterator[None]:
    """Let Ctrl+C, an end of session and a closed terminal all end in an orderly way.

    Uvicorn raises again what it caught, which would end the process before the private
    folder is wiped; these handlers take it instead.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # the last two not on every system
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {
        number: signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        for number in numbers
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def choose(settings: Settings, elara: Elara) -> Choices:
    """Return what is chosen when the page opens."""
    return Choices(
        role=settings.role,
        language=settings.language if settings.language in LANGUAGES else "en",
        generators=tuple(elara.assistant.generators),
        generator=elara.facts.default_generator,
    )


def listen(port: int) -> socket.socket:
    """Return a listening socket on loopback: the port asked for, or a free one."""
    for wanted in (port, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.bind((LOOPBACK, wanted))
        except OSError:
            listener.close()
            continue
        listener.listen(128)
        return listener
    raise ElaraError("No port of this machine is free.", "Close other programs and start again.")


def uvicorn_settings() -> dict[str, Any]:
    """Return the server's settings: no log of addresses (the first one holds the token)."""
    return {
        "host": LOOPBACK,
        "timeout_graceful_shutdown": GRACE,
        "access_log": False,
        "log_level": "critical",
        "log_config": None,
        "proxy_headers": False,
        "server_header": False,
        "date_header": False,
        "ws": "auto",
    }
