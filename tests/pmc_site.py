"""A small copy of PMC's object store for the tests: listings, records and JATS files."""

import hashlib
import json
from dataclasses import dataclass

from tests.fetching import Reply, as_json

SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class Deposit:
    """One article with its versions; the licence and the text are those of the newest."""

    id: int
    versions: tuple = (1,)
    licence: str = "CC BY"
    retracted: object = False
    open: bool = True
    words: tuple = ("malaria",)

    @property
    def newest(self):
        return f"PMC{self.id}.{max(self.versions)}"

    def text(self, name):
        return (
            '<?xml version="1.0"?>\n<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd">\n'
            f"<article><front><article-id>{name}</article-id></front><body><p>{'Text. ' * 40}</p>"
            "</body></article>"
        ).encode()

    def record(self, name):
        md5 = hashlib.md5(self.text(name)).hexdigest()
        return {
            "pmcid": f"PMC{self.id}",
            "version": int(name.rpartition(".")[2]),
            "license_code": self.licence,
            "is_pmc_openaccess": self.open,
            "is_retracted": self.retracted,
            "xml_url": f"s3://pmc-oa-opendata/{name}/{name}.xml?md5={md5}",
        }


class Bucket:
    """The protocol of the store; at most `page` folders stand in one listing."""

    def __init__(self, deposits, page=2, gone=()):
        self.deposits = {deposit.id: deposit for deposit in deposits}
        self.page, self.gone = page, gone

    def __call__(self, path, params):
        if not path:
            return self.list_folders(params)
        name = path.removeprefix("metadata/").removesuffix(".json").partition("/")[0]
        deposit = self.deposits.get(int(name[3:].partition(".")[0]))
        if deposit is None or path in self.gone:
            return Reply(b"<Error><Code>NoSuchKey</Code></Error>", "application/xml", 404)
        if path == f"metadata/{name}.json":
            return as_json(deposit.record(name))
        assert path == f"{name}/{name}.xml", path
        return Reply(deposit.text(name), "application/xml")

    def list_folders(self, params):
        assert params["list-type"] == "2" and params["delimiter"] == "/"
        names = sorted(f"PMC{d.id}.{v}/" for d in self.deposits.values() for v in d.versions)
        names = [name for name in names if name.startswith(params["prefix"])]
        start = int(params.get("continuation-token", "0"))
        part, rest = names[start : start + self.page], names[start + self.page :]
        folders = "".join(f"<CommonPrefixes><Prefix>{n}</Prefix></CommonPrefixes>" for n in part)
        token = f"<NextContinuationToken>{start + self.page}</NextContinuationToken>"
        body = (
            f'<?xml version="1.0"?><ListBucketResult xmlns="{SPACE}"><Prefix>{params["prefix"]}'
            f"</Prefix><IsTruncated>{str(bool(rest)).lower()}</IsTruncated>"
            f"{token if rest else ''}{folders}</ListBucketResult>"
        )
        return Reply(body.encode(), "application/xml")


def spoil_record(protocol, name, **changes):
    """Return a protocol whose record of one version says something else."""

    def answer(path, params):
        reply = protocol(path, params)
        if path == f"metadata/{name}.json":
            return Reply(json.dumps({**json.loads(reply.body), **changes}).encode())
        return reply

    return answer
