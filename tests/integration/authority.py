"""An authority for time stamps, which OpenSSL plays."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIGURATION = """
[tsa]
default_tsa = it
[it]
serial = {0}/serial
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
[ext]
extendedKeyUsage = critical,timeStamping
[req]
distinguished_name = dn
[dn]
"""


def openssl(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)


def make_authority(folder: Path) -> Path:
    """Make a key and a certificate for stamps; return the configuration that uses them."""
    folder.mkdir(exist_ok=True)
    configuration = folder / "tsa.cnf"
    configuration.write_text(CONFIGURATION.format(folder))
    (folder / "serial").write_text("01")
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.pem"]
    done = openssl("req", *made, "-subj", "/CN=tsa", "-extensions", "ext", "-config", str(configuration))
    assert done.returncode == 0, done.stderr
    return configuration


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Run one whose certificate lies in the folder as tsa.pem; give its address. At /nonsense it answers with that."""
    configuration = make_authority(folder)

    class Authority(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query, reply = folder / "query", folder / "reply"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/":
                openssl("ts", "-reply", "-config", str(configuration), "-queryfile", str(query), "-out", str(reply))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"nonsense" if self.path == "/nonsense" else reply.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    # One at a time, since OpenSSL reads and writes files.
    server = HTTPServer(("127.0.0.1", 0), Authority)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
