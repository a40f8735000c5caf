"""The table of settings: what each value may be, and who wins."""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta

import pytest

from worklog.app.ports import WithholdRule
from worklog.app.withholding import DEFAULT_RULES, check
from worklog.cli.reviewing import thresholds_of
from worklog.config import KEYS, Kind, Rules, Settings, Words, as_text, merge, unknown_variables
from worklog.config.keys import find_key, read_value
from worklog.config.settings import (
    SECTIONS,
    Capture,
    Layer,
    attribute,
    from_environment,
    from_options,
)
from worklog.domain.review import VAGUE, Thresholds
from worklog.errors import ConfigInvalidError


def layer(values: Mapping[str, object], name: str = "test") -> Layer:
    return Layer(values, where=lambda _: name, source=lambda _: name)


def test_the_classes_of_the_settings_have_the_keys_of_the_table() -> None:
    plain = {
        field.name.replace("_", "-")
        for field in dataclasses.fields(Settings)
        if field.name not in {*SECTIONS, "sources"}
    }
    nested = {
        f"{section}.{field.name.removesuffix('_').replace('_', '-')}"
        for section, kind in SECTIONS.items()
        for field in dataclasses.fields(kind)
    }

    assert plain | nested == {key.name for key in KEYS}


def test_the_classes_of_the_settings_have_the_types_of_the_table() -> None:
    types = {
        Kind.FLAG: "bool",
        Kind.DURATION: "timedelta",
        Kind.NUMBER: "int",
        Kind.SIZE: "int",
        Kind.RULES: "Rules",
        Kind.WORDS: "Words",
        Kind.ZONE: "str",
        Kind.NAME: "str",
        Kind.TEXT: "str",
    }
    for key in KEYS:
        section, _, name = key.name.rpartition(".")
        owner = SECTIONS[section] if section else Settings
        declared = next(f.type for f in dataclasses.fields(owner) if f.name == attribute(name))
        words = ", ".join(repr(word) for word in key.choices)

        assert declared == types.get(key.kind, f"Literal[{words}]"), key.name


@pytest.mark.parametrize("name", [key.name for key in KEYS])
def test_every_key_is_complete_and_its_default_passes_its_own_checks(name: str) -> None:
    key = find_key(name)
    assert key is not None

    value = read_value(key, key.default)

    assert read_value(key, as_text(key, value)) == value
    assert key.help.endswith(".")
    assert bool(key.choices) == (key.kind is Kind.CHOICE)


def test_the_defaults_are_those_of_the_product() -> None:
    settings = merge([])

    assert settings.capture == Capture(
        consent="ask",
        screenshots=True,
        monitors="all",
        notify=True,
        review=timedelta(minutes=10),
        withhold=Rules(["default"]),
        pixelate=0,
    )
    assert (settings.idle.after, settings.idle.action, settings.idle.resume) == (
        timedelta(minutes=10),
        "pause",
        timedelta(minutes=30),
    )
    assert settings.memo.remind == timedelta(minutes=60)
    assert settings.hooks.timeout == timedelta(seconds=5)
    assert (settings.disk.warn, settings.disk.stop) == (500_000_000, 100_000_000)
    assert (settings.hangup, settings.zone, settings.camera) == ("stop", "", False)
    assert set(settings.sources.values()) == {"default"}


def test_an_option_wins_over_a_variable_over_the_file_over_the_default() -> None:
    file = layer({"capture.review": "1m", "memo.remind": "1m", "idle.after": "1m"}, "the file")
    variables = from_environment({"WORKLOG_CAPTURE_REVIEW": "2m", "WORKLOG_MEMO_REMIND": "2m"})
    options = from_options({"capture.review": "3m"})

    settings = merge([file, variables, options])

    assert settings.capture.review == timedelta(minutes=3)
    assert settings.memo.remind == timedelta(minutes=2)
    assert settings.idle.after == timedelta(minutes=1)
    assert settings.idle.resume == timedelta(minutes=30)
    assert [
        settings.sources[name]
        for name in ("capture.review", "memo.remind", "idle.after", "idle.resume")
    ] == ["option", "WORKLOG_MEMO_REMIND", "the file", "default"]


def test_a_mistake_in_a_layer_that_loses_is_told_all_the_same() -> None:
    with pytest.raises(ConfigInvalidError, match="the file: hangup: 'x' is none of stop, continue"):
        merge([layer({"hangup": "x"}, "the file"), from_options({"hangup": "stop"})])


