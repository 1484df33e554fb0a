"""Brings an older system's history in: `incident_file` reads, `incident_mapping` translates, `importer` appends."""
