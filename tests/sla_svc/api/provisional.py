"""Running clocks, half of them moved to a calendar of which nobody knows the holidays from tomorrow on."""

from datetime import timedelta
from typing import Any, Final

from shared_events.http import Role
from tests.system.serving import Centre

_OFFICE: Final = """
timezone: UTC
week: {{mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"],
  sat: ["00:00-24:00"], sun: ["00:00-24:00"]}}
known_until: {today}
"""
_SHORT_SIGHTED: Final = """
name: short-sighted
rows:
  - name: everything
    metrics:
      first_response: {target: 72h, calendar: always}
      reply_submission: {target: 72h, calendar: unannounced}
"""


async def move_to_unannounced_holidays(centre: Centre) -> None:
    """Deadlines of `reply_submission` are provisional then, those of `first_response` are not."""
    now = centre.zixun.clock.now()
    office = {"name": "unannounced", "document": _OFFICE.format(today=now.date())}
    policy = {"document": _SHORT_SIGHTED, "effective_from": (now + timedelta(days=1)).isoformat()}
    said: dict[str, dict[str, Any]] = {
        "/v1/calendars": office,
        "/v1/policies": policy,
        "/v1/policies/short-sighted/1/migration": {"preview": False},
    }
    for where, body in said.items():
        answer = await centre.post(where, body, Role.LEAD)
        assert answer.is_success, answer.text
    await centre.settled()