def test_an_empty_variable_counts_as_not_set() -> None:
    settings = merge([from_environment({"WORKLOG_HANGUP": "", "WORKLOG_CAPTURE_REVIEW": "0"})])

    assert settings.sources["hangup"] == "default"
    assert settings.capture.review == timedelta(0)


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(ConfigInvalidError) as error:
        merge([from_environment({"WORKLOG_IDLE_AFTER": "soon"})])

    assert str(error.value) == (
        "WORKLOG_IDLE_AFTER: idle.after: 'soon' is not a duration such as '10m'"
    )
    assert error.value.hint == "Correct it with `worklog config edit`."


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(ConfigInvalidError, match="command line: camera: 'x' is neither yes nor no"):
        merge([from_options({"camera": "x"})])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("capture.reviev", "Did you mean capture.review?"),
        ("review", "Did you mean review.few-boxes or review.gap or review.longest-gap?"),
        ("review.few_boxes", "Did you mean review.few-boxes?"),
        ("ui.color", "Did you mean ui.colour?"),
        ("disk.sto", "Did you mean disk.stop?"),
        ("zzzzzz", "Correct it with `worklog config edit`."),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_names(name: str, hint: str) -> None:
    with pytest.raises(ConfigInvalidError, match=f"test: there is no setting '{name}'") as error:
        merge([layer({name: 1})])

    assert error.value.hint == hint


def test_variables_that_set_nothing_can_be_pointed_at() -> None:
    environ = {
        "WORKLOG_CAPTURE_REVEIW": "0",
        "WORKLOG_CAPTURE_REVIEW": "0",
        "WORKLOG_HOME": "/w",
        "HOME": "/h",
    }

    assert unknown_variables(environ) == ["WORKLOG_CAPTURE_REVEIW"]


