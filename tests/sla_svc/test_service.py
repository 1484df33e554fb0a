"""SLA has its place in the wiring."""

from shared_events.runtime.service import Service
from sla_svc.service import build


def test_it_takes_part_without_doing_anything_yet() -> None:
    service = build()
    assert isinstance(service, Service)
    assert (service.name, service.router.routes, service.reactions, service.views) == ("sla", [], (), ())
