"""Routing owns the walk of a ticket through the tiers of CS/TA06-24: who has it, what was answered, how it ended.

Emits the events of `shared_events.contracts.routing`, subject = ticket id.
Consumes ConsultationClassified and ConsultationWithdrawn of intake, DissatisfactionRaised of feedback and SlaBreached
of sla (`domain/policy.py` says what follows from each).
"""
