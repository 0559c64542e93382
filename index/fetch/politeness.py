"""The one client of all fetchers: paced, patient, bounded, and only to the hosts named here.

What is covered. The pace of each host (index.fetch.pace). Retries with exponential back-off
and full jitter (tenacity) after 408, 425, 429, 5xx, a connection that fails or breaks off, a
time-out, and any answer that its reader calls `Unusable` (cut short, an HTML page, an error
inside a 200) or that trips its reader up. `Retry-After` in seconds or as a date: the whole
host then rests. The size of an answer after unpacking. Redirects are not followed. Only https
to the hosts of HOSTS.
What is not covered. robots.txt; a server that asks for less than its documented limit
without saying so; requests that other programs of this machine send to the same host.

It knows no protocol: a reader makes a value of an answer, or refuses it.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from elara_local.errors import ElaraError, WrongUse
from elara_local.offline import is_guarded
from index.fetch.pace import Limit, Pace

if TYPE_CHECKING:
    import httpx

Value = TypeVar("Value")
PASSING = frozenset({408, 425, 429})  # and every 5xx: worth asking again
AGAIN = "Run the same command again: it goes on where it stopped."

# Name -> (address, limit). Limits: E-utilities 3 requests a second, 10 with a key
# (support.nlm.nih.gov KA-05317); the others are well below what their owners state:
# StackExchange bans above 30 a second, MedlinePlus asks for at most 100 a minute.
HOSTS: Mapping[str, tuple[str, Limit]] = {
    "entrez": ("https://eutils.ncbi.nlm.nih.gov/entrez/eutils/", Limit(3)),
    "pmc": ("https://pmc-oa-opendata.s3.amazonaws.com/", Limit(10)),
    "stackexchange": ("https://api.stackexchange.com/2.3/", Limit(2)),
    "medlineplus": ("https://medlineplus.gov/", Limit(1)),
}
WITH_KEY: Mapping[str, Limit] = {"entrez": Limit(10)}


class Unusable(Exception):
    """An answer that may be right when it is asked for again; `rest` in seconds."""

    def __init__(self, reason: str, rest: float = 0.0) -> None:
        super().__init__(reason)
        self.rest = rest


class Refused(Exception):
    """A refusal that stays: a 3xx or 4xx, or an answer that is too large."""

    def __init__(self, reason: str, status: int = 0, body: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.body = body


class GaveUp(ElaraError):
    """No usable answer after every try; what was committed stays."""


@dataclass(frozen=True)
class Manners:
    """How patiently one request is repeated; seconds and bytes."""

    attempts: int = 6
    first_wait: float = 1.0  # the longest wait before the second try; doubles, with full jitter
    longest_wait: float = 60.0
    longest_rest: float = 900.0  # a host that asks for more is asked another day
    timeout: float = 60.0  # for a connection, and between two pieces of an answer
    patience: float = 300.0  # for a whole answer
    most_bytes: int = 64_000_000


@dataclass(frozen=True)
class Question:
    """One request; `form` is sent in the body by POST, `params` in the address."""

    host: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Answer:
    """A 200 with its whole body, unpacked."""

    body: bytes
    kind: str  # the content type, lower case


class PoliteClient:
    """Asks one question at a time per place; `requests` and `retries` count what was sent."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        bases: Mapping[str, str],
        paces: Mapping[str, Pace],
        manners: Manners,
    ) -> None:
        self._http = http
        self._bases = bases
        self._paces = paces
        self._manners = manners
        self.requests = 0
        self.retries = 0

    def rest(self, host: str, seconds: float) -> None:
        """Leave a host alone for so many seconds.

        Raises:
            GaveUp: it asks for longer than anyone should sit and wait.
        """
        if seconds > self._manners.longest_rest:
            raise GaveUp(f"{host} asks to be left alone for {seconds:.0f} seconds.", AGAIN)
        self._paces[host].rest(seconds)

    async def ask(self, question: Question, read: Callable[[Answer], Value]) -> Value:
        """Return what `read` makes of the answer, asking again while it may help.

        Raises:
            Refused: the host refuses for good.
            GaveUp: every try failed.
        """
        import tenacity

        manners = self._manners
        trying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(manners.attempts),
            wait=tenacity.wait_random_exponential(manners.first_wait, manners.longest_wait),
            retry=tenacity.retry_if_exception_type(Unusable),
            reraise=True,
        )
        try:
            return await trying(self._ask_once, question, read)
        except Unusable as error:
            raise GaveUp(
                f"{question.host} gave no usable answer in {manners.attempts} tries: {error}.",
                AGAIN,
            ) from error

    async def _ask_once(self, question: Question, read: Callable[[Answer], Value]) -> Value:
        try:
            return _make(read, await self._send(question))
        except Unusable as error:
            self.retries += 1
            if error.rest:
                self.rest(question.host, error.rest)
            raise

    async def _send(self, question: Question) -> Answer:
        import httpx

        url = self._bases[question.host] + question.path
        try:
            async with self._paces[question.host].turn() as answered:
                self.requests += 1
                async with (
                    asyncio.timeout(self._manners.patience),
                    self._http.stream(
                        "GET" if question.form is None else "POST",
                        url,
                        params=dict(question.params) or None,
                        data=question.form,
                    ) as response,
                ):
                    answered()
                    body = await self._read_body(response)
        except TimeoutError as error:
            raise Unusable("no whole answer in time") from error
        except httpx.HTTPError as error:
            raise Unusable(type(error).__name__) from error
        _check_status(response, body)
        return Answer(body, response.headers.get("content-type", "").casefold())

    async def _read_body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self._manners.most_bytes:
                raise Refused(f"the answer is larger than {self._manners.most_bytes:,} bytes")
        return bytes(body)


