"""One consultation over HTTP, from the call to the accepted answer: eight requests, about twelve events."""

import json
from typing import Final

from benchmarks.connection import Connection
from benchmarks.drafts import CONTENT

ASKED: Final = {
    "channel": "telephone",
    "content": CONTENT,
    "contact": {"name": "陈伟", "phone": "+86 10 5555 0100"},
    "product": "Gateway X200",
}
CLASSIFIED: Final = {
    "category": "technical_support",
    "request_kind": "technical_department",
    "complexity": "complex",
    "urgency": "high",
}

_RECEPTION: Final = json.dumps(ASKED).encode()
_CLASSIFICATION: Final = json.dumps(CLASSIFIED).encode()
_STEPS: Final = tuple(
    (path, json.dumps(body).encode())
    for path, body in (
        ("assignment", {}),
        ("problem", {"problem": "每天凌晨两点断线。"}),
        ("searches", {"query": "G2 夜间 断线", "found": ["KB-2041"]}),
        ("answers", {"text": "请升级固件到 2.4.3,然后重启网关。"}),
        ("answers/1/submission", {}),
        ("answers/1/verdict", {"accepted": True}),
    )
)


async def receive(connection: Connection) -> tuple[str, str | None]:
    """A new ticket's id, and where its reception stands in intake's numbering."""
    answer = await connection.post("/v1/consultations", _RECEPTION)
    return answer.json()["ticket_id"], answer.position


async def consult(connection: Connection) -> None:
    """All of it; each request waits for the answer to the one before."""
    ticket_id, _ = await receive(connection)
    classified = await connection.post(f"/v1/consultations/{ticket_id}/classification", _CLASSIFICATION)
    for path, body in _STEPS:
        # Routing may not have heard of the classification yet; the position lets it wait for that.
        await connection.post(f"/v1/tickets/{ticket_id}/{path}", body, classified.position)
