"""A plausible centre for demonstrations: `life` plays one ticket, `player` many, by the rules of live commands."""