@pytest.mark.parametrize(
    ("name", "raw", "value", "text"),
    [
        ("camera", True, True, "yes"),
        ("camera", "Off", False, "no"),
        ("camera", "1", True, "yes"),
        ("capture.consent", "YES", "yes", "yes"),
        ("capture.consent", False, "no", "no"),
        ("capture.review", "6h", timedelta(hours=6), "6h"),
        ("capture.review", 90, timedelta(minutes=90), "1h30m"),
        ("hooks.timeout", "2.5s", timedelta(seconds=2), "2s"),
        ("capture.pixelate", 12, 12, "12"),
        ("capture.pixelate", " 1000 ", 1000, "1000"),
        ("disk.warn", "1.5 GiB", 1610612736, "1610612736B"),
        ("disk.warn", 2048, 2048, "2048B"),
        ("disk.warn", "3kb", 3000, "3kB"),
        ("disk.warn", "2 GB", 2_000_000_000, "2GB"),
        ("disk.warn", "0", 0, "0B"),
        ("zone", " Asia/Kathmandu ", "Asia/Kathmandu", "Asia/Kathmandu"),
        ("input.way", "X11-record", "x11-record", "x11-record"),
        (
            "capture.withhold",
            ["default", " title :  bank|tax "],
            ("default", "title: bank|tax"),
            "default\ntitle: bank|tax",
        ),
        ("capture.withhold", "application: ^a:b$", ("application: ^a:b$",), "application: ^a:b$"),
        ("capture.withhold", [], (), ""),
        ("review.few-boxes", "0", 0, "0"),
        ("review.memo-length", 500, 500, "500"),
        (
            "review.vague",
            "Default, Allerlei. misc",
            ("default", "allerlei", "misc"),
            "default\nallerlei\nmisc",
        ),
        (
            "review.vague",
            ["default", "e\u0301tude misc"],
            ("default", "étude", "misc"),
            "default\nétude\nmisc",
        ),
        ("review.vague", "wip wip", ("wip",), "wip"),
        ("review.vague", "", (), ""),
    ],
)
def test_a_value_is_read_and_written(name: str, raw: object, value: object, text: str) -> None:
    key = find_key(name)
    assert key is not None

    found = read_value(key, raw)

    assert found == value
    assert as_text(key, found) == text
    assert read_value(key, text) == value


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("camera", 2, "2 is neither yes nor no"),
        ("hangup", True, "True is none of stop, continue"),
        ("idle.action", "sleep", "'sleep' is none of pause, stop, keep"),
        ("capture.review", True, "True is not a duration such as '10m'"),
        ("capture.review", [1], "[1] is not a duration such as '10m'"),
        ("capture.review", "6h1m", "'6h1m' is not between 0 and 6h"),
        ("idle.after", 0, "0 is not between 1m and 24h"),
        ("capture.pixelate", True, "True is not a whole number from 0 to 1000"),
        ("capture.pixelate", -1, "-1 is not a whole number from 0 to 1000"),
        ("capture.pixelate", 1001, "1001 is not a whole number from 0 to 1000"),
        ("capture.pixelate", "9" * 5000, f"{'9' * 5000!r} is not a whole number"),
        ("review.few-boxes", 10, "10 is not a whole number from 0 to 9"),
        ("review.few-boxes", "four", "'four' is not a whole number from 0 to 9"),
        ("review.memo-words", 0, "0 is not a whole number from 1 to 20"),
        ("review.memo-length", "501", "'501' is not a whole number from 1 to 500"),
        ("review.manual-share", 101, "101 is not a whole number from 0 to 100"),
        ("review.manual-share", 2.5, "2.5 is not a whole number from 0 to 100"),
        ("review.gap", "30s", "'30s' is not between 1m and 24h"),
        ("review.longest-gap", "25h", "'25h' is not between 0 and 24h"),
        ("review.vague", 1, "1 is no word: write words in quotes"),
        ("review.vague", ["fix", 1], "1 is no word: write words in quotes"),
        ("review.vague", ["..."], "'...' is no word of letters or digits"),
        ("review.vague", "x" * 61, f"'{'x' * 61}' is no word of letters or digits, of at most 60"),
        ("disk.stop", "lots", "'lots' is not a size such as '500MB'"),
        ("disk.stop", True, "True is not a size such as '500MB'"),
        (
            "zone",
            "Europe/Berln",
            "'Europe/Berln' is not the name of a time zone; did you mean Europe/Berlin?",
        ),
        (
            "zone",
            "../etc/passwd",
            "'../etc/passwd' is not the name of a time zone, as 'Europe/Berlin' is",
        ),
        (
            "zone",
            "Europe",
            "'Europe' is not the name of a time zone; did you mean Europe/Amsterdam?",
        ),
        ("zone", 1, "1 is not the name of a time zone; did you mean"),
        ("input.way", "a b", "'a b' is not a name: write 'auto', or one that `worklog doctor`"),
        ("input.way", 1, "1 is not a name"),
        ("report.to", 1, "1 is not text in quotes"),
        ("capture.withhold", ["title"], "'title' is no rule: write 'application: REGEX', 'title: "),
        ("capture.withhold", ["url: x"], "'url: x' is no rule"),
        ("capture.withhold", ["title: "], "'title: ' is no rule"),
        ("capture.withhold", [1], "1 is no rule"),
        ("capture.withhold", ["title: ("], "'(' is no regular expression: missing )"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason(name: str, raw: object, reason: str) -> None:
    key = find_key(name)
    assert key is not None

    with pytest.raises(ValueError) as error:  # noqa: PT011 -- the message is compared
        read_value(key, raw)

    assert str(error.value).startswith(reason)


def test_what_review_looks_for_by_default_is_what_the_domain_says() -> None:
    assert thresholds_of(merge([])) == Thresholds()


def test_what_review_looks_for_can_be_set() -> None:
    settings = merge(
        [
            layer(
                {
                    "review.few-boxes": 6,
                    "review.memo-words": 3,
                    "review.memo-length": 20,
                    "review.vague": ["default", "Allerlei"],
                    "review.manual-share": 35,
                    "review.gap": "20m",
                    "review.longest-gap": "3h",
                }
            ),
            from_environment({"WORKLOG_REVIEW_FEW_BOXES": "5"}),
        ]
    )

    assert thresholds_of(settings) == Thresholds(
        low_boxes=5,
        memo_words=3,
        memo_characters=20,
        vague=VAGUE | {"allerlei"},
        manual_permille=350,
        gap_at_least=timedelta(minutes=20),
        gap_at_most=timedelta(hours=3),
    )


def test_words_without_the_default_ones_replace_them() -> None:
    assert Words(["allerlei"]).words(VAGUE) == {"allerlei"}
    assert Words(["default"]).words(VAGUE) == VAGUE
    assert Words().words(VAGUE) == frozenset()


def test_the_default_rules_of_withholding_can_be_used() -> None:
    settings = merge([layer({"capture.withhold": ["title: bank", "default"]})])

    rules = settings.capture.withhold.rules(DEFAULT_RULES)

    assert check(rules) == (WithholdRule("title", "bank"), *DEFAULT_RULES)
