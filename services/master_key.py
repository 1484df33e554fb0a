"""The key that wraps the keys of persons: from the settings, or from a file beside the embedded database (D18)."""

import base64
import secrets
from pathlib import Path

from services.secret_files import write_secret
from services.settings import MASTER_KEY_BYTES, Settings, decode_master_key


class MasterKeyMissing(Exception):
    """No usable master key; the message says where one was expected."""


def find_or_make_master_key(settings: Settings) -> bytes:
    """The 32 bytes. Made only for an embedded database that does not exist yet, since a new one opens nothing old."""
    if settings.master_key is not None:
        return decode_master_key(settings.master_key.get_secret_value())
    path = settings.data / "master.key"
    if path.exists():
        return _read(path)
    if settings.database_url is not None:
        raise MasterKeyMissing(
            f"ZIXUN_DATABASE_URL needs a master key of yours: expected ZIXUN_MASTER_KEY or {path.resolve()}, found "
            "neither. `openssl rand -base64 32` makes one. Keep a copy elsewhere: without it personal data is lost."
        )
    if (settings.data / "postgres").exists():
        raise MasterKeyMissing(
            f"Expected the master key of {settings.data.resolve()} in {path.name} or ZIXUN_MASTER_KEY, found neither. "
            "Bring it back from your copy: a new key could not open the personal data that is there."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_secret(path, base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode())
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        return decode_master_key(path.read_text())
    except ValueError as error:
        raise MasterKeyMissing(f"{path.resolve()}: expected 32 bytes in base64, found {error}") from error
