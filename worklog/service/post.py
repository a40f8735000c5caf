"""Mail by SMTP, where whoever runs the service has configured it; without, links are copied.

Letters are plain text: what they are for is one link.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from worklog.domain.text import printable
from worklog.errors import ConfigInvalidError

_PATIENCE_S: Final = 20
_PORTS: Final = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PERMANENT: Final = 500  # replies from here on are not to be tried again (RFC 5321, 4.2.1)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent.

    Attributes:
        to: One mail address.
        subject: One line.
        text: The body.
    """

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a letter did not leave.

    Attributes:
        reason: In a few words.
        is_final: Whether another try would be the same.
    """

    reason: str
    is_final: bool


class Post(Protocol):
    """Something that sends letters."""

    def send(self, letter: Letter) -> Failure | None:
        """Send *letter*; return why not, None once a server has taken it."""
        ...


class SmtpPost:
    """Implements `Post` over a server of whoever runs the service."""

    def __init__(self, url: str, sender: str, *, trust: ssl.SSLContext | None = None) -> None:
        """Use the server at *url* for letters from *sender*.

        Raises:
            ConfigInvalidError: *url* is none of a server, would send in the clear, or
                *sender* is no address.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in _PORTS or not parts.hostname or port == -1:
            msg = "The mail server is not one that worklog knows."
            raise ConfigInvalidError(
                msg, hint="Give smtps://user:password@host or smtp+starttls://user:password@host."
            )
        if parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
            msg = "Mail would leave this machine in the clear, with links that let people in."
            raise ConfigInvalidError(msg, hint="Use smtps:// or smtp+starttls://.")
        if "@" not in parseaddr(sender)[1]:
            msg = f"{sender!r} is no mail address to send from."
            raise ConfigInvalidError(msg, hint="Give --mail-from 'Diary <diary@example.com>'.")
        self._scheme, self._host = parts.scheme, parts.hostname
        self._port = port or _PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender
        self._trust = trust

    def send(self, letter: Letter) -> Failure | None:
        try:
            message = self._message(letter)
        except (ValueError, MessageError):
            return Failure("it is no mail address", is_final=True)
        try:
            with self._connected() as server:
                if self._scheme == "smtp+starttls":
                    server.starttls(context=self._context)
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            return Failure(_said(code, words), is_final=code >= _PERMANENT)
        except smtplib.SMTPResponseException as error:
            # The server refuses us, and not whom we write to: that may be put right.
            return Failure(_said(error.smtp_code, error.smtp_error), is_final=False)
        except (OSError, smtplib.SMTPException) as error:
            return Failure(
                f"the mail server cannot be used: {printable(str(error))}", is_final=False
            )
        return None

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = " ".join(printable(letter.subject).split())
        message["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note comes back
        message.set_content(letter.text)
        return message

    def _connected(self) -> smtplib.SMTP:
        if self._scheme == "smtps":
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=_PATIENCE_S, context=self._context
            )
        return smtplib.SMTP(self._host, self._port, timeout=_PATIENCE_S)

    @property
    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"the mail server said {code} {' '.join(printable(text).split())[:200]}".strip()
