"""Which language a reader gets."""

import pytest

from shared_events.http.languages import language_named, language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("de, fr;q=0.5", "en"),
        ("en", "en"),
        ("en-GB", "en"),
        ("zh", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh-Hans", "zh-CN"),
        ("ZH-hans-cn", "zh-CN"),
        ("zh, en", "zh-CN"),
        ("en, zh", "en"),
        ("en;q=0.8, zh;q=0.9", "zh-CN"),
        ("fr, zh;q=0.1", "zh-CN"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=0", "en"),
        ("en;q=0", "zh-CN"),
        ("en ; q = 0.2 , zh ; q = 0.3", "zh-CN"),
        ("zh;q=2, en", "en"),
        ("zh;q=x", "en"),
        (";;;,,,=", "en"),
    ],
)
def test_the_spoken_language_of_the_highest_weight_is_taken(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("EN-gb", "en"), ("zh", "zh-CN"), ("zh-Hant", "zh-CN"), ("de", None), ("", None), ("english", None)],
)
def test_a_language_that_somebody_names_is_one_that_there_are_words_in(tag: str, language: str | None) -> None:
    assert language_named(tag) == language
