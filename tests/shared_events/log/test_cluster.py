"""Only who has the password is let in, and only a broker with the right certificate is spoken to."""

import asyncio
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.worker import refuse_unfit_topics
from shared_events.clock import SystemClock
from shared_events.log.administration import CredentialsRefused
from shared_events.log.cluster import Cluster
from shared_events.log.topics import apply, check
from tests.kafka import ONE_COPY, launched

LOG = UUID("01a20128-108d-7b93-9a8a-f9c2b8c462a8")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Signs certificates."""

    name: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """What those have who trust it."""
        return self.certificate.public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The one that the broker's certificate is from."""
    return founded("ours")


@pytest.fixture(scope="module")
def guarded(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A broker that shows a certificate and asks for a password."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "broker.pem").write_bytes(issued(authority, "127.0.0.1"))
    (folder / "ca.pem").write_bytes(authority.pem)
    properties = {
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listener.name.clients.ssl.keystore.type": "PEM",
        "listener.name.clients.ssl.keystore.location": str(folder / "broker.pem"),
    }
    options = [word for name, value in properties.items() for word in ("--property", f"{name}={value}")]
    with launched("--sasl", *options) as brokers:
        sasl = brokers.document["sasl"]
        yield Cluster(
            bootstrap_servers=brokers.bootstrap_servers,
            security_protocol="SASL_SSL",
            sasl_mechanism=sasl["mechanism"],
            sasl_username=sasl["username"],
            sasl_password=sasl["password"],
            ca_file=str(folder / "ca.pem"),
        )


async def test_a_user_a_password_and_a_certificate_let_in(guarded: Cluster) -> None:
    """From end to end: topics, a record written, a record read."""
    await apply(guarded, ONE_COPY, LOG)

    assert await check(guarded) == []
    assert await written_and_read(guarded, b"t-1") == b"t-1"


async def test_another_password_does_not(guarded: Cluster) -> None:
    guessed = replace(guarded, sasl_password="guessed")

    with pytest.raises(CredentialsRefused, match="AuthenticationFailed"):
        await check(guessed)
    with pytest.raises(CredentialsRefused):
        await refuse_unfit_topics(guessed)


async def test_a_broker_with_another_authoritys_certificate_is_refused_and_so_is_one_of_another_name(
    guarded: Cluster, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "others.pem").write_bytes(founded("others").pem)
    for ca_file, name in ((str(tmp_path / "others.pem"), "others.pem"), (None, "whom this machine trusts")):
        with pytest.raises(CredentialsRefused, match=f"expected a certificate for it .*{name}, found another one"):
            await refuse_unfit_topics(replace(guarded, ca_file=ca_file))

    port = guarded.bootstrap_servers.rpartition(":")[2]
    with pytest.raises(CredentialsRefused, match="Hostname mismatch"):
        await refuse_unfit_topics(replace(guarded, bootstrap_servers=f"localhost:{port}"))


@pytest.mark.parametrize("there", [None, b"no certificate"], ids=["absent", "another file"])
async def test_a_file_without_certificates_is_named(there: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if there is not None:
        path.write_bytes(there)

    with pytest.raises(CredentialsRefused, match=r"ca\.pem: expected certificates in PEM, found"):
        await refuse_unfit_topics(Cluster(bootstrap_servers="127.0.0.1:1", security_protocol="SSL", ca_file=str(path)))


def founded(name: str) -> Authority:
    """One of our own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.BasicConstraints(ca=True, path_length=0)
    return Authority(
        name, key, begun(called, key).issuer_name(called).add_extension(made, True).sign(key, hashes.SHA256())
    )


def issued(authority: Authority, address: str) -> bytes:
    """Key and certificate of a broker, as Kafka reads them from one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        begun(called, key)
        .issuer_name(authority.certificate.subject)
        .add_extension(names, critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def begun(called: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """What every certificate says, who issues it apart."""
    now = SystemClock().now()
    return (
        x509.CertificateBuilder()
        .subject_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )


async def written_and_read(cluster: Cluster, value: bytes) -> bytes:
    producer = AIOKafkaProducer(**cluster.client(), acks="all")
    consumer = AIOKafkaConsumer(cluster.events_topic, **cluster.client(), auto_offset_reset="earliest")
    try:
        await producer.start()
        await producer.send_and_wait(cluster.events_topic, value)
        await consumer.start()
        async with asyncio.timeout(30):
            record = await consumer.getone()
        return bytes(record.value)
    finally:
        await producer.stop()
        await consumer.stop()
