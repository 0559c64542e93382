"""Gradio made quiet and closed, mounted behind the guard.

Everything Gradio would do of its own accord (count its users, keep a history of runs in the
browser, share, reload, watch, serve its own documentation) is turned off here, before it is
imported and again when it is mounted. This module knows no question, no answer and no
layout: it takes a finished page.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.ui.guard import HEALTH, Guard

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

UI = Path(__file__).resolve().parent
STYLE = UI / "style.css"
KEYS = UI / "keys.js"
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
# Variables that would open Gradio to others or make it write: taken out before its import.
UNWANTED = (
    "GRADIO_SHARE",
    "GRADIO_VIBE_MODE",
    "GRADIO_SERVER_NAME",
    "GRADIO_ALLOWED_PATHS",
    "GRADIO_MCP_SERVER",
    "GRADIO_SSR_MODE",
    "GRADIO_LOCAL_DEV_MODE",
    "GRADIO_ROOT_PATH",
    "GRADIO_DEBUG",
    "GRADIO_WATCH_DIRS",
    "GRADIO_NUM_WORKERS",
    "GRADIO_NODE_SERVER_NAME",
    "GRADIO_EXAMPLES_CACHE",
    "FORWARDED_ALLOW_IPS",
)
WANTED = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def quieten(temp: Path) -> None:
    """Set what Gradio reads at import: nothing shared, nothing counted, files in `temp` only.

    Other modules read settings from settings.py; a library that reads the environment by
    itself can be told in no other way, so the environment is written here and nowhere else.
    """
    for name in UNWANTED:
        os.environ.pop(name, None)  # noqa: TID251
    os.environ.update(WANTED, GRADIO_TEMP_DIR=str(temp))  # noqa: TID251
    tempfile.tempdir = str(temp)


def make_private(folder: Path) -> None:
    """Make `folder` an empty folder that only this user can open."""
    wipe(folder)
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def wipe(folder: Path) -> None:
    """Remove `folder` and all in it; what another program still holds open is left."""
    shutil.rmtree(folder, ignore_errors=True)


def mount(page: gr.Blocks, port: int, token: str, closed: Sequence[Path]) -> Guard:
    """Return the guarded ASGI application of `page` at http://127.0.0.1:`port`/.

    `closed` names the folders that no request may read a file from, whatever Gradio thinks.
    """
    import gradio as gr
    from fastapi import FastAPI

    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_health(inner)
    page.queue(max_size=WAITING, default_concurrency_limit=1)
    outer: Any = gr.mount_gradio_app(
        inner,
        page,
        path="/",
        server_name="127.0.0.1",
        server_port=port,
        allowed_paths=[],
        blocked_paths=[str(folder) for folder in closed],
        max_file_size="1mb",
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        theme=_theme(),
        css=STYLE.read_text(encoding="utf-8"),
        head=f"<script>{KEYS.read_text(encoding='utf-8')}</script>",
    )
    return Guard(outer, port, token)


def _add_health(app: FastAPI) -> None:
    async def health() -> dict[str, str]:
        return {"name": "elara", "state": "ready"}

    app.add_api_route(HEALTH, health, methods=["GET"])


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
