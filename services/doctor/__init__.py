"""Looks for everything that can be told to be wrong, says how to mend it, and mends what can be mended safely."""
