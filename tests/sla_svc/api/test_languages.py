"""Which language an explanation is in."""

import pytest

from sla_svc.api.languages import language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("*", "en"),
        ("de, fr;q=0.5", "en"),
        ("en-GB", "en"),
        ("zh", "zh-CN"),
        ("ZH-hans-cn", "zh-CN"),
        ("en, zh", "en"),
        ("en;q=0.8, zh;q=0.9", "zh-CN"),
        ("fr, zh;q=0.1", "zh-CN"),
        ("zh;q=0", "en"),
        ("en;q=0", "zh-CN"),
        ("zh;q=2, en", "en"),
        (";;;,,,=", "en"),
    ],
)
def test_the_spoken_language_of_the_highest_weight_is_taken(header: str | None, language: str) -> None:
    assert language_of(header) == language