@asynccontextmanager
async def open_client(
    limits: Mapping[str, Limit],
    manners: Manners,
    contact: str = "",
    bases: Mapping[str, str] | None = None,
) -> AsyncIterator[PoliteClient]:
    """Yield a client for the hosts named in `limits`.

    `bases` puts other addresses in place of HOSTS: https, or http on this very machine.

    Raises:
        WrongUse: this process is guarded against leaving the machine, or an address is neither.
    """
    import httpx

    addresses = {name: (bases or {}).get(name, HOSTS[name][0]) for name in limits}
    local = set(map(_check_address, addresses.values())) == {True}
    if is_guarded() and not local:
        raise WrongUse(
            "This process may not leave the machine, so nothing can be fetched.",
            "Fetch with `index fetch`, on a machine that has internet.",
        )
    agent = f"elara-local-fetch ({contact})" if contact else "elara-local-fetch"
    async with httpx.AsyncClient(
        headers={"User-Agent": agent, "Accept-Encoding": "gzip"},
        timeout=manners.timeout,
        follow_redirects=False,
        trust_env=not local,
    ) as http:
        paces = {name: Pace(limit) for name, limit in limits.items()}
        yield PoliteClient(http, addresses, paces, manners)


def _check_address(address: str) -> bool:
    """Tell whether an address is on this machine; refuse plain http to any other."""
    parts = urlsplit(address)
    try:
        local = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        local = False
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise WrongUse(f"'{address}' is not an https address.", "Name one that begins https://.")
    return local


def _make(read: Callable[[Answer], Value], answer: Answer) -> Value:
    """Return what a reader makes of an answer; one that trips it up is no usable answer."""
    try:
        return read(answer)
    except (Unusable, Refused, ElaraError):
        raise
    except Exception as error:  # whatever a server puts into an answer
        raise Unusable(f"an answer that can't be read ({type(error).__name__})") from error


def _check_status(response: Any, body: bytes) -> None:
    status = response.status_code
    if status in PASSING or status >= 500:
        wait = _read_wait(response.headers.get("retry-after", ""))
        raise Unusable(f"status {status}", wait if status in (429, 503) else 0.0)
    if status != 200:
        raise Refused(f"status {status}", status, body)


def _read_wait(value: str) -> float:
    """Return the seconds of a Retry-After header; 0 where there is none that can be read."""
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    zone = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (zone - datetime.now(UTC)).total_seconds())
