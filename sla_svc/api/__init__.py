"""The HTTP resources of SLA."""
