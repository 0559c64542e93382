"""Gradio made quiet and closed, mounted behind the guard.

Everything Gradio would do of its own accord (count its users, keep a history of runs in the
browser, share, reload, watch, serve its own documentation) is turned off here, before it is
imported and again when it is mounted. This module knows no question, no answer and no
layout: it takes a finished page.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.offline import quiet_environment
from elara_local.ui.bodies import LONGEST_FILE
from elara_local.ui.guard import HEALTH, Guard
from elara_local.ui.reading import ROUTE, Reader, read_wanted

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

UI = Path(__file__).resolve().parent
STYLE = UI / "style.css"
SCRIPTS = (UI / "keys.js", UI / "reader.js")
SITTINGS = 8  # open pages whose history is held in memory; the oldest goes first
WAITING = 8  # questions in the queue before the next one is told to come back
FAMILY = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "Ubuntu",
    "Helvetica Neue",
    "Arial",
    "sans-serif",
)


def quieten(temp: Path) -> None:
    """Make Gradio silent, and `temp` the only folder it writes to. Call before its import."""
    quiet_environment(temp)


def make_private(folder: Path) -> None:
    """Make `folder` an empty folder that only this user can open."""
    wipe(folder)
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def wipe(folder: Path) -> None:
    """Remove `folder` and all in it; what another program still holds open is left."""
    shutil.rmtree(folder, ignore_errors=True)


def mount(
    page: gr.Blocks,
    port: int,
    token: str,
    closed: Sequence[Path],
    look: str = "system",
    reader: Reader | None = None,
) -> Guard:
    """Return the guarded ASGI application of `page` at http://127.0.0.1:`port`/.

    `closed` names the folders that no request may read a file from, whatever Gradio thinks.
    `look` is "light", "dark" or "system"; `reader` shows where quoted words stand.
    """
    import gradio as gr
    from fastapi import FastAPI

    _tidy_uploads()
    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_health(inner)
    if reader is not None:
        _add_reading(inner, reader)
    page.state_session_capacity = SITTINGS
    page.queue(max_size=WAITING, default_concurrency_limit=1)
    outer: Any = gr.mount_gradio_app(
        inner,
        page,
        path="/",
        server_name="127.0.0.1",
        server_port=port,
        allowed_paths=[],
        blocked_paths=[str(folder) for folder in closed],
        max_file_size=LONGEST_FILE,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        theme=_theme(),
        head=_head(look),
    )
    # A mounted page is not "launched", and Gradio then takes any path for an upload's.
    page.has_launched = True
    return Guard(outer, port, token)


@cache
def _tidy_uploads() -> None:
    """Let an upload that is broken off leave nothing; Gradio would keep what came until then."""
    from gradio.route_utils import GradioMultiPartParser as Parser

    parse = Parser.parse

    async def parse_or_tidy(self: Any) -> Any:
        try:
            return await parse(self)
        except BaseException:
            for file in self._files_to_close_on_error:
                file.close()
                Path(file.name).unlink(missing_ok=True)
            raise

    Parser.parse = parse_or_tidy


def _add_health(app: FastAPI) -> None:
    async def health() -> dict[str, str]:
        return {"name": "elara", "state": "ready"}

    app.add_api_route(HEALTH, health, methods=["GET"])


def _add_reading(app: FastAPI, reader: Reader) -> None:
    from fastapi import Request

    def show(request: Request) -> dict[str, Any]:
        return reader.show(read_wanted(request.query_params))

    show.__annotations__["request"] = Request  # this module's annotations are words
    app.add_api_route(ROUTE, show, methods=["GET"])


def _head(look: str) -> str:
    """Return style, keys and the chosen look for the page's head.

    Gradio would rewrite a style given as `css` and put its media queries first, so that they
    never win; in the head it stays as written.
    """
    chosen = look if look in ("light", "dark") else "system"
    style, *scripts = (path.read_text(encoding="utf-8") for path in (STYLE, *SCRIPTS))
    keys = "\n".join(scripts)
    return f'<style>{style}</style><script>window.elaraLook="{chosen}";\n{keys}</script>'


def _theme() -> Any:
    """Return a theme with the fonts of the system; no font is fetched, not even from ourselves."""
    import gradio as gr

    fonts = [gr.themes.Font(name) for name in FAMILY]
    mono = [gr.themes.Font(name) for name in ("ui-monospace", "Consolas", "monospace")]
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="md",
        text_size="lg",
        font=fonts,
        font_mono=mono,
    )
