"""What can be set from outside, and the only place that reads the environment."""

import base64
import binascii
import difflib
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared_events.log.cluster import Cluster, SaslMechanism, SecurityProtocol

PREFIX: Final = "ZIXUN_"
SECRETS: Final = f"{PREFIX}SECRETS"
MASTER_KEY_BYTES: Final = 32


class LogLevel(StrEnum):
    """How much is written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingsInvalid(Exception):
    """Some settings cannot be used; each line names one, what was expected and what was found."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def decode_master_key(text: str) -> bytes:
    """From base64 to the key's bytes; ValueError if it is anything but 32 bytes."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("text that is not base64") from error
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError(f"{len(key)} bytes")
    return key


def _checked_master_key(value: SecretStr) -> SecretStr:
    decode_master_key(value.get_secret_value())
    return value


def _checked_address(value: SecretStr) -> SecretStr:
    scheme, separator, _ = value.get_secret_value().partition("://")
    if not separator or scheme not in {"postgresql", "postgres"}:
        raise ValueError("an address that begins otherwise")
    return value


class Settings(BaseSettings):
    """Every setting with its default. A description says what is expected, in messages and in the manual alike."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    secrets: Path | None = Field(
        None,
        description="a folder of files named as settings, such as zixun_master_key, which hold their values",
    )
    data: Path = Field(Path(".zixun"), description="the folder that keeps everything of the embedded database")
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="the port to listen on, a whole number from 1 to 65535")
    database_url: Annotated[SecretStr, AfterValidator(_checked_address)] | None = Field(
        None, description="postgresql://user:password@host:port/database, a PostgreSQL 15 or later to use instead"
    )
    master_key: Annotated[SecretStr, AfterValidator(_checked_master_key)] | None = Field(
        None, description="32 bytes in base64, the key that wraps the keys of persons"
    )
    log_level: LogLevel = Field(LogLevel.INFO, description=f"one of {', '.join(LogLevel)}")
    body_bytes_max: int = Field(
        1024 * 1024, ge=1024, le=1024**3, description="the largest request body in bytes, from 1024 to 1073741824"
    )
    database_connections_max: int = Field(
        20, ge=4, le=500, description="the most connections to the database, a whole number from 4 to 500"
    )
    statement_seconds_max: int = Field(
        30, ge=1, le=3600, description="the longest that a database statement may take, in seconds, from 1 to 3600"
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="where `zixun work` answers /livez, /readyz and /metrics, a port; nowhere if absent",
    )
    otlp_endpoint: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")] | None = Field(
        None, description="http://host:4318, a collector of OpenTelemetry that gets the traces; nobody does if absent"
    )
    kafka_bootstrap_servers: str | None = Field(
        None, description="host:port,host:port of a Kafka cluster that keeps the log; without it PostgreSQL does"
    )
    kafka_prefix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,100}$")] = Field(
        "consultation", description="what the names of the topics begin with, of a-z, 0-9, dot, hyphen and underscore"
    )
    kafka_security_protocol: SecurityProtocol = Field(
        "PLAINTEXT", description=f"one of {', '.join(get_args(SecurityProtocol))}"
    )
    kafka_sasl_mechanism: SaslMechanism = Field(
        "SCRAM-SHA-512", description=f"one of {', '.join(get_args(SaslMechanism))}"
    )
    kafka_sasl_username: str | None = Field(None, description="whom Kafka knows us as, where the protocol has SASL")
    kafka_sasl_password: SecretStr | None = Field(None, description="the password of that user")
    kafka_ca_file: Path | None = Field(
        None, description="a file in PEM with the certificates that the brokers' are signed with"
    )

    def _refuse_missing(self, *names: str) -> None:
        missing = tuple(
            f"{PREFIX}{name.upper()}: expected {type(self).model_fields[name].description}; found none, though "
            f"{PREFIX}KAFKA_SECURITY_PROTOCOL is {self.kafka_security_protocol}"
            for name in names
            if getattr(self, name) is None
        )
        if missing:
            raise SettingsInvalid(missing)

    @property
    def cluster(self) -> Cluster | None:
        """Where the log is kept, if not in PostgreSQL."""
        if self.kafka_bootstrap_servers is None:
            return None
        if self.kafka_security_protocol.startswith("SASL"):
            self._refuse_missing("kafka_sasl_username", "kafka_sasl_password")
        return Cluster(
            bootstrap_servers=self.kafka_bootstrap_servers,
            prefix=self.kafka_prefix,
            security_protocol=self.kafka_security_protocol,
            sasl_mechanism=self.kafka_sasl_mechanism,
            sasl_username=self.kafka_sasl_username,
            sasl_password=None if self.kafka_sasl_password is None else self.kafka_sasl_password.get_secret_value(),
            ca_file=None if self.kafka_ca_file is None else str(self.kafka_ca_file),
        )


def load_settings() -> Settings:
    """The settings of this process; SettingsInvalid with everything that is wrong with them."""
    folder = _secrets_folder(os.environ)
    unknown = (*_unknown_names(os.environ), *_unknown_files(folder))
    try:
        settings = Settings(_secrets_dir=folder)
    except SettingsError as error:
        raise SettingsInvalid((f"{SECRETS}: expected files to read, found {error.__cause__ or error}",)) from None
    except ValidationError as invalid:
        raise SettingsInvalid((*unknown, *map(_explained, invalid.errors(include_url=False)))) from None
    if unknown:
        raise SettingsInvalid(unknown)
    _ = settings.cluster  # so that what lacks for it is said at once
    return settings


def describe_settings() -> tuple[tuple[str, str, str], ...]:
    """Of every setting its name, its default and what it expects."""
    return tuple(
        (f"{PREFIX}{name.upper()}", "none" if field.default is None else str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    )


def _unknown_names(environment: Mapping[str, str]) -> tuple[str, ...]:
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    problems = []
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0)[0]
            problems.append(f"{name}: there is no such setting. Did you mean {nearest}? All: {', '.join(known)}")
    return tuple(problems)


def _secrets_folder(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(SECRETS)
    if not named:
        return None
    if not Path(named).is_dir():
        expected = Settings.model_fields["secrets"].description
        raise SettingsInvalid((f"{SECRETS}: expected {expected}; found no {named}",))
    return Path(named)


def _unknown_files(folder: Path | None) -> tuple[str, ...]:
    """Others may keep theirs in the same folder, but what begins with our name is meant for us."""
    names = [] if folder is None else [path.name for path in folder.iterdir()]
    return tuple(f"{SECRETS}: {folder}/{problem}" for problem in _unknown_names(dict.fromkeys(names, "")))


def _explained(error: ErrorDetails) -> str:
    name = str(error["loc"][0]).removeprefix(PREFIX.lower())
    field = Settings.model_fields[name]
    found = _secret_finding(error) if SecretStr in _types_in(field.annotation) else repr(error["input"])
    return f"{PREFIX}{name.upper()}: expected {field.description}; found {found}"


def _secret_finding(error: ErrorDetails) -> str:
    """What is wrong with a secret, without showing it."""
    reason: object = error.get("ctx", {}).get("error", "something else")
    return str(reason)


def _types_in(annotation: Any) -> tuple[Any, ...]:
    return (annotation, *(inner for argument in get_args(annotation) for inner in _types_in(argument)))
