"""One whole sitting in a process of its own: asked in the terminal and in the window.

`python -m tests.sitting QUESTION [--quick]` asks by `ask` (quotes and the model) and `search`,
then opens the real window, asks there as a page does, lets questions fail, stops one, and
closes; `--quick` leaves the model out of the window. Its only line on stdout is one JSON
object: what was answered, what the ledger counted, and what a witness saw that is none of
Elara's (an audit hook of its own, set before anything is imported, and the kernel's count of
packets for which there was no route).
"""

import sys

WITNESSED = []


def witness(event, arguments):
    """Note every connection and look-up that is not for this machine."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        target = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        target = arguments[0]
    else:
        return
    host = target[0] if isinstance(target, tuple) else target
    if host not in (None, "localhost", "::1") and not str(host).startswith(("127.", "/")):
        WITNESSED.append(f"{event} {host}")


sys.addaudithook(witness)

import contextlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import subprocess  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from elara_local.cli import main  # noqa: E402
from elara_local.offline import guard  # noqa: E402

KNOCK = "import socket; s = socket.socket(); s.settimeout(1); s.connect(('192.0.2.1', 9))"


class Terminal(io.StringIO):
    """What was printed, readable while the program runs."""

    def wait_for(self, pattern, seconds=90):
        """Wait until the pattern was printed and return the match."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.getvalue())):
            if time.monotonic() > end:
                raise TimeoutError(self.getvalue())
            time.sleep(0.02)
        return found


def run(*arguments):
    """Run a command of the terminal in this process; return (code, what it printed)."""
    printed = Terminal()
    with contextlib.redirect_stdout(printed):
        code = main(list(arguments))
    return code, printed.getvalue()


def ask_in_terminal(question):
    """Ask with both generators and search; return what each answer said."""
    answers = {}
    for name in ("quoting", "llama.cpp"):
        asked = ["ask", question, "--role", "emergency", "--generator", name, "--json"]
        code, printed = run(*asked)
        answers[name] = {"code": code, **json.loads(printed)}
    code, printed = run("search", question, "--json")
    answers["search"] = {"code": code, **json.loads(printed)}
    return answers


def ask_in_window(question, written):
    """Open the window, sit at it in a second thread, close it; return what it showed."""
    printed, shown = Terminal(), {}
    guest = threading.Thread(target=sit, args=(question, written, printed, shown))
    with contextlib.redirect_stdout(printed):
        guest.start()
        shown["code"] = main(["serve", "--no-browser", "--port", "0"])
    guest.join(30)
    return shown


def sit(question, written, printed, shown):
    """What a page does: ask, let fail, search, stop, leave."""
    try:
        import gradio_client

        origin, token = printed.wait_for(r"(http://127\.0\.0\.1:\d+)/\?t=(\S+)").groups()
        page = gradio_client.Client(
            origin, headers={"Authorization": f"Bearer {token}"}, verbose=False
        )
        shown["quoted"] = ask(page, question, "quoting")
        shown["no engine"] = ask(page, question, "no such engine")
        shown["no role"] = ask(page, question, "quoting", role="wizard")
        shown["search"] = page.predict(question, "en", api_name="/search")
        if written:
            shown["written"] = ask(page, question, "llama.cpp", "emergency")
            job = page.submit(question, "emergency", "en", "llama.cpp", api_name="/ask")
            while not any("<article" in str(o[3]) for o in job.outputs()) and not job.done():
                time.sleep(0.01)
            page.predict(api_name="/stop")
            job.result(timeout=60)
            shown["stopped"] = job.outputs()[-1]
        page.close()
    except BaseException as error:  # noqa: BLE001 - told to the test, which fails
        shown["trouble"] = f"{type(error).__name__}: {error}"
    finally:
        signal.raise_signal(signal.SIGINT)


def ask(page, question, generator, role="professional"):
    """Ask as the page does; return the last state of the panels, or the error it was told."""
    job = page.submit(question, role, "en", generator, api_name="/ask")
    try:
        job.result(timeout=90)
    except Exception as error:  # noqa: BLE001 - an error that the page shows
        return [f"error: {error}"]
    return job.outputs()[-1]


def count_unrouted():
    """Packets of this network namespace that had no route, as the kernel counts; -1 unknown."""
    try:
        lines = Path("/proc/net/snmp").read_text(encoding="ascii").splitlines()
        names, values = (line.split() for line in lines if line.startswith("Ip:"))
        six = Path("/proc/net/snmp6").read_text(encoding="ascii").split()
        found = int(dict(zip(names, values, strict=True))["OutNoRoutes"])
        return found + int(six[six.index("Ip6OutNoRoutes") + 1])
    except (OSError, ValueError, KeyError):
        return -1


def list_routes():
    """The lines of the kernel's IPv4 table of routes; empty means that nothing is reachable."""
    table = Path("/proc/net/route")
    return table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else ["unknown"]


def knock(ledger):
    """Try to leave, so that the test knows that a try would have been counted."""
    before = count_unrouted()
    with contextlib.suppress(OSError):
        socket.getaddrinfo("elara.invalid", 80)
    with contextlib.suppress(OSError), socket.socket() as channel:
        channel.connect(("192.0.2.1", 9))
    if not list_routes():
        subprocess.run([sys.executable, "-c", KNOCK], capture_output=True, timeout=30)
    return {
        "ledger": ledger.attempts,
        "witness": list(WITNESSED),
        "unrouted": count_unrouted() - before,
    }


def main_sitting(question, written):
    """Hold the sitting and print what came of it."""
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    ledger = guard()
    unrouted = count_unrouted()
    report = {"terminal": ask_in_terminal(question), "window": ask_in_window(question, written)}
    report |= {"attempts": ledger.attempts, "tried": ledger.tried, "witnessed": list(WITNESSED)}
    report |= {"unrouted": count_unrouted() - unrouted, "routes": list_routes()}
    report["after knocking"] = knock(ledger)
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main_sitting(sys.argv[1], "--quick" not in sys.argv)
