"""Sealed texts are found wherever they are a whole string of a JSON text, and nowhere else."""

import asyncio
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger_svc.api.texts import MASKED, reveal
from shared_events.clock import SystemClock
from shared_events.http import Role
from shared_events.keys import KeyRing

TEXTS = st.lists(st.sampled_from(['"', "\\", "zx1:", '"zx1:', "a", "\n", "网"]), max_size=6).map("".join)
DOCUMENTS = st.dictionaries(st.text("abc"), TEXTS | st.lists(TEXTS) | st.dictionaries(st.text("abc"), TEXTS))


def masked(value: Any) -> Any:
    """As a role that only counts should see it."""
    match value:
        case dict():
            return {name: masked(inner) for name, inner in value.items()}
        case list():
            return [masked(inner) for inner in value]
        case str() if value.startswith("zx1:") and not set(value) & {'"', "\\", "\n"}:
            return MASKED
        case _:
            return value


@given(DOCUMENTS)
def test_a_text_that_begins_as_sealed_ones_do_is_sealed(document: dict[str, Any]) -> None:
    ring = KeyRing(None, bytes(32), SystemClock())  # type: ignore[arg-type] # who only counts opens nothing
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))

    assert json.loads(asyncio.run(reveal(written, ring, Role.OPS))) == masked(document)
