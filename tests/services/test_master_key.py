"""The master key is never lost by being replaced, and never shown."""

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.master_key import MasterKeyMissing, find_or_make_master_key
from services.settings import Settings

KEY = bytes(range(32))


def test_the_first_start_makes_a_private_one_and_later_starts_find_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "new")
    key = find_or_make_master_key(settings)
    assert len(key) == 32
    assert find_or_make_master_key(settings) == key
    assert (tmp_path / "new" / "master.key").stat().st_mode & 0o777 == 0o600


def test_the_setting_wins_and_writes_nothing(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, master_key=SecretStr(base64.b64encode(KEY).decode()))
    assert find_or_make_master_key(settings) == KEY
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_ones_own_needs_a_key_of_ones_own(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url=SecretStr("postgresql://somewhere"))
    with pytest.raises(MasterKeyMissing, match="expected ZIXUN_MASTER_KEY or"):
        find_or_make_master_key(settings)
    (tmp_path / "master.key").write_text(base64.b64encode(KEY).decode() + "\n")
    assert find_or_make_master_key(settings) == KEY


def test_a_key_that_got_lost_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(MasterKeyMissing, match="a new key could not open the personal data"):
        find_or_make_master_key(Settings(data=tmp_path))


def test_a_damaged_file_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text(base64.b64encode(b"short").decode())
    with pytest.raises(MasterKeyMissing, match=r"master.key: expected 32 bytes in base64, found 5 bytes"):
        find_or_make_master_key(Settings(data=tmp_path))
