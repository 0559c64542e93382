"""The sources by name, and one run of one of them with its summary and exit code.

Exit codes: 0 everything that was asked for is here; 1 the run ended early or left something
over (the same command goes on); 2 wrong use; 3 a file is damaged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from elara_local.errors import ElaraError, WrongUse
from index.fetch.africa import fetch_africa
from index.fetch.errand import Errand, open_errand
from index.fetch.medlineplus import fetch_medlineplus
from index.fetch.options import NAMES, Options
from index.fetch.pmc import fetch_pmc
from index.fetch.politeness import AGAIN
from index.fetch.pubmed import fetch_pubmed
from index.fetch.stackexchange import fetch_stackexchange


@dataclass(frozen=True)
class Source:
    """One source: its fetcher, the hosts it asks, the shelf its records belong on."""

    fetch: Callable[[Errand], Awaitable[None]]
    hosts: tuple[str, ...]
    shelf: str = "collection"


SOURCES: Mapping[str, Source] = {
    "pubmed": Source(fetch_pubmed, ("entrez",)),
    "africa": Source(fetch_africa, ("entrez",)),
    "stackexchange": Source(fetch_stackexchange, ("stackexchange",), "forum"),
    "pmc": Source(fetch_pmc, ("entrez", "pmc")),
    "medlineplus": Source(fetch_medlineplus, ("medlineplus",)),
}


def run_fetch(name: str, options: Options, say: Callable[[str], None]) -> int:
    """Fetch from one source and return the exit code; `say` is given whole lines.

    Raises:
        WrongUse: the source is unknown, NCBI is asked without an e-mail address, the process
            is guarded against the network, or another fetch is running.
        WrongFile: the ledger or a fetched file is damaged.
    """
    if name not in SOURCES:
        raise WrongUse(f"'{name}' is no source.", f"The sources are: {', '.join(NAMES)}.")
    at, _, domain = options.email.partition("@")
    if "entrez" in SOURCES[name].hosts and not (at and "." in domain):
        raise WrongUse(
            "NCBI asks for the e-mail address of whoever fetches.", "Give yours with --email."
        )
    try:
        return asyncio.run(_run(name, options, say))
    except KeyboardInterrupt:
        say(f"Stopped. {AGAIN}")
        return 1


async def _run(name: str, options: Options, say: Callable[[str], None]) -> int:
    source = SOURCES[name]
    async with open_errand(name, source.hosts, options, say) as errand:
        errand.store.write_shelf(name, source.shelf)
        try:
            await source.fetch(errand)
        except ElaraError as error:
            if error.exit_code != 1:
                raise
            errand.tally.stopped = str(error)
        for line in _sum_up(errand):
            say(line)
        tally = errand.tally
        wanted = errand.ledger.count_states(name).get("wanted", 0)
        return 1 if tally.stopped or tally.failed or tally.uneven or wanted else 0


def _sum_up(errand: Errand) -> list[str]:
    """Return the lines that say what a run did."""
    tally, name = errand.tally, errand.collection
    states = errand.ledger.count_states(name)
    refused = sum(tally.refused.values())
    lines = [
        f"{name}: {tally.asked:,} asked, {tally.new:,} new, {tally.known:,} known,"
        f" {tally.failed:,} failed, {refused:,} refused;"
        f" {states.get('kept', 0):,} are in {errand.store.root / name}"
    ]
    lines += [f"  refused, {why}: {count:,}" for why, count in tally.refused.most_common() if count]
    if tally.unasked or tally.doubled:
        lines.append(f"  dropped: {tally.unasked} not asked for, {tally.doubled} given twice")
    if missing := errand.ledger.list_state(name, "missing"):
        lines.append(f"  the server does not give: {', '.join(missing[:20])}" + _more(missing))
    lines += [f"  not sure to be whole: {note}" for note in tally.uneven]
    if tally.stopped:
        lines.append(f"  ended early: {tally.stopped}")
    client = errand.client
    lines.append(f"  {client.requests:,} requests, {client.retries:,} without a usable answer")
    return lines


def _more(ids: list[str]) -> str:
    return f" and {len(ids) - 20} more" if len(ids) > 20 else ""
