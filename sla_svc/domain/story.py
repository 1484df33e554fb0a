"""What is known of a ticket while its facts are gone through in the order in which they happened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sla_svc.domain.facts import Observed, seconds_of_text

AWAITING_VERDICT: Final = "awaiting_verdict"
"""The customer has an answer and has said neither yes nor no: a reason to pause, as those of routing are."""

REASONS: Final = ("customer", "user", "vendor", "implementation", "other", AWAITING_VERDICT)
"""For which a policy may let clocks pause."""

_CORRECTABLE: Final = ("channel", "language", "importance", "product")

RESPONSES: Final = frozenset({"AnswerSubmitted", "CustomerInformed"})
"""The kinds of facts by which the customer hears something."""

MOVES: Final = frozenset(
    {"TicketRouted", "TicketEscalated", "TicketHandedBack", "TechnicalCaseAnswered", "TicketReopened"}
)
"""The kinds of facts by which a ticket comes to a tier."""

ENDINGS: Final = frozenset({"TicketResolved", "TicketClosed", "ConsultationWithdrawn"})
"""The kinds of facts after which nobody works on it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """From this moment on the ticket waits for these reasons; none: it does not wait."""

    at: int
    reasons: frozenset[str]
    cause: Observed


@dataclass(slots=True)
class Story:
    """Everything that metrics and policies can ask, as it stands after the fact that was told last."""

    attributes: dict[str, str | None] = field(default_factory=dict)
    changed: bool = False
    """Whether the last fact changed what a policy may ask about."""
    contacted_at: int | None = None
    """None: nobody has recorded the consultation."""
    corrected_at: int = 0
    """When somebody last put that right."""
    tier: str | None = None
    entered: str | None = None
    """The tier that the ticket came to with the last fact."""
    left: str | None = None
    """The tier that it left with the last fact."""
    agent: str | None = None
    routed_before: bool = False
    """Whether it had been in a tier before the last fact."""
    is_open: bool = True
    responded: bool = False
    """Whether a person has ever answered or told the customer anything."""
    waits: list[Waiting] = field(default_factory=list)
    corrected: dict[str, str] = field(default_factory=dict)
    """What the record should have said in the beginning."""
    _reasons: frozenset[str] = frozenset()

    @property
    def reasons(self) -> frozenset[str]:
        """For what the ticket waits now."""
        return self._reasons

    def tell(self, fact: Observed) -> None:
        """Go on by one fact."""
        self.changed = False
        self.entered = self.left = None
        self.routed_before = self.tier is not None
        told = _TELL.get(fact.kind)
        if told is not None:
            told(self, fact)

    def put_right(self, corrections: Sequence[Observed]) -> None:
        """Of what the record said in the beginning: a correction says how it has been all the time."""
        for fact in sorted(corrections, key=lambda fact: fact.version):
            if fact.data.get("contacted_at") is not None:
                self.corrected_at = fact.recorded_at
            self.corrected.update({name: str(value) for name, value in fact.data.items() if value is not None})

    def know(self, values: Mapping[str, str | None]) -> None:
        """Of the ticket's attributes."""
        if any(self.attributes.get(name) != value for name, value in values.items()):
            self.attributes.update(values)
            self.changed = True

    def wait_for(self, reasons: frozenset[str], cause: Observed) -> None:
        """From this fact on."""
        if reasons != self._reasons:
            self._reasons = reasons
            self.waits.append(Waiting(cause.at, reasons, cause))


def speaks_to_customer(fact: Observed) -> bool:
    """An answer, or a message by a person: what a program says by itself is no response."""
    return fact.kind == "AnswerSubmitted" or (fact.kind == "CustomerInformed" and not fact.by.startswith("system:"))


def _received(story: Story, fact: Observed) -> None:
    contacted_at = story.corrected.get("contacted_at") or fact.data["contacted_at"]
    story.contacted_at = seconds_of_text(contacted_at)
    story.know({name: story.corrected.get(name) or fact.data.get(name) for name in _CORRECTABLE})


def _classified(story: Story, fact: Observed) -> None:
    story.know(
        {
            "category": fact.data["category"],
            "request_kind": fact.data["request_kind"],
            "grade": fact.data.get("complaint_grade"),
            "urgency": fact.data["urgency"],
        }
    )


def _moved(story: Story, fact: Observed) -> None:
    """Into a tier: by routing, up, down, back from RDE, or by being reopened."""
    tier = "PSE" if fact.kind == "TechnicalCaseAnswered" else fact.data["tier"]
    if story.is_open and story.tier == tier:
        return
    story.left = story.tier if story.is_open else None
    story.entered = story.tier = tier
    story.agent = None
    story.is_open = True
    story.know({"tier": tier})
    story.wait_for(story.reasons - {AWAITING_VERDICT}, fact)


def _assigned(story: Story, fact: Observed) -> None:
    story.agent = fact.data["agent_id"]


def _released(story: Story, _: Observed) -> None:
    story.agent = None


def _answered(story: Story, fact: Observed) -> None:
    story.responded = True
    if story.is_open:
        story.wait_for(story.reasons | {AWAITING_VERDICT}, fact)


def _informed(story: Story, fact: Observed) -> None:
    story.responded = story.responded or speaks_to_customer(fact)


def _judged(story: Story, fact: Observed) -> None:
    story.wait_for(story.reasons - {AWAITING_VERDICT}, fact)


def _paused(story: Story, fact: Observed) -> None:
    if story.is_open:
        story.wait_for(story.reasons | {fact.data["reason"]}, fact)


def _resumed(story: Story, fact: Observed) -> None:
    """Without a pause before it, nothing."""
    story.wait_for(story.reasons - {fact.data["reason"]}, fact)


def _ended(story: Story, fact: Observed) -> None:
    if story.is_open:
        story.left = story.tier
    story.is_open = False
    story.agent = None
    story.wait_for(frozenset(), fact)


_TELL: Final[Mapping[str, Callable[[Story, Observed], None]]] = {
    **dict.fromkeys(MOVES, _moved),
    **dict.fromkeys(ENDINGS, _ended),
    "ConsultationReceived": _received,
    "ConsultationClassified": _classified,
    "TicketAssigned": _assigned,
    "TicketReleased": _released,
    "AnswerSubmitted": _answered,
    "CustomerInformed": _informed,
    "AnswerAccepted": _judged,
    "AnswerRejected": _judged,
    "TicketPaused": _paused,
    "TicketResumed": _resumed,
}
