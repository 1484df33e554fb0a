"""Folders for databases that are thrown away: in memory where there is plenty, for copying files is most of a test."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
MEMORY_FREE_BYTES_MIN: Final = 4 * 1024**3


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder that is gone afterwards."""
    plenty = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_FREE_BYTES_MIN
    folder = Path(tempfile.mkdtemp(prefix="zixun-tests-", dir=MEMORY if plenty else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
