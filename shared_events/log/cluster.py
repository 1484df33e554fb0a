"""Which Kafka cluster is spoken to, how, and the names of the topics there (D13, D16)."""

import ssl
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from aiokafka.helpers import create_ssl_context

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"]

REQUEST_MILLISECONDS: Final = 10_000
"""How long a broker may take for one request before another one is asked; nothing waits without an end."""


class CertificatesUnreadable(ValueError):
    """There is no such file, or no certificate in it; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Addresses, credentials and topic names. `prefix` lets several installations share one cluster."""

    bootstrap_servers: str
    """As Kafka's clients take it: `host:port,host:port`."""
    prefix: str = "consultation"
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    """The certificates that the brokers' are signed with, in PEM; the machine's own if absent."""

    @property
    def events_topic(self) -> str:
        """Every event, for ever; the number of its partitions is that of every store."""
        return f"{self.prefix}.events.v1"

    @property
    def control_topic(self) -> str:
        """Compacted: which log this is, and the last heartbeat of each source and partition."""
        return f"{self.prefix}.control.v1"

    def client(self) -> dict[str, Any]:
        """What every client of aiokafka is made with. Raises `CertificatesUnreadable`."""
        made: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": "zixun",
            "request_timeout_ms": REQUEST_MILLISECONDS,
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.endswith("SSL"):
            made["ssl_context"] = self._ssl_context()
        if self.security_protocol.startswith("SASL"):
            made |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return made

    def _ssl_context(self) -> ssl.SSLContext:
        try:
            context: ssl.SSLContext = create_ssl_context(cafile=self.ca_file)
        except OSError as wrong:
            raise CertificatesUnreadable(f"{self.ca_file}: expected certificates in PEM, found: {wrong}") from None
        return context
