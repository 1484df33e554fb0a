"""Reads the documents that a request brings along: what they mean, or a problem with every mistake and its place."""

from collections.abc import Collection, Mapping

from shared_events.http import Problem
from sla_svc.adapters.calendars import resolved
from sla_svc.adapters.documents import DocumentRefused, read_document
from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.policies.vocabulary import Vocabulary
from sla_svc.domain.story import REASONS


class Documents:
    """Of one request: what is wrong in any of them is refused together, when all were read."""

    def __init__(self) -> None:
        self._errors: list[Mapping[str, str | int]] = []
        self._mistaken: list[str] = []
        """What has mistakes."""

    def policy(self, text: str, calendars: Collection[str]) -> PolicyDocument | None:
        """A policy that may name these calendars; none if it has mistakes."""
        words = Vocabulary(metrics=METRICS, pauses=REASONS, calendars=sorted(calendars))
        try:
            return read_document(text, "/document", PolicyDocument, words)
        except DocumentRefused as refused:
            self._keep(refused, "policy")
            return None

    def calendar(self, text: str, pointer: str = "/document") -> CalendarDocument | None:
        """A calendar, made to stand alone; none if it has mistakes."""
        try:
            return read_document(text, pointer, CalendarDocument, completed=resolved)
        except DocumentRefused as refused:
            self._keep(refused, "calendar")
            return None

    def refuse_mistakes(self, nothing_was: str) -> None:
        """422, if there were any."""
        if self._errors:
            have = f"{self._mistaken[0]} has" if len(self._mistaken) == 1 else "documents have"
            title = f"The {have} mistakes; nothing was {nothing_was}."
            raise Problem(422, "INVALID_DOCUMENT", title, errors=self._errors)

    def _keep(self, refused: DocumentRefused, kind: str) -> None:
        self._mistaken.append(kind)
        self._errors += [
            {
                "pointer": refused.source,
                "line": mistake.line,
                "column": mistake.column,
                "expected": f"{mistake.what}: {mistake.message}" if mistake.what else mistake.message,
            }
            for mistake in refused.mistakes
        ]
