"""A real browser for the tests of the window: pages that may not leave loopback."""

import os
import shutil
import subprocess
import tarfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from elara_local.assemble import assemble
from elara_local.errors import Missing

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run", "--disable-dev-shm-usage"]  # fmt: skip
SHOTS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
WIDTHS = {1280: 860, 390: 844}


SLOW = 120_000  # milliseconds: a busy machine drafts a few words a second


@contextmanager
def open_browser():
    """Start Chromium, or skip the test that asked for it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def visiting(window, chromium):
    """Open pages; at the end of the test nothing may have left loopback or gone wrong."""
    opened, outside, wrong = [], [], []

    def watch(route):
        if route.request.url.startswith((window.origin, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    def open_page(width=1280, scheme="light", height=None, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": height or WIDTHS.get(width, 800)},
            color_scheme=scheme,
            **options,
        )
        context.set_default_timeout(SLOW)
        opened.append(context)
        context.route("**/*", watch)
        page = context.new_page()
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(window.address)
        page.wait_for_selector("#question textarea")
        page.wait_for_selector("[role=status].only-read", state="attached")
        return page

    yield open_page
    for context in opened:
        context.close()
    assert outside == [] and wrong == []


def ask(page, text, outcome="Answer ready"):
    page.fill("#question textarea", text)
    page.press("#question textarea", "Enter")
    page.wait_for_function(
        "text => document.querySelector('#answer .asked bdi')?.textContent === text", arg=text
    )
    page.wait_for_selector(f"#stage .outcome:has-text('{outcome}')")


def ask_endless(page):
    """Ask what is never answered, and wait until what was found is shown."""
    page.fill("#question textarea", "endless")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#sources .source")
    page.wait_for_selector("#stage .working:has-text('Choosing')")
    page.wait_for_selector("#stop:not([disabled])")  # a click waits for this, a key does not


def open_tab(page, name):
    """Open a tab; on a narrow screen it may be behind "More tabs"."""
    page.wait_for_selector("[role=tab]:visible")
    tab = page.locator(f"[role=tab]:has-text('{name}')")
    if tab.count() and tab.first.is_visible():
        tab.first.click()
        return
    page.click(".overflow-menu > button")
    page.click(f".overflow-dropdown button:has-text('{name}')")


def tab_to(page, selector, steps=60):
    """Press Tab until the focus is in `selector`."""
    for _ in range(steps):
        if page.evaluate("s => !!document.activeElement.closest(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never reaches {selector}")


def assemble_or_skip(settings):
    """Return the real assistant, or skip where something of it is not installed."""
    try:
        return assemble(settings)
    except Missing as error:
        pytest.skip(str(error))


def shoot(page, name):
    if os.environ.get("ELARA_SCREENSHOTS"):
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(300)
        page.screenshot(path=SHOTS / f"{name}.png")


def has_room(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def pack_axe(folder):
    """Return the source of axe-core, packed from npm into a temporary folder, or skip."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed, so axe-core can't be had")
    command = ["npm", "pack", "axe-core@4", "--silent"]
    packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    if packed.returncode:
        pytest.skip("npm can't fetch axe-core: no network")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        return archive.extractfile("package/axe.min.js").read().decode("utf-8")


def check_axe(page, state):
    """Fail where axe-core, once it is in the page, finds something serious."""
    page.wait_for_timeout(200)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (v["id"], v["impact"], [node["html"][:200] for node in v["nodes"][:3]])
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == [], state
