"""One ticket on its way through the flow over HTTP: the steps that people take, and what the ledger shows of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx2

from shared_events.http import Role
from tests.system.serving import Centre

ASKED: Final = {"channel": "telephone", "content": "The gateway drops the connection every night."}
TECHNICAL: Final = {
    "category": "technical_support",
    "request_kind": "technical_department",
    "complexity": "complex",
    "urgency": "high",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does to a ticket; `path` is what follows the ticket's own, or a whole path."""

    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    method: str = "POST"
    role: Role = Role.AGENT

    def by(self, role: Role) -> "Step":
        """The same, done by somebody of another role."""
        return replace(self, role=role)


CLAIM: Final = Step("assignment")
RELEASE: Final = Step("assignment", method="DELETE")
PROBLEM: Final = Step("problem", {"problem": "Connection lost at two."})
SEARCH: Final = Step("searches", {"query": "X200 night", "found": ["KB-2041"]})
ANALYSIS: Final = Step("analysis", {"analysis": "The lease is not renewed."})
PROPOSAL: Final = Step("answers", {"text": "Update the firmware to 2.4.1."})
NO_ANSWER: Final = Step("no-answer", {"reason": "Not reproducible here."})
ESCALATION: Final = Step("escalation")
HAND_BACK: Final = Step("hand-back")
CASE: Final = Step("technical-case", {"description": "Lease renewal fails."})
CASE_ANSWER: Final = Step("technical-case/answer", {"text": "2.4.1 renews the lease."})
NOTICE: Final = Step("notices", {"message": "We need one more day."})
PAUSE: Final = Step("pause", {"reason": "customer"})
RESUME: Final = Step("pause", method="DELETE")
REOPENING: Final = Step("reopening", {"cause": "recurred"})
CLOSING: Final = Step("closing")
AT_CSE: Final = (CLAIM, PROBLEM, SEARCH)
AT_PSE: Final = (CLAIM, ANALYSIS)


def submission(number: int) -> Step:
    """CSE-40 and PSE-30."""
    return Step(f"answers/{number}/submission")


def by_exception(number: int) -> Step:
    """A team leader lets RDE answer the customer."""
    body = {"exception": "answered_by_rde", "text": "Exchange the unit."}
    return Step(f"answers/{number}/submission", body, role=Role.LEAD)


def acceptance(number: int) -> Step:
    """CSE-50 and PSE-40, yes."""
    return Step(f"answers/{number}/verdict", {"accepted": True})


def refusal(number: int) -> Step:
    """CSE-50 and PSE-40, no."""
    return Step(f"answers/{number}/verdict", {"accepted": False, "reason": "It still happens."})


@dataclass(slots=True)
class Journey:
    """A ticket, what its last command answered, and how far whoever goes with it has seen each service."""

    centre: Centre
    ticket_id: str
    customer_id: str
    position: dict[str, str] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)

    async def walk(self, *steps: Step) -> "Journey":
        """Take the steps, each of which has to be allowed."""
        for step in steps:
            answer = await self.attempt(step)
            assert answer.is_success, f"{step}: {answer.text}"
        return self

    async def attempt(self, step: Step, **headers: str) -> httpx2.Response:
        """Take a step, allowed or not; headers may be written with underscores."""
        path = step.path if step.path.startswith("/") else f"/v1/tickets/{self.ticket_id}/{step.path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.centre.people[step.role].header | self.seen | named
        answer = await self.centre.http.request(step.method, path, json=dict(step.body), headers=sent)
        if answer.is_success:
            self._remember(answer)
            self.last = answer.json()
        return answer

    async def read(self, behind: str = "", role: Role = Role.AGENT) -> httpx2.Response:
        """What the ledger shows of the ticket, from a state that has everything that was done."""
        path = f"/v1/tickets/{self.ticket_id}{behind}"
        return await self.centre.http.get(path, headers=self.centre.people[role].header | self.seen)

    async def shown(self, role: Role = Role.AGENT) -> dict[str, Any]:
        """The ticket as the ledger shows it."""
        shown: dict[str, Any] = (await self.read(role=role)).json()
        return shown

    async def steps(self) -> list[str]:
        """Types and steps of the timeline, `ProblemRecorded CSE-10`; what SLA says of its clocks is left out."""
        items = (await self.read("/timeline?limit=100")).json()["items"]
        done = [item for item in items if item["service"] != "sla"]
        return [" ".join(filter(None, (item["type"], item["step"]))) for item in done]

    @property
    def seen(self) -> dict[str, str]:
        """The header with all positions."""
        return {"Zixun-Position": ",".join(self.position.values())} if self.position else {}

    @property
    def callbacks(self) -> str:
        """The path of the first visit."""
        return f"/v1/callbacks/{self.ticket_id}.1"

    def _remember(self, answer: httpx2.Response) -> None:
        position = answer.headers.get("Zixun-Position")
        if position is not None:
            self.position[position.partition(":")[0]] = position


async def received(centre: Centre, **said: Any) -> Journey:
    """A consultation that was just received."""
    journey = Journey(centre, "", "")
    await journey.walk(Step("/v1/consultations", ASKED | said))
    journey.ticket_id, journey.customer_id = journey.last["ticket_id"], journey.last["customer_id"]
    return journey


async def routed(centre: Centre, **said: Any) -> Journey:
    """A technical consultation, which its classification sent to CSE-10."""
    journey = await received(centre, **said)
    return await journey.walk(Step(f"/v1/consultations/{journey.ticket_id}/classification", TECHNICAL))
