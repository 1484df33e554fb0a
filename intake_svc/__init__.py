"""Intake: receives, records, acknowledges, classifies and corrects consultations.

Owns the record of what a customer asked and every id given to it. Emits the events of
`shared_events.contracts.intake`; consumes SlaBreached of sla (`domain/policy.py` says what follows from it).
"""
