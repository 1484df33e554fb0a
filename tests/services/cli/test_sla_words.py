"""The words around an explanation are the same in every language."""

from string import Formatter

from services.cli.sla_words import WORDS, Words
from shared_events.contracts.words import Language


def test_each_language_says_the_same_of_the_same_things() -> None:
    assert set(WORDS) == set(Language)
    english, chinese = (_values(words) for words in WORDS.values())
    assert english == chinese


def _values(words: Words) -> dict[str, set[str]]:
    """Of each word, what is filled in."""
    return {name: {value for _, value, _, _ in Formatter().parse(text) if value} for name, text in words.items()}
