"""`--language`: in which language a verb tells."""

from typing import Annotated

import typer

from shared_events.contracts.words import Language


def _language(tag: str) -> Language:
    # Imported only now: it brings the whole API along, and help should be instant.
    from shared_events.http.languages import language_named

    found = language_named(tag)
    if found is None:
        raise typer.BadParameter(f"expected en or zh, found {tag!r}")
    return found


SpokenLanguage = Annotated[Language, typer.Option(parser=_language, metavar="en|zh", help="In which language.")]
