"""The HTTP resources of the ledger: tickets, timelines, queues, desks and figures. All of them only read."""
