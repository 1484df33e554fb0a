"""Asks a process of this installation over HTTP whether it is ready; nobody needs a credential for that."""

import asyncio
import http.client
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ANSWER_SECONDS_MAX: Final = 3.0
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where others listen; here it is only recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered at an address: nothing at all, that it is ready, or what is wrong."""

    address: str
    answers: bool
    ready: bool = False
    problems: Sequence[str] = ()


async def ask(host: str, port: int) -> Answer:
    """`/readyz` of whoever listens there."""
    return await asyncio.to_thread(_ask, _ANY.get(host, host), port)


def _ask(host: str, port: int) -> Answer:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        status, body = response.status, response.read()
    except ConnectionRefusedError:
        return Answer(address=address, answers=False)
    except (OSError, http.client.HTTPException, socket.gaierror) as error:
        return Answer(address=address, answers=False, problems=[f"{type(error).__name__}: {error}"])
    finally:
        connection.close()
    return Answer(address=address, answers=True, ready=status == 204, problems=[] if status == 204 else _said(body))


def _said(body: bytes) -> list[str]:
    """What a problem document says is wrong."""
    try:
        problem = json.loads(body)
        errors = problem.get("errors") or [{}]
        return [
            f"{error['pointer']}: expected {error['expected']}, found {error['found']}" if error else problem["title"]
            for error in errors
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ["something else listens there"]
