"""The read models of SLA."""
