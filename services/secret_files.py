"""Secrets that the embedded default keeps in its data folder: readable by their owner alone, never half written."""

import os
from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """Create `path` with mode 0600; refuse to overwrite (FileExistsError)."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        # A link, unlike a rename, fails where somebody else was faster.
        path.hardlink_to(unfinished)
    finally:
        unfinished.unlink()
