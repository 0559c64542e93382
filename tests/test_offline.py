"""The egress guard under attack. Each attack runs in its own process: a guard stays for ever."""

import subprocess
import sys
from pathlib import Path

import pytest

from elara_local.errors import WrongUse
from elara_local.offline import QUIET, UNWANTED, Ledger, quiet_environment

REPOSITORY = Path(__file__).resolve().parent.parent
PREFACE = """
import asyncio, socket, threading, urllib.request
from elara_local.offline import EgressRefused, guard
ledger = guard()
def stream(family=socket.AF_INET): return socket.socket(family, socket.SOCK_STREAM)
def packet(family=socket.AF_INET): return socket.socket(family, socket.SOCK_DGRAM)
"""
# 192.0.2.0/24 and 2001:db8::/32 are reserved for documentation: nobody answers there.
ATTACKS = {
    "connect": "stream().connect(('192.0.2.1', 80))",
    "connect_ex": "stream().connect_ex(('192.0.2.1', 80))",
    "connect by name": "stream().connect(('example.org', 80))",
    "connect ipv6": "stream(socket.AF_INET6).connect(('2001:db8::1', 80, 0, 0))",
    "connect mapped": "stream(socket.AF_INET6).connect(('::ffff:192.0.2.1', 80))",
    "connect octal look-alike": "stream().connect(('0177.0.0.1', 80))",
    "connect to any": "stream().connect(('0.0.0.0', 80))",
    "connect to the empty name": "stream().connect(('', 80))",
    "connect bytes": "stream().connect((b'192.0.2.1', 80))",
    "connect the class's own": "socket.SocketType.connect(stream(), ('192.0.2.1', 80))",
    "connect the C module's": "import _socket; _socket.socket().connect(('192.0.2.1', 80))",
    "connect_ex by name": "stream().connect_ex(('example.org', 80))",
    "sendto by name": "packet().sendto(b'x', ('example.org', 53))",
    "sendmsg by name": "packet().sendmsg([b'x'], [], 0, ('example.org', 53))",
    "bind by name": "stream().bind(('example.org', 0))",
    "tls": "import ssl; ssl.create_default_context().wrap_socket(stream(), server_hostname='x')"
    ".connect(('example.org', 443))",
    "udp connect": "packet().connect(('192.0.2.1', 53))",
    "sendto": "packet().sendto(b'x', ('192.0.2.1', 53))",
    "sendto flags": "packet().sendto(b'x', 0, ('192.0.2.1', 53))",
    "sendmsg": "packet().sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
    "broadcast": "packet().sendto(b'x', ('255.255.255.255', 53))",
    "getaddrinfo": "socket.getaddrinfo('example.org', 80)",
    "getaddrinfo numeric": "socket.getaddrinfo('192.0.2.1', 80)",
    "getaddrinfo bytes": "socket.getaddrinfo(b'example.org', 80)",
    "getaddrinfo subdomain": "socket.getaddrinfo('x.localhost', 80)",
    "gethostbyname": "socket.gethostbyname('example.org')",
    "gethostbyname_ex": "socket.gethostbyname_ex('example.org')",
    "gethostbyaddr": "socket.gethostbyaddr('192.0.2.1')",
    "getnameinfo": "socket.getnameinfo(('192.0.2.1', 80), 0)",
    "create_connection": "socket.create_connection(('192.0.2.1', 80), 1)",
    "create_connection by name": "socket.create_connection(('example.org', 80), 1)",
    "urllib": "urllib.request.urlopen('http://example.org/', timeout=1)",
    "urllib numeric": "urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
    "asyncio": "asyncio.run(asyncio.open_connection('192.0.2.1', 80))",
    "asyncio by name": "asyncio.run(asyncio.open_connection('example.org', 80))",
    "asyncio ipv6": "asyncio.run(asyncio.open_connection('2001:db8::1', 80))",
    "another port of the clinic": (
        "ledger.allow('192.0.2.7', 8080); stream().connect(('192.0.2.7', 80))"
    ),
}


