"""The egress guard: refuses, and counts, every try to leave this machine.

What is covered. Python's own sockets, in every thread, through the interpreter's audit
events: connecting (`connect`, `connect_ex`, `create_connection`, asyncio, httpx, urllib),
sending without a connection (`sendto`, `sendmsg`), and name look-ups (`getaddrinfo`,
`gethostbyname`, `gethostbyaddr`, `getnameinfo`). Only loopback addresses, the name
"localhost" and Unix-domain sockets pass; an address that can't be read is refused. An
audit hook can't be taken out again, so neither can the guard. The interpreter resolves a
name given to `connect`, `sendto` or `bind` before it raises the event, so these methods
of `socket.socket` are wrapped as well.

What is not covered. Sockets that a C library opens by itself (CUDA, gRPC, a database
driver, ctypes); the look-up of a name handed straight to the C class `_socket.socket`
(the connection itself is refused); other processes that this one starts (they get the variables of
`quiet_environment`, which ask well-behaved libraries to stay silent); sub-interpreters;
on Windows, connections that asyncio's overlapped input and output makes to a numeric
address (the look-up of a name is still refused). A tunnel or proxy that listens on
loopback looks like loopback. A firewall rule or an empty network namespace covers these.

It knows nothing of what is served or asked.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elara_local.errors import WrongUse

REMEMBERED = 100  # addresses kept by name; the count goes on
QUIET = {
    "DO_NOT_TRACK": "1",
    # A table of calls that Gradio sums up after each of them; put off, and pandas with it.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(sys.maxsize),
    "GRADIO_ANALYTICS_ENABLED": "False",  # Gradio compares with the word "True"
    "GRADIO_RUN_HISTORY": "False",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
}
UNWANTED = (
    "FORWARDED_ALLOW_IPS",
    "GRADIO_ALLOWED_PATHS",
    "GRADIO_DEBUG",
    "GRADIO_LOCAL_DEV_MODE",
    "GRADIO_MCP_SERVER",
    "GRADIO_NUM_WORKERS",
    "GRADIO_ROOT_PATH",
    "GRADIO_SERVER_NAME",
    "GRADIO_SERVER_PORT",
    "GRADIO_SHARE",
    "GRADIO_SHARE_SERVER_ADDRESS",
    "GRADIO_SSR_MODE",
    "GRADIO_VIBE_MODE",
    "GRADIO_WATCH_DIRS",
    "HF_ENDPOINT",
    "HF_TOKEN",
)


class EgressRefused(OSError):
    """A connection or look-up off this machine was tried and refused."""


@dataclass
class Ledger:
    """What was tried: `attempts` counts refusals, `tried` names their addresses.

    `allowed` holds the one clinic server that an administrator has named, as
    (numeric address, port); empty means that nothing may leave.
    """

    attempts: int = 0
    tried: list[str] = field(default_factory=list)
    allowed: frozenset[tuple[str, int]] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def refuse(self, event: str, target: object) -> None:
        """Count a try.

        Raises:
            EgressRefused: always.
        """
        name = _name(target)
        with self._lock:
            self.attempts += 1
            if len(self.tried) < REMEMBERED:
                self.tried.append(name)
        raise EgressRefused(f"Elara is offline: {event} to {name} was refused.")

    def allow(self, address: str, port: int) -> None:
        """Let one clinic server through, by its numeric address: no look-up is ever needed.

        Raises:
            WrongUse: `address` is a name or not an address, or the port is out of range.
        """
        try:
            known = str(ipaddress.ip_address(address))
        except ValueError as error:
            raise WrongUse(
                f"'{address}' is not a numeric address.",
                "Name the clinic server by its IP address, such as 192.168.1.20.",
            ) from error
        if not 0 < port < 65536:
            raise WrongUse(f"{port} is not a port.", "Give a number from 1 to 65535.")
        self.allowed = frozenset({(known, port)})


_installed: Ledger | None = None
_install_lock = threading.Lock()


def guard() -> Ledger:
    """Refuse everything but loopback from now on; a second call gives the same ledger."""
    global _installed
    with _install_lock:
        if _installed is None:
            ledger = Ledger()
            sys.addaudithook(_hook(ledger))
            for name in ("connect", "connect_ex", "sendto", "sendmsg", "bind"):
                if hasattr(socket.socket, name):  # sendmsg is missing on Windows
                    setattr(socket.socket, name, _checked(ledger, name))
            _installed = ledger
        return _installed


def is_guarded() -> bool:
    """Tell whether the guard is in place: nothing may then be fetched."""
    return _installed is not None


def quiet_environment(
    temp: Path | None = None, environment: MutableMapping[str, str] | None = None
) -> None:
    """Set what keeps libraries silent and remove what makes them open up.

    To be called before Gradio or a Hugging Face library is imported: they read their
    variables once. `temp` is the private folder for what must touch the disk.
    """
    variables: MutableMapping[str, str] = os.environ if environment is None else environment  # noqa: TID251
    for name in UNWANTED:
        variables.pop(name, None)
    variables.update(QUIET)
    if temp is not None:
        variables["GRADIO_TEMP_DIR"] = str(temp)


def _hook(ledger: Ledger) -> Callable[[str, tuple[Any, ...]], None]:
    checks: dict[str, Callable[[Ledger, str, tuple[Any, ...]], None]] = {
        "socket.connect": _check_socket,
        "socket.sendto": _check_socket,
        "socket.sendmsg": _check_socket,
        "socket.getaddrinfo": _check_lookup,
        "socket.gethostbyname": _check_name,
        "socket.gethostbyaddr": _check_name,
        "socket.getnameinfo": _check_lookup_address,
    }

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is not None:
            check(ledger, event, arguments)

    return hook


def _checked(ledger: Ledger, name: str) -> Callable[..., Any]:
    """Wrap a method of the socket class, so that its address is read before it is resolved."""
    original: Callable[..., Any] = getattr(socket.socket, name)

    @functools.wraps(original)
    def method(channel: socket.socket, *arguments: Any) -> Any:
        address = _address(name, arguments)
        if name == "bind":
            if isinstance(address, tuple) and not _is_numeric(address[0]):
                _check_name(ledger, "socket.bind", address)
        elif address is not None:
            _check_socket(ledger, f"socket.{name}", (channel, address))
        return original(channel, *arguments)

    return method


def _address(name: str, arguments: tuple[Any, ...]) -> Any:
    if name == "sendmsg":
        return arguments[3] if len(arguments) > 3 else None
    return arguments[-1] if arguments else None  # connect(a), bind(a), sendto(data[, flags], a)


def _is_numeric(host: object) -> bool:
    """True for an address in digits and for the empty name, which means every interface."""
    try:
        return _plain(host) == "" or bool(ipaddress.ip_address(_plain(host)))
    except ValueError:
        return False


def _check_socket(ledger: Ledger, event: str, arguments: tuple[Any, ...]) -> None:
    channel, address = arguments[0], arguments[1]
    if address is None:  # sendmsg on a socket whose connect was checked
        return
    family = getattr(channel, "family", None)
    if family == getattr(socket, "AF_UNIX", object()):
        return
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        ledger.refuse(event, address)
    if not _is_local(address[0]) and (_plain(address[0]), address[1]) not in ledger.allowed:
        ledger.refuse(event, address)


def _check_lookup(ledger: Ledger, event: str, arguments: tuple[Any, ...]) -> None:
    host, port = arguments[0], arguments[1]
    if host is not None and not _is_local(host) and not _is_allowed(ledger, host, port):
        ledger.refuse(event, host)


def _check_name(ledger: Ledger, event: str, arguments: tuple[Any, ...]) -> None:
    if not _is_local(arguments[0]):
        ledger.refuse(event, arguments[0])


def _check_lookup_address(ledger: Ledger, event: str, arguments: tuple[Any, ...]) -> None:
    address = arguments[0]
    if not isinstance(address, tuple) or not _is_local(address[0]):
        ledger.refuse(event, address)


def _is_allowed(ledger: Ledger, host: object, port: object) -> bool:
    return any(_plain(host) == address and str(port) == str(p) for address, p in ledger.allowed)


def _is_local(host: object) -> bool:
    """True for "localhost" and for loopback addresses in their usual spelling, else False."""
    name = _plain(host)
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _plain(host: object) -> str:
    if isinstance(host, bytes | bytearray):
        return host.decode("ascii", "replace").casefold()
    return host.casefold() if isinstance(host, str) else ""


def _name(target: object) -> str:
    host = target[0] if isinstance(target, tuple) and target else target
    text = _plain(host) or repr(host)
    if isinstance(target, tuple) and len(target) > 1:
        text = f"{text}:{target[1]}"
    return "".join(c for c in text if c.isprintable())[:200]
