"""A setting that cannot be used is named at the start, with what was expected and what was found."""

import base64
from pathlib import Path

import pytest

from services.settings import Settings, SettingsInvalid, describe_settings, load_settings


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[str, ...]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings()
    return invalid.value.problems


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load_settings()
    assert (str(settings.data), settings.host, settings.port) == (".zixun", "127.0.0.1", 8000)
    assert settings.database_url is None
    assert settings.body_bytes_max == 1_048_576


def test_an_empty_value_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIXUN_PORT", "")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ZIXUN_PORT", "eighty", "expected the port to listen on, a whole number from 1 to 65535; found 'eighty'"),
        ("ZIXUN_PORT", "70000", "expected the port to listen on, a whole number from 1 to 65535; found '70000'"),
        ("ZIXUN_LOG_LEVEL", "loud", "expected one of debug, info, warning, error; found 'loud'"),
        ("ZIXUN_BODY_BYTES_MAX", "-1", "from 1024 to 1073741824; found '-1'"),
        ("ZIXUN_DATABASE_URL", "mysql://u:secret@h/d", "to use instead; found an address that begins otherwise"),
        ("ZIXUN_MASTER_KEY", "not/base64!", "the keys of persons; found text that is not base64"),
        ("ZIXUN_MASTER_KEY", base64.b64encode(b"short").decode(), "the keys of persons; found 5 bytes"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected_and_found(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    (problem,) = problems(monkeypatch, **{name: value})
    assert problem.startswith(f"{name}: expected ")
    assert problem.endswith(expected)


def test_a_message_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(monkeypatch, ZIXUN_DATABASE_URL="mysql://u:hush@h/d", ZIXUN_MASTER_KEY="hush!")
    assert "hush" not in "\n".join(found)


def test_who_speaks_sasl_needs_a_name_and_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    name, password = problems(
        monkeypatch, ZIXUN_KAFKA_BOOTSTRAP_SERVERS="kafka:9092", ZIXUN_KAFKA_SECURITY_PROTOCOL="SASL_SSL"
    )
    assert name.startswith("ZIXUN_KAFKA_SASL_USERNAME: expected whom Kafka knows us as")
    assert password.startswith("ZIXUN_KAFKA_SASL_PASSWORD: expected the password of that user; found none")


def test_an_unknown_name_is_refused_with_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, ZIXUN_PROT="8001")
    assert problem.startswith("ZIXUN_PROT: there is no such setting. Did you mean ZIXUN_PORT?")


def test_everything_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(problems(monkeypatch, ZIXUN_PORT="x", ZIXUN_LOG_LEVEL="x", ZIXUN_COLOUR="x")) == 3


def test_every_setting_says_what_it_expects() -> None:
    described = describe_settings()
    assert len(described) == len(Settings.model_fields)
    assert all(expected for _, _, expected in described)


def test_what_should_not_be_in_the_environment_is_read_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "zixun_database_url").write_text("postgresql://zixun:hush@db/zixun\n")
    (tmp_path / "zixun_port").write_text("8001")
    (tmp_path / "of_somebody_else").write_text("x")
    monkeypatch.setenv("ZIXUN_SECRETS", str(tmp_path))
    monkeypatch.setenv("ZIXUN_PORT", "8002")
    settings = load_settings()

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://zixun:hush@db/zixun"
    assert settings.port == 8002  # the environment is nearer


def test_a_file_that_is_no_setting_or_has_a_wrong_value_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "zixun_masterkey").write_text("x")
    (tmp_path / "zixun_database_url").write_text("mysql://u:hush@h/d")
    unknown, wrong = problems(monkeypatch, ZIXUN_SECRETS=str(tmp_path))

    assert unknown.startswith(f"ZIXUN_SECRETS: {tmp_path}/zixun_masterkey: there is no such setting. Did you mean")
    assert wrong.startswith("ZIXUN_DATABASE_URL: expected postgresql://")
    assert "hush" not in unknown + wrong


def test_secrets_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (missing,) = problems(monkeypatch, ZIXUN_SECRETS=str(tmp_path / "nowhere"))
    (tmp_path / "zixun_master_key").symlink_to("zixun_master_key")  # which nobody can read, not even root
    (unreadable,) = problems(monkeypatch, ZIXUN_SECRETS=str(tmp_path))

    assert missing.endswith(f"found no {tmp_path}/nowhere")
    assert unreadable.startswith("ZIXUN_SECRETS: expected files to read, found ")
    assert f"{tmp_path}/zixun_master_key" in unreadable
