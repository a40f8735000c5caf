"""What is a secret in lines of recognised text, and what is not."""

from __future__ import annotations

import string
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from worklog.domain.payment_numbers import cards, ibans, luhn
from worklog.domain.secret_forms import SecretKind, find_in, is_random
from worklog.domain.secrets import Finding, TextLine, find

CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"
AWS = "AKIAIOSFODNN7EXAMPLE"
GITHUB = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
BODY = (
    "MIIEowIBAAKCAQEAx5kq3Zp7bW2hN0tVd8sYfR1uJcLmQ4gXe6oTzKvBaPiUy9Dw",
    "nE3rSHqG7lMfC5xVjO2tKbZ8aWp0dIuR1YgNs6hLQkTz4oXeBvJmPcUy9DwAiF7q",
)
ALPHANUMERIC = string.ascii_letters + string.digits
WORDS = st.sampled_from(
    ["see", "note", "the", "of", "on", "about", "line", "file", "for", "next", "run", "open"]
)
PROSE = st.lists(WORDS, max_size=5).map(" ".join)


def kinds(text: str) -> list[SecretKind]:
    return [kind for kind, _, _ in find_in(text)]


def shown(text: str) -> list[str]:
    return [text[start:end] for _, start, end in find_in(text)]


def column(*texts: str, left: int = 10) -> list[TextLine]:
    return [TextLine(text, left, 20 * row, 8 * len(text), 14) for row, text in enumerate(texts)]


# --- Found --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SecretKind.PRIVATE_KEY, "BEGIN RSA PRIVATE KEY"),
        (SecretKind.PRIVATE_KEY, "BEGIN OPENSSH PRIVATE KEY"),
        (SecretKind.PRIVATE_KEY, "BEGIN PGP PRIVATE KEY BLOCK"),
        (SecretKind.PRIVATE_KEY, "BEGlN ENCRYPTED PRlVATE KEY"),
        (SecretKind.PRIVATE_KEY, "END EC PRIVATE KEY"),
        (SecretKind.PRIVATE_KEY, "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2),
        (SecretKind.AWS, AWS),
        (SecretKind.AWS, "ASIAIOSFODNN7EXAMPLE"),
        (SecretKind.AWS, "AKlAlOSFoDNN7EXAMPLE"),
        (SecretKind.GITHUB, GITHUB),
        (SecretKind.GITHUB, GITHUB.replace("_", " ")),
        (SecretKind.GITHUB, "github_pat_11ABCDEFG0abcdefghijkl"),
        (SecretKind.SLACK, "xoxb-123456789012-abcdefGHIJKL"),
        (SecretKind.SLACK, "x0xp-123456789012-abcdefGHIJKL"),
        (SecretKind.SLACK, "hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX"),
        (SecretKind.STRIPE, "sk_" + "live_51H8x9yKqZ3LmNpQrStUvW"),
        (SecretKind.STRIPE, "rk-test-51H8x9yKqZ3LmNpQrStUvW"),
        (SecretKind.STRIPE, "whsec_" + "5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"),
        (SecretKind.GOOGLE, "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"),
        (SecretKind.GOOGLE, "GOCSPX-abcdefghij1234567890AB"),
        (SecretKind.GOOGLE, "ya29.a0AfH6SMBx1234567890abcdef"),
        (SecretKind.JWT, JWT),
        (SecretKind.TOKEN, "glpat-abcdefghij1234567890"),
        (SecretKind.TOKEN, "sk-proj-abc123DEF456ghi789JKL012"),
        (SecretKind.TOKEN, "npm_abcdefghijklmnopqrstuvwxyz0123456789"),
        (SecretKind.MAIL, "ada.lovelace+work@mail.example.org"),
        (SecretKind.CARD, CARD),
        (SecretKind.CARD, "4111-1111-1111-1111"),
        (SecretKind.CARD, "4111111111111111"),
        (SecretKind.CARD, "3782 822463 10005"),
        (SecretKind.CARD, "5555555555554444"),
        (SecretKind.CARD, "41ll 11l1 lll1 1l11"),
        (SecretKind.CARD, "4lll 11l1 lll1 1l111"),
        (SecretKind.IBAN, IBAN),
        (SecretKind.IBAN, IBAN.replace(" ", "")),
        (SecretKind.IBAN, "DE89 37O4 0044 0532 O13O OO"),
        (SecretKind.IBAN, "GB82 WEST 1234 5698 7654 32"),
        (SecretKind.IBAN, "NO93 8601 1117 947"),
    ],
)
def test_each_form_is_found_whole_and_as_what_it_is(kind: SecretKind, text: str) -> None:
    assert find_in(f"see {text} here") == ((kind, 4, 4 + len(text)),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password = hunter2", "hunter2"),
        ("Password: Summer2024!", "Summer2024!"),
        ('"db_password": "tr0ub4dor&3"', "tr0ub4dor&3"),
        ("passw0rd=hunter2x", "hunter2x"),
        ("Passwort: geheim99", "geheim99"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPx", "wJalrXUtnFEMI/K7MDENG/bPx"),
        ("api_key: 9aXk27Lq0Zt4", "9aXk27Lq0Zt4"),
        ("API KEY 9aXk27Lq0Zt4", "9aXk27Lq0Zt4"),
        ("client_secret='9aXk27Lq0Zt4'", "9aXk27Lq0Zt4"),
        ("Authorization: Bearer 9aXk27Lq0Zt4", "9aXk27Lq0Zt4"),
        ("curl --token 9aXk27Lq0Zt4", "9aXk27Lq0Zt4"),
        ("token secret = 9aXk27Lq0Zt4", "9aXk27Lq0Zt4"),
        ("postgres://bob:s3cr3t@db.example/app", "s3cr3t"),
    ],
)
def test_what_stands_behind_a_word_for_it_is_found(text: str, value: str) -> None:
    assert value in shown(text)