def run(code):
    return subprocess.run(
        [sys.executable, "-c", PREFACE + code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_attack_is_refused_and_counted(attack):
    code = f"""
try:
    {attack}
except OSError as error:
    refused = "offline" in str(error)
else:
    refused = False
print(refused, ledger.attempts >= 1, len(ledger.tried) == ledger.attempts)
"""
    done = run(code)
    assert done.stdout.split() == ["True", "True", "True"], done.stdout + done.stderr


def test_a_thread_is_guarded_too():
    done = run("""
def attack():
    try:
        stream().connect(("192.0.2.1", 80))
    except EgressRefused:
        print("refused")
thread = threading.Thread(target=attack)
thread.start()
thread.join()
print(ledger.attempts, ledger.tried)
""")
    assert done.stdout.splitlines() == ["refused", "1 ['192.0.2.1:80']"], done.stderr


def test_loopback_still_works():
    done = run("""
def talk(family, address):
    server = socket.create_server((address, 0), family=family)
    client = socket.create_connection(server.getsockname()[:2], 5)
    peer, _ = server.accept()
    client.sendall(b"hello")
    return peer.recv(5)
print(talk(socket.AF_INET, "127.0.0.1"))
if socket.has_ipv6:
    try:
        talk(socket.AF_INET6, "::1")
    except EgressRefused:
        print("refused ::1")
    except OSError as error:
        assert error.errno  # a machine without IPv6
socket.getaddrinfo("localhost", 80)
socket.getaddrinfo("LOCALHOST", 80)
socket.getaddrinfo(None, 80)
socket.gethostbyname("localhost")
left, right = socket.socketpair()
left.sendall(b"x")
print(ledger.attempts)
""")
    assert done.stdout.splitlines() == ["b'hello'", "0"], done.stdout + done.stderr


def test_asyncio_server_and_client_on_loopback():
    done = run("""
async def main():
    async def answer(reader, writer):
        writer.write(await reader.readexactly(2)); await writer.drain(); writer.close()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"ok"); await writer.drain()
    print(await reader.readexactly(2), ledger.attempts)
    writer.close(); server.close()
asyncio.run(main())
""")
    assert done.stdout.split() == ["b'ok'", "0"], done.stderr


def test_the_guard_is_put_in_once():
    done = run("""
from elara_local.offline import is_guarded
again = guard()
try:
    socket.gethostbyname("example.org")
except EgressRefused:
    print(again is ledger, ledger.attempts, is_guarded())
""")
    assert done.stdout.split() == ["True", "1", "True"], done.stderr


def test_a_named_clinic_server_passes_the_guard():
    done = run("""
ledger.allow("192.0.2.7", 8080)
client = stream()
client.settimeout(0.2)
try:
    client.connect(("192.0.2.7", 8080))
except EgressRefused:
    print("refused")
except OSError:
    print("let through")  # nobody listens there
print(ledger.attempts)
""")
    assert done.stdout.splitlines() == ["let through", "0"], done.stderr


def test_names_kept_are_bounded_while_the_count_goes_on():
    done = run("""
for number in range(250):
    try:
        socket.gethostbyname(f"h{number}.example.org")
    except EgressRefused:
        continue
print(ledger.attempts, len(ledger.tried))
""")
    assert done.stdout.split() == ["250", "100"], done.stderr


@pytest.mark.parametrize(
    ("address", "port"), [("clinic.local", 80), ("", 80), ("10.0.0.1", 0), ("10.0.0.1", 70000)]
)
def test_a_clinic_server_must_be_a_numeric_address(address, port):
    with pytest.raises(WrongUse):
        Ledger().allow(address, port)


def test_quiet_environment(tmp_path):
    variables = {"GRADIO_SHARE": "1", "GRADIO_VIBE_MODE": "1", "HF_HUB_OFFLINE": "0", "PATH": "x"}
    quiet_environment(tmp_path, variables)
    assert {name: variables[name] for name in QUIET} == QUIET
    assert not set(UNWANTED) & set(variables)
    assert variables["PATH"] == "x"
    assert variables["GRADIO_TEMP_DIR"] == str(tmp_path)
