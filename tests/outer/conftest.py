"""The real binary, with a Slack that says who the bot is and keeps what is sent to it."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TEAM = "T0OUTER"
BOT = "U0BOT"
# Two secrets, as while one is being rotated: either signs, the two together are no secret at all.
ADMIN_TOKEN = "the-admin-token-of-the-outer-checks"
SECRETS = ("the-old-signing-secret-of-the-checks", "the-new-signing-secret-of-the-checks")


class Slack(BaseHTTPRequestHandler):
    """Says yes to every Web API call and every answer to a `response_url`, and keeps what it was sent."""

    received: list[str] = []

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self.received.append(self.rfile.read(length).decode())
        who = {"team_id": TEAM, "team": "outer", "url": "https://outer.slack.com/"}
        who |= {"user_id": BOT, "user": "healthbot", "bot_id": "B0BOT"}
        info = self.path.split("?")[0].endswith("conversations.info")
        channel = {"id": "C0", "name": "outer"} if info else "C0"
        reply = json.dumps({"ok": True, "channel": channel, "ts": "1.0", "channels": [], **who}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST

    def log_message(self, *_):
        """Silence: pytest shows what matters."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(process, port, log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"the bot did not get ready:\n{log.read_text()}")


@pytest.fixture(scope="session")
def slack():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def bot(slack, tmp_path_factory):
    """The port of a running `healthbot serve`."""
    binary = Path(os.environ["HEALTHBOT_BIN"])
    home = tmp_path_factory.mktemp("healthbot")
    port, log = free_port(), home / "log"
    environment = {
        "PATH": os.environ["PATH"],
        "SLACK_API_URL": f"{slack}/api",
        "SLACK_BOT_TOKEN": "xoxb-outer-checks",
        "SLACK_SIGNING_SECRET": ",".join(SECRETS),
        "HEALTHBOT_LISTEN": f"127.0.0.1:{port}",
        "HEALTHBOT_DATA_DIR": str(home / "state"),
        "HEALTHBOT_ADMIN_TOKEN": ADMIN_TOKEN,
        "HEALTHBOT_ALLOW_LOOPBACK": "true",
    }
    with log.open("w") as output:
        process = subprocess.Popen([binary, "serve"], env=environment, stdout=output, stderr=subprocess.STDOUT)
    wait_until_ready(process, port, log)
    yield port
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    written = log.read_text()
    assert not any(secret in written for secret in (*SECRETS, ADMIN_TOKEN)), "a secret in the log"
    assert "panicked" not in written, written
