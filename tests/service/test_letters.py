"""Letters: each is sent once, over a real mail server, and its text is gone afterwards."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import trustme
from sqlalchemy import select, update

from tests.service.conftest import Backend
from tests.service.listening import listening
from tests.service.people import Browser, Somebody, organisation, somebody
from tests.support.cache_values import FixedClock
from tests.support.mail_server import MailServer, mail_server
from worklog.errors import ConfigInvalidError
from worklog.service import passwords
from worklog.service.app import create_app
from worklog.service.chores import CHORES, Worker, chores_of
from worklog.service.letters import is_address, send_mails
from worklog.service.post import Failure, Letter, SmtpPost
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import erasure
from worklog.service.store import tables as t

HOME = "http://diary.example"
LETTER = Letter("nina@example.com", "Hello", "A link\n")
FROM = "Diary <diary@example.com>"


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def service(backend: Backend, clock: FixedClock, mailbox: MailServer) -> Iterator[Service]:
    """A service that sends mail."""
    settings = replace(
        backend.settings, url=HOME, mail=f"smtp://127.0.0.1:{mailbox.port}", mail_from=FROM
    )
    opened = Service.open(settings, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def olga(service: Service) -> Somebody:
    return somebody(service, "olga", is_operator=True)


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with listening(create_app(service)) as found:
        yield found


@pytest.fixture
def browser(service: Service, address: str, olga: Somebody) -> Iterator[Browser]:
    with Browser(address, service, olga) as made:
        yield made


@pytest.fixture
def anybody(service: Service, address: str) -> Iterator[Browser]:
    """A browser that nobody is logged in with."""
    with Browser(address, service) as made:
        yield made


def rows(service: Service) -> list[tuple[str, str, str]]:
    with service.store.reading(SYSTEM) as scope:
        found = scope.db.execute(select(t.mails).order_by(t.mails.c.created_ms))
        return [(row.state, row.body, row.problem) for row in found]


def give_mail(service: Service, who: Somebody, mail: str) -> None:
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(update(t.users).where(t.users.c.user_id == who.user).values(mail=mail))


def link_in(letter: str) -> str:
    found = re.search(r"http://diary\.example(/\S+)", letter)
    assert found
    return found[1]


# --- Invitations --------------------------------------------------------------------------


def test_an_invitation_is_mailed_once_and_its_text_is_erased(
    service: Service, olga: Somebody, browser: Browser, mailbox: MailServer
) -> None:
    acme = organisation(service, "Acme", owners=[olga])

    page = browser.post(
        f"/people/{acme}/invite", purpose="freelancer", note="", mail="nina@example.com"
    )

    assert page.status_code == 201
    assert "A letter with it goes to" in page.text
    assert "on its way to nina@example.com" in page.text
    assert [state for state, _, _ in rows(service)] == ["waiting"]
    assert [Worker(service).run_due()["mail"], Worker(service).run_due()["mail"]] == [1, 0]
    assert chores_of(service) == CHORES
    (letter,) = mailbox.letters
    assert letter["To"] == "nina@example.com"
    assert letter["From"] == FROM
    assert letter["Subject"] == "olga invites you to Acme"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert browser.get(link_in(letter.get_content())).status_code == 200
    assert rows(service) == [("sent", "", "")]
    assert "mailed to nina@example.com" in browser.get(f"/people/{acme}").text


def test_who_follows_a_mailed_link_has_that_address_from_then_on(
    service: Service, olga: Somebody, browser: Browser, anybody: Browser, mailbox: MailServer
) -> None:
    acme = organisation(service, "Acme", owners=[olga])
    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="nina@example.com")
    send_mails(service)
    target = link_in(mailbox.letters[0].get_content())

    anybody.send(target, name="nina", display="", password="four other words here")

    anybody.send("/logout")
    anybody.send("/forgotten", mail="nina@example.com")
    send_mails(service)
    assert "account nina" in mailbox.letters[1].get_content()


def test_what_is_no_address_is_refused_and_what_was_typed_is_kept(
    service: Service, olga: Somebody, browser: Browser
) -> None:
    acme = organisation(service, "Acme", owners=[olga])

    page = browser.post(
        f"/people/{acme}/invite", purpose="freelancer", note="Nina", mail="nina@x, b@y"
    )

    assert page.status_code == 422
    assert "A mail address looks like" in page.text
    assert "nina@x, b@y" in page.text
    assert rows(service) == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("ann@example.com", True),
        ("ann", False),
        ("a@b@c", False),
        ("ann@example.com\nBcc: all@example.com", False),
        ("<ann@example.com>", False),
        ("a,b@example.com", False),
        (f"{'a' * 250}@b.de", False),
    ],
)
def test_an_address_is_one_address(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_address(text) is is_one


def test_a_name_cannot_add_headers(
    service: Service, olga: Somebody, browser: Browser, mailbox: MailServer
) -> None:
    acme = organisation(service, "Acme\r\nBcc: all@example.com", owners=[olga])

    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="nina@example.com")
    send_mails(service)

    (letter,) = mailbox.letters
    assert letter["Bcc"] is None
    assert letter["Subject"] == "olga invites you to Acme Bcc: all@example.com"


# --- Refusals -----------------------------------------------------------------------------


def test_a_recipient_that_is_refused_is_told_to_whoever_invited(
    service: Service, olga: Somebody, browser: Browser, mailbox: MailServer
) -> None:
    acme = organisation(service, "Acme", owners=[olga])
    mailbox.refusal = "550 No such user here"
    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="nina@example.com")

    assert send_mails(service) == 0

    assert rows(service) == [("failed", "", "the mail server said 550 No such user here")]
    page = browser.get(f"/people/{acme}").text
    assert "could not be mailed to nina@example.com: the mail server said 550" in page


def test_what_cannot_be_sent_now_is_tried_for_a_day_ever_more_seldom(
    service: Service,
    olga: Somebody,
    browser: Browser,
    mailbox: MailServer,
    clock: FixedClock,
) -> None:
    acme = organisation(service, "Acme", owners=[olga])
    mailbox.refusal = "451 Come back later"
    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="nina@example.com")
    waits = []
    since = clock.instant
    for _ in range(5):
        send_mails(service)
        with service.store.reading(SYSTEM) as scope:
            due_ms = scope.db.execute(select(t.mails.c.due_ms)).scalar_one()
        waits.append(due_ms // 60_000 - int(clock.instant.timestamp()) // 60)
        clock.instant += timedelta(minutes=waits[-1])
    assert waits == [2, 4, 8, 16, 32]
    assert "not yet mailed" in browser.get(f"/people/{acme}").text
    mailbox.refusal = ""

    assert send_mails(service) == 1
    assert rows(service) == [("sent", "", "")]

    mailbox.refusal = "451 Come back later"
    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="max@example.com")
    send_mails(service)
    clock.instant = since + timedelta(days=2)
    send_mails(service)
    assert [state for state, _, _ in rows(service)] == ["sent", "failed"]


def test_a_letter_in_the_hand_of_a_worker_that_died_is_sent_by_another(
    service: Service,
    olga: Somebody,
    browser: Browser,
    mailbox: MailServer,
    clock: FixedClock,
) -> None:
    acme = organisation(service, "Acme", owners=[olga])
    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="nina@example.com")

    class Dying:
        def send(self, letter: Letter) -> Failure | None:
            raise KeyboardInterrupt(letter.to)

    dying = replace(service, post=Dying())
    with pytest.raises(KeyboardInterrupt):
        send_mails(dying)
    assert send_mails(service) == 0  # it may still be sending

    clock.instant += timedelta(minutes=3)
    assert send_mails(service) == 1
    assert len(mailbox.letters) == 1


# --- Passwords ----------------------------------------------------------------------------


def test_who_forgot_a_password_gets_a_link_by_mail(
    service: Service, olga: Somebody, anybody: Browser, mailbox: MailServer
) -> None:
    give_mail(service, olga, "Olga@Example.com")

    answer = anybody.send("/forgotten", mail="olga@example.com")
    send_mails(service)

    assert "If an account has that address" in answer.text
    (letter,) = mailbox.letters
    assert "account olga" in letter.get_content()
    page = anybody.post(link_in(letter.get_content()), password="four other words here")
    assert page.status_code == 303


def test_t19_an_address_that_nobody_has_is_answered_alike(
    service: Service, olga: Somebody, browser: Browser
) -> None:
    give_mail(service, olga, "olga@example.com")

    known = browser.post("/forgotten", mail="olga@example.com")
    unknown = browser.post("/forgotten", mail="nobody@example.com")

    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert len(rows(service)) == 1


def test_t19_letters_cannot_be_asked_for_without_end(
    service: Service, olga: Somebody, browser: Browser
) -> None:
    give_mail(service, olga, "olga@example.com")

    answers = [browser.post("/forgotten", mail="olga@example.com") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert len(rows(service)) == 3


def test_another_address_needs_the_password_as_links_go_there(
    service: Service, olga: Somebody, browser: Browser
) -> None:
    fields = {"display": "Olga", "zone": "", "mail": "thief@example.com"}
    with service.store.writing(SYSTEM) as scope:
        kept = passwords.hashed("four calm words here")
        scope.db.execute(
            update(t.users).where(t.users.c.user_id == olga.user).values(password=kept)
        )

    wrong = browser.post("/settings", **fields, current="a guess")
    right = browser.post("/settings", **fields, current="four calm words here")
    same = browser.post("/settings", **fields)
    guesses = [browser.post("/settings", **{**fields, "mail": "x@y.z"}) for _ in range(12)]

    assert wrong.status_code == 422
    assert "That is not your password." in wrong.text
    assert right.status_code == 303
    assert same.status_code == 303
    assert guesses[-1].status_code == 429


def test_a_form_without_an_address_says_so(browser: Browser) -> None:
    assert browser.post("/forgotten", mail="").status_code == 422
    assert "looks like ann@example.com" in browser.post("/forgotten", mail="ann").text


def test_a_reset_by_the_operator_goes_to_the_address_of_the_account(
    service: Service, browser: Browser, mailbox: MailServer
) -> None:
    nina = somebody(service, "nina")
    give_mail(service, nina, "nina@example.com")

    page = browser.post(f"/people/accounts/{nina.user}", what="reset").text
    send_mails(service)

    assert "A letter with it goes to" in page
    assert mailbox.letters[0]["To"] == "nina@example.com"


def test_without_a_mail_server_the_page_says_who_can_help(
    backend: Backend, clock: FixedClock
) -> None:
    plain = Service.open(backend.settings, clock=clock)
    try:
        with listening(create_app(plain)) as address, httpx.Client(base_url=address) as client:
            page = client.get("/forgotten")
            refused = client.post(
                "/forgotten", data={"mail": "ann@example.com"}, headers={"Origin": address}
            )
        assert "worklog admin reset NAME" in page.text
        assert refused.status_code == 404
        assert send_mails(plain) == 0
        assert set(CHORES) - set(chores_of(plain)) == {"mail"}
    finally:
        plain.close()


# --- Servers ------------------------------------------------------------------------------


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def test_a_letter_goes_over_starttls_with_a_password(authority: trustme.CA) -> None:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with mail_server(starttls=server_context(authority), password="p@ss:word") as server:
        at = f"localhost:{server.port}"
        right = SmtpPost(f"smtp+starttls://me:p%40ss%3Aword@{at}", FROM, trust=trust)
        wrong = SmtpPost(f"smtp+starttls://me:guess@{at}", FROM, trust=trust)

        assert right.send(LETTER) is None
        refused = wrong.send(LETTER)

    assert [letter["Subject"] for letter in server.letters] == ["Hello"]
    assert refused is not None
    assert "535" in refused.reason
    assert not refused.is_final


def test_a_letter_goes_over_tls_to_a_server_that_is_trusted_only(authority: trustme.CA) -> None:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with mail_server(tls=server_context(authority)) as server:
        url = f"smtps://localhost:{server.port}"

        assert SmtpPost(url, FROM, trust=trust).send(LETTER) is None
        mistrusted = SmtpPost(url, FROM).send(LETTER)

    assert len(server.letters) == 1
    assert mistrusted is not None
    assert "certificate verify failed" in mistrusted.reason
    assert not mistrusted.is_final


def test_a_server_that_is_not_there_or_broken_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    failure = SmtpPost(f"smtp://127.0.0.1:{port}", FROM).send(LETTER)

    assert failure is not None
    assert "cannot be used" in failure.reason
    assert not failure.is_final


def test_an_address_that_no_letter_can_have_is_final(mailbox: MailServer) -> None:
    post = SmtpPost(f"smtp://127.0.0.1:{mailbox.port}", FROM)

    assert post.send(replace(LETTER, to="a\nb@example.com")) == Failure(
        "it is no mail address", is_final=True
    )


@pytest.mark.parametrize(
    ("url", "sender", "words"),
    [
        ("http://mail.example", FROM, "not one that worklog knows"),
        ("smtps://:465", FROM, "not one that worklog knows"),
        ("smtps://mail.example:x", FROM, "not one that worklog knows"),
        ("smtp://mail.example", FROM, "in the clear"),
        ("smtps://mail.example", "", "no mail address to send from"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_said_at_the_start(
    url: str, sender: str, words: str
) -> None:
    with pytest.raises(ConfigInvalidError, match=words):
        SmtpPost(url, sender)


# --- Erasure ------------------------------------------------------------------------------


def test_letters_to_and_from_somebody_who_erased_their_account_are_forgotten(
    service: Service, olga: Somebody, browser: Browser
) -> None:
    acme = organisation(service, "Acme", owners=[olga])
    give_mail(service, olga, "olga@example.com")
    nina = somebody(service, "nina", is_operator=True)
    give_mail(service, nina, "nina@example.com")
    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="max@example.com")
    browser.post(f"/people/{acme}/invite", purpose="member", note="", mail="nina@example.com")
    with service.store.writing(SYSTEM) as scope:
        erasure.forget_links(scope, nina.user, "nina", [])
        erasure.drop_rows(scope, nina.user)
    assert len(rows(service)) == 1

    with service.store.writing(SYSTEM) as scope:
        erasure.forget_links(scope, olga.user, "olga", [])

    assert rows(service) == []
