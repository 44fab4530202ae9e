"""Requests signed by Slack's own SDK are taken; everything else gets 401, an empty body, and changes nothing.

Requests are written to the socket byte by byte, because an HTTP client would mend what is wrong on purpose.
"""

import base64
import hashlib
import hmac
import json
import socket
import time
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from conftest import BOT, SECRETS, TEAM, Slack, free_port

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
BODY_CAP = 256 * 1024


@dataclass(frozen=True)
class Request:
    body: bytes
    path: str = "/slack/commands"
    type: str = FORM
    headers: tuple = ()
    chunked: bool = False

    def encode(self) -> bytes:
        fixed = [("Host", "127.0.0.1"), ("Connection", "close"), ("Content-Type", self.type)]
        length = ("Transfer-Encoding", "chunked") if self.chunked else ("Content-Length", str(len(self.body)))
        lines = [f"POST {self.path} HTTP/1.1".encode()]
        lines += [to_bytes(name) + b": " + to_bytes(value) for name, value in [*fixed, length, *self.headers]]
        payload = b"%x\r\n%b\r\n0\r\n\r\n" % (len(self.body), self.body) if self.chunked else self.body
        return b"\r\n".join(lines) + b"\r\n\r\n" + payload


def to_bytes(value) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def send(port: int, request: Request) -> tuple[int, bytes]:
    """The status and the body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        try:
            connection.sendall(request.encode())
        except (BrokenPipeError, ConnectionResetError):
            pass  # it answered before it had read all, which a body over the cap invites
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head, "the connection was closed without an answer"
    return int(head.split(b" ", 2)[1]), body


def now(shift: int = 0) -> str:
    return str(int(time.time()) + shift)


def sdk_signature(body: bytes, timestamp: str, secret: str = SECRETS[1]) -> str:
    return SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)


def stamped(request: Request, timestamp, signature) -> Request:
    return replace(request, headers=(("X-Slack-Request-Timestamp", timestamp), ("X-Slack-Signature", signature)))


def signed(request: Request, *, shift: int = 0, secret: str = SECRETS[1]) -> Request:
    timestamp = now(shift)
    return stamped(request, timestamp, sdk_signature(request.body, timestamp, secret))


def signed_at(request: Request, timestamp: str) -> Request:
    """Rightly signed, with a timestamp that is not one."""
    return stamped(request, timestamp, sdk_signature(request.body, timestamp))


def with_signature(request: Request, change) -> Request:
    """Rightly signed, then the signature is passed through `change`."""
    timestamp = now()
    return stamped(request, timestamp, change(sdk_signature(request.body, timestamp)))


def once() -> str:
    """A word that no other request of this run holds: the same bytes in the same second would be a replay."""
    return str(time.time_ns())


def command(text: str, slack: str = "http://127.0.0.1:9", **more) -> Request:
    return Request(urlencode({
        "token": "unused", "team_id": TEAM, "team_domain": "outer", "channel_id": "C0", "channel_name": "ops",
        "user_id": "U0PAT", "user_name": "pat", "command": "/health", "text": text, "api_app_id": "A0",
        "is_enterprise_install": "false", "response_url": f"{slack}/answers", "trigger_id": once(), **more,
    }).encode())


def event(**event_fields) -> Request:
    return Request(json.dumps({
        "type": "event_callback", "token": "unused", "team_id": TEAM, "api_app_id": "A0", "event_id": "Ev" + once(),
        "event_time": int(time.time()), "event": event_fields,
    }).encode(), "/slack/events", JSON)


def interaction(**payload) -> Request:
    who = {"team": {"id": TEAM, "domain": "outer"}, "user": {"id": "U0PAT", "team_id": TEAM}, "api_app_id": "A0"}
    return Request(urlencode({"payload": json.dumps({**who, **payload})}).encode(), "/slack/interactions")


def challenge(word: str) -> Request:
    body = {"type": "url_verification", "token": "unused", "challenge": word}
    return Request(json.dumps(body).encode(), "/slack/events", JSON)


EVIL = command("add evil http://127.0.0.1:9/")
JOINED = event(type="member_joined_channel", user=BOT, channel="C0EVIL", channel_type="C", team=TEAM)
PRESS = interaction(type="block_actions", actions=[{"action_id": "x", "type": "button", "value": "1"}])


def doubled(first: str, second: str | None = None) -> Request:
    """Rightly signed, with the named header a second time."""
    request = signed(EVIL)
    value = dict(request.headers)[first]
    return replace(request, headers=(*request.headers, (first, value if second is None else second)))


def only(name: str) -> Request:
    request = signed(EVIL)
    return replace(request, headers=tuple(header for header in request.headers if header[0] == name))


def changed(body: bytes, request: Request = EVIL) -> Request:
    return replace(signed(request), body=body)


def other_digit(digit: str) -> str:
    return "1" if digit == "0" else "0"


def raw_signature(base: bytes, algorithm=hashlib.sha256, secret=SECRETS[1].encode()) -> str:
    """Made past the SDK, which takes neither an empty secret nor a body that is not text."""
    return "v0=" + hmac.new(secret, base, algorithm).hexdigest()


def of_base(make_base, *how) -> Request:
    """Signed over the base string that `make_base` makes of the timestamp and the body."""
    timestamp = now()
    return stamped(EVIL, timestamp, raw_signature(make_base(timestamp.encode(), EVIL.body), *how))


STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
BIG = b"text=" + b"a" * (BODY_CAP + 1024)

# Made when they are sent, so that a timestamp is fresh and only what the name says is wrong.
HOSTILE = {
    "no headers": lambda: EVIL,
    "no signature": lambda: only(STAMP),
    "no timestamp": lambda: only(SIGNATURE),
    "both empty": lambda: stamped(EVIL, "", ""),
    "empty signature": lambda: with_signature(EVIL, lambda _: ""),
    "empty timestamp": lambda: signed_at(EVIL, ""),
    "two equal signatures": lambda: doubled(SIGNATURE),
    "a wrong signature after the right one": lambda: doubled(SIGNATURE, "v0=" + "0" * 64),
    "two signatures in one header": lambda: with_signature(EVIL, lambda right: f"{right}, {right}"),
    "two equal timestamps": lambda: doubled(STAMP),
    "two different timestamps": lambda: doubled(STAMP, now(-1)),
    "another secret": lambda: signed(EVIL, secret="f" * 32),
    "an empty secret": lambda: of_base(lambda stamp, body: b"v0:" + stamp + b":" + body, hashlib.sha256, b""),
    "both secrets as one": lambda: signed(EVIL, secret=",".join(SECRETS)),
    "the secret with a newline": lambda: signed(EVIL, secret=SECRETS[1] + "\n"),
    "the secret in capitals": lambda: signed(EVIL, secret=SECRETS[1].upper()),
    "stale by seconds": lambda: signed(EVIL, shift=-305),
    "stale by a day": lambda: signed(EVIL, shift=-86_400),
    "the epoch": lambda: signed_at(EVIL, "0"),
    "from the future by seconds": lambda: signed(EVIL, shift=315),
    "from the far future": lambda: signed(EVIL, shift=10**9),
    "a negative timestamp": lambda: signed_at(EVIL, "-" + now()),
    "a timestamp with a plus": lambda: signed_at(EVIL, "+" + now()),
    "a fraction": lambda: signed_at(EVIL, now() + ".0"),
    "an exponent": lambda: signed_at(EVIL, "1e9"),
    "hexadecimal": lambda: signed_at(EVIL, hex(int(now()))),
    "an underscore": lambda: signed_at(EVIL, f"{int(now()):_}"),
    "a blank inside": lambda: signed_at(EVIL, now()[:5] + " " + now()[5:]),
    "letters": lambda: signed_at(EVIL, "yesterday"),
    "milliseconds": lambda: signed_at(EVIL, now() + "000"),
    "2^32 seconds too many": lambda: signed(EVIL, shift=2**32),
    "2^64 seconds too many": lambda: signed(EVIL, shift=2**64),
    "the largest of 64 bits": lambda: signed_at(EVIL, str(2**64 - 1)),
    "the largest signed of 64 bits": lambda: signed_at(EVIL, str(2**63 - 1)),
    "5,000 digits": lambda: signed_at(EVIL, "9" * 5000),
    "Arabic-Indic digits": lambda: signed_at(EVIL, now().translate({48 + n: 0x660 + n for n in range(10)})),
    "full-width digits": lambda: signed_at(EVIL, now().translate({48 + n: 0xFF10 + n for n in range(10)})),
    "a timestamp that is not UTF-8": lambda: stamped(EVIL, b"\xff\xfe", sdk_signature(EVIL.body, now())),
    "a signature that is not UTF-8": lambda: with_signature(EVIL, lambda right: right.encode() + b"\xff"),
    "a signature that is not ASCII": lambda: with_signature(EVIL, lambda right: right[:-1] + "é"),
    "version v1": lambda: with_signature(EVIL, lambda right: right.replace("v0=", "v1=")),
    "version V0": lambda: with_signature(EVIL, lambda right: right.replace("v0=", "V0=")),
    "no version": lambda: with_signature(EVIL, lambda right: right[3:]),
    "the version alone": lambda: with_signature(EVIL, lambda _: "v0="),
    "hex in capitals": lambda: with_signature(EVIL, lambda right: "v0=" + right[3:].upper()),
    "one digit short": lambda: with_signature(EVIL, lambda right: right[:-1]),
    "one byte short": lambda: with_signature(EVIL, lambda right: right[:-2]),
    "one digit too long": lambda: with_signature(EVIL, lambda right: right + "0"),
    "one byte too long": lambda: with_signature(EVIL, lambda right: right + "00"),
    "5,000 digits of signature": lambda: with_signature(EVIL, lambda right: right + "0" * 5000),
    "not hex": lambda: with_signature(EVIL, lambda _: "v0=" + "z" * 64),
    "all zeros": lambda: with_signature(EVIL, lambda _: "v0=" + "0" * 64),
    "the last digit changed": lambda: with_signature(EVIL, lambda right: right[:-1] + other_digit(right[-1])),
    "the first digit changed": lambda: with_signature(EVIL, lambda right: "v0=" + other_digit(right[3]) + right[4:]),
    "base64": lambda: with_signature(EVIL, lambda right: "v0=" + base64.b64encode(bytes.fromhex(right[3:])).decode()),
    "SHA-1": lambda: of_base(lambda stamp, body: b"v0:" + stamp + b":" + body, hashlib.sha1),
    "a plain hash": lambda: with_signature(EVIL, lambda _: "v0=" + hashlib.sha256(EVIL.body).hexdigest()),
    "signed without the body": lambda: of_base(lambda stamp, body: b"v0:" + stamp + b":"),
    "signed without the timestamp": lambda: of_base(lambda stamp, body: b"v0::" + body),
    "signed as v1": lambda: of_base(lambda stamp, body: b"v1:" + stamp + b":" + body),
    "signed for another second": lambda: stamped(EVIL, now(), sdk_signature(EVIL.body, now(-1))),
    "a byte of the body changed": lambda: changed(EVIL.body.replace(b"evil", b"evjl")),
    "a byte appended": lambda: changed(EVIL.body + b"&"),
    "a newline appended": lambda: changed(EVIL.body + b"\r\n"),
    "a byte cut off": lambda: changed(EVIL.body[:-1]),
    "the body emptied": lambda: changed(b""),
    "the fields in another order": lambda: changed(b"&".join(reversed(EVIL.body.split(b"&")))),
    "the same form in other bytes": lambda: changed(EVIL.body.replace(b"evil", b"%65vil")),
    "a command's signature on an event": lambda: replace(JOINED, headers=signed(EVIL).headers),
    "an event's signature on a button": lambda: replace(PRESS, headers=signed(JOINED).headers),
    "an unsigned event": lambda: JOINED,
    "an unsigned button": lambda: PRESS,
    "an unsigned challenge": lambda: challenge("c0ffee"),
    "signed in the query": lambda: replace(EVIL, path="/slack/commands?" + urlencode(signed(EVIL).headers)),
    "the secret as a bearer": lambda: replace(EVIL, headers=(("Authorization", f"Bearer {SECRETS[1]}"),)),
    "a large unsigned body": lambda: replace(EVIL, body=BIG),
    "a large signed body": lambda: signed(replace(EVIL, body=BIG)),
    "a large body in chunks": lambda: replace(signed(replace(EVIL, body=BIG)), chunked=True),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests_are_refused_without_a_word(bot, name):
    status, body = send(bot, HOSTILE[name]())
    refusals = {401, 413} if "large" in name else {401}
    assert status in refusals
    assert status == 413 or body == b""


def answer_to(bot: int, slack: str, text: str, wanted: str) -> str:
    """What the person saw after a signed command: the answer itself and what came to its `response_url`."""
    before = len(Slack.received)
    status, body = send(bot, signed(command(text, slack)))
    assert status == 200
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        seen = body.decode() + "".join(Slack.received[before:])
        if wanted in seen:
            return seen
        time.sleep(0.1)
    raise AssertionError(f"{wanted!r} is not in the answer to {text!r}: {body!r} {Slack.received[before:]}")


def test_hostile_requests_have_changed_nothing(bot, slack):
    port = free_port()
    answer_to(bot, slack, f"add honest http://127.0.0.1:{port}/", "honest")
    for name, make in HOSTILE.items():
        assert send(bot, make())[0] in {401, 413}, name
    assert "evil" not in answer_to(bot, slack, "list", "honest")
    greeted = [body for body in Slack.received if "C0EVIL" in body]
    assert not greeted, "the bot greeted a channel that nobody invited it to"


def with_small_names(request: Request) -> Request:
    return replace(request, headers=tuple((name.lower(), value) for name, value in request.headers))


def retried(request: Request) -> Request:
    retry = (("X-Slack-Retry-Num", "1"), ("X-Slack-Retry-Reason", "http_timeout"))
    return replace(request, headers=request.headers + retry)


def home_opened() -> Request:
    return event(type="app_home_opened", user="U0PAT", channel="D0", tab="home")


ACCEPTED = {
    "a command": lambda: signed(command("")),
    "by the secret that is being retired": lambda: signed(command(""), secret=SECRETS[0]),
    "almost stale": lambda: signed(command(""), shift=-290),
    "from a clock that is ahead": lambda: signed(command(""), shift=290),
    "header names in small letters": lambda: with_small_names(signed(command(""))),
    "a charset beside the type": lambda: signed(replace(command(""), type=FORM + "; charset=utf-8")),
    "an event": lambda: signed(home_opened()),
    "an event that is retried": lambda: retried(signed(home_opened())),
    "an event of an unknown type": lambda: signed(event(type="something_new", channel={"id": "C0"})),
    "an interaction of an unknown type": lambda: signed(interaction(type="something_new")),
    "a button that is unknown": lambda: signed(PRESS),
    "Slack's probe of the certificate": lambda: Request(b"ssl_check=1&token=unused"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_slack_sends_is_taken(bot, name):
    assert send(bot, ACCEPTED[name]())[0] == 200


def test_a_challenge_is_echoed(bot):
    word = once()
    assert send(bot, signed(challenge(word))) == (200, word.encode())


def test_a_certificate_probe_carries_nothing_in(bot, slack):
    status, body = send(bot, command("add evil http://127.0.0.1:9/", ssl_check="1"))
    assert (status, body) in [(200, b""), (401, b"")]
    answer_to(bot, slack, "add honest2 http://127.0.0.1:9/", "honest2")
    assert "evil" not in answer_to(bot, slack, "list", "honest2")


def own_signature(request: Request) -> Request:
    timestamp = now()
    return stamped(request, timestamp, raw_signature(b"v0:" + timestamp.encode() + b":" + request.body))


ODD = {
    "an empty body": Request(b""),
    "not UTF-8": Request(b"command=%2Fhealth&text=\xff\xfe\x00"),
    "percent signs": Request(b"command=%&text=%zz"),
    "no payload": Request(b"nothing=here", "/slack/interactions"),
    "a payload that is no JSON": Request(b"payload=%7B", "/slack/interactions"),
    "an event that is no JSON": Request(b"{", "/slack/events", JSON),
    "an event that is a number": Request(b"7", "/slack/events", JSON),
    "an event nested 50,000 deep": Request(b"[" * 50_000, "/slack/events", JSON),
    "null everywhere": Request(b'{"type":null,"event":null,"team_id":null}', "/slack/events", JSON),
}


@pytest.mark.parametrize("name", ODD)
def test_signed_nonsense_breaks_nothing(bot, name):
    assert send(bot, own_signature(ODD[name]))[0] < 500
    test_a_challenge_is_echoed(bot)
