"""Tells what happened in a sentence, in the reader's language."""