@given(PROSE, PROSE, st.sampled_from([CARD, IBAN, AWS, GITHUB, JWT, "ada@example.org"]))
def test_a_secret_is_found_wherever_it_stands_in_a_line(
    before: str, after: str, secret: str
) -> None:
    text = " ".join(filter(None, (before, secret, after)))

    assert [text[start:end] for _, start, end in find_in(text)] == [secret]


@given(
    st.sampled_from(["password", "secret", "api_key", "ACCESS_TOKEN", "client_secret"]),
    st.sampled_from(["=", ": ", " = ", '="', "=>"]),
    st.text(ALPHANUMERIC, min_size=24, max_size=64),
)
def test_a_random_value_behind_a_word_for_it_is_found(word: str, sign: str, value: str) -> None:
    assume(is_random(value))

    assert shown(word + sign + value) == [value]


@given(st.from_regex(r"4[0-9]{14}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_every_card_number_is_found_in_each_way_to_write_it(number: str, between: str) -> None:
    check = next(digit for digit in string.digits if luhn(number + digit))
    written = between.join((number + check)[at : at + 4] for at in range(0, 16, 4))

    assert shown(f"paid with {written} today") == [written]


@given(st.from_regex(r"[0-9]{18}", fullmatch=True), st.sampled_from(["", " "]))
def test_every_account_number_is_found(account: str, between: str) -> None:
    check = 98 - int(account + "131400") % 97
    number = f"DE{check:02}{account}"
    written = between.join(number[at : at + 4] for at in range(0, 22, 4))

    assert [written[start:end] for start, end in ibans(written)] == [written]


# --- Not found ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "def login(token: str, password: str = None) -> None:",
        "token = self.get_token()",
        "password = os.environ['DB_PASSWORD']",
        "password=$DB_PASSWORD",
        "secret = settings.secret_key",
        "token_type = 'application/json'",
        "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
        "api_key = config.api_key_v2",
        "the secret garden of all roses",
        "secrets: see docs/secrets.md",
        "tokens: 128000 read, 4096 written",
        "assert token == expected_token",
        "git@github.com:example/project.git",
        "@pytest.fixture(scope='module')",
        "numpy@2.4.6 and react@19.0.1",
        "loss = (w@x.mean())",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
        "commit 9f2c1e7ab34d5e6f708192a3b4c5d6e7f8091a2b",
        "fixed in 9f2c1e7ab, see #1234",
        "phone +49 30 1234 5678, +1 (555) 010-9999, 00 49 170 1234567",
        "call 0170 1234 5678 or 030 12345678",
        "550e8400-e29b-41d4-a716-446655440000",
        "2026-11-29T14:15:40.123456Z at 1732889740123",
        "4111 1111 1111 1112",
        "DE88 3704 0044 0532 0130 00",
        "XX89 3704 0044 0532 0130 00",
        "DE89 3704 0044 0532",
        "192.168.100.100:8080 and 10.0.0.1",
        "https://example.org/a/b?page=2",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert find_in(text) == ()


@given(PROSE, st.binary(min_size=20, max_size=20), st.sampled_from(["commit", "in", "see", ""]))
def test_hashes_of_commits_are_left_alone(before: str, digest: bytes, word: str) -> None:
    for length in (7, 12, 40):
        assert find_in(f"{before} {word} {digest.hex()[:length]} works") == ()


@given(PROSE, st.uuids())
def test_uuids_are_left_alone(before: str, value: UUID) -> None:
    assert find_in(f"{before} {value} done") == ()


@given(st.datetimes())
def test_times_are_left_alone(value: object) -> None:
    assert find_in(f"at {value}, {value:%Y-%m-%dT%H:%M:%SZ} or {value:%d.%m.%Y %H:%M}") == ()


@given(st.from_regex(r"\+[1-9][0-9]{0,2}( [0-9]{2,4}){2,4}", fullmatch=True))
def test_phone_numbers_are_left_alone(number: str) -> None:
    assert find_in(f"call {number} today") == ()


@given(PROSE)
def test_prose_is_left_alone(text: str) -> None:
    assert find_in(text) == ()


@given(st.text(max_size=200))
def test_what_is_found_lies_in_the_text_and_nothing_overlaps(text: str) -> None:
    found = find_in(text)

    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert all(a[2] <= b[1] for a, b in pairwise(found))


def test_no_text_takes_long() -> None:
    for hostile in ("a" * 20_000, "token=" * 4000, "1 " * 10_000, "a.@" * 6000, "eyJ." * 5000):
        assert len(find_in(hostile)) < 20_000


def test_numbers_know_their_checks() -> None:
    assert (luhn("79927398713"), luhn("79927398710")) == (True, False)
    assert list(cards("no number")) == []


# --- More than one line -------------------------------------------------------------------


def test_a_private_key_is_found_from_its_first_line_to_its_last() -> None:
    lines = column(
        "cat id_rsa",
        "-----BEGIN RSA PRIVATE KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        *BODY,
        "Q8s=",
        "-----END RSA PRIVATE KEY-----",
        "$ echo done",
    )

    found = find(lines)

    assert [(one.kind, one.line) for one in found] == [
        (SecretKind.PRIVATE_KEY, row) for row in range(1, 7)
    ]


def test_a_key_without_its_end_or_without_its_beginning_is_found_as_well() -> None:
    upper = column("-----BEGIN PRIVATE KEY-----", BODY[0])
    lower = column("$ ls", BODY[0], "-----END PRIVATE KEY-----")

    assert {one.line for one in find(upper)} == {0, 1}
    assert {one.line for one in find(lower)} == {1, 2}


def test_two_full_lines_are_the_middle_of_a_key_and_one_is_not() -> None:
    assert [one.line for one in find(column("$ ls", *BODY, "Q8s=", "$ ls"))] == [1, 2, 3]
    assert find(column("$ ls", BODY[0], "$ ls")) == ()


def test_a_key_in_one_window_takes_nothing_from_the_window_beside_it() -> None:
    key = column("-----BEGIN PRIVATE KEY-----", *BODY)
    beside = column("some", "other", "words", left=900)

    assert {one.line for one in find([*key, *beside])} == {0, 1, 2}


def test_a_token_that_a_terminal_broke_is_followed() -> None:
    head, tail = JWT[:40], JWT[40:]
    lines = column(f"token {head}", f"{tail} and", "more words")

    found = find(lines)

    assert found[-1] == Finding(SecretKind.JWT, 1, 0, len(tail))
    assert {one.line for one in found} == {0, 1}


def test_what_stands_below_a_token_is_left_alone_where_it_is_a_text() -> None:
    assert {one.line for one in find(column(GITHUB, "ordinary", "words"))} == {0}
    assert {one.line for one in find(column(GITHUB, "short"))} == {0}
    assert {one.line for one in find([*column(GITHUB), *column("", "x9Kq2Lm8Zz", left=90)])} == {0}
    assert {one.line for one in find(column("ada@example.org", "x9Kq2Lm8Zz"))} == {0}


def test_a_word_and_its_value_may_be_recognised_as_two_lines() -> None:
    lines = [TextLine("Password:", 10, 50, 80, 14), TextLine("hunter2", 110, 51, 60, 14)]

    assert find(lines) == (Finding(SecretKind.PASSWORD, 1, 0, 7),)
    assert find(list(reversed(lines))) == (Finding(SecretKind.PASSWORD, 0, 0, 7),)


def test_what_is_further_away_belongs_to_another_text() -> None:
    word = TextLine("Password:", 10, 50, 80, 14)

    assert find([word, TextLine("hunter2", 300, 50, 60, 14)]) == ()
    assert find([word, TextLine("hunter2", 110, 90, 60, 14)]) == ()


def test_a_card_in_four_parts_is_found_in_all_of_them() -> None:
    lines = [TextLine(part, 10 + 50 * at, 9, 40, 14) for at, part in enumerate(CARD.split())]

    assert [one.line for one in find(lines)] == [0, 1, 2, 3]


def test_an_empty_picture_has_no_secrets() -> None:
    assert find([]) == ()
