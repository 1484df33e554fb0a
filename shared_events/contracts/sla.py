"""Events of sla: none are emitted yet; clocks, warnings and breaches will be."""
