"""The compose file has every process, keeps each to what it needs, and holds no password."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.gateway import SERVICE_PORT
from services.settings import describe_settings
from services.wiring import SERVICES

DEPLOY = Path(__file__).parents[2] / "deploy"
JOBS = ("migrate", "topics")
OURS = (*SERVICES, "worker", *JOBS)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def test_every_service_has_a_process_of_its_own_and_only_workers_work(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {*OURS, "gateway", "postgres", "kafka"}
    for name in SERVICES:
        assert services[name]["command"] == ["run", "--only", name, "--no-work"]
    assert (services["worker"]["command"], services["worker"]["deploy"]["replicas"]) == (["work"], 2)


def test_nobody_starts_before_what_it_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    done = {name: {"condition": "service_completed_successfully"} for name in JOBS}
    assert all(services[name]["depends_on"] == done for name in (*SERVICES, "worker"))
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert [services[name]["restart"] for name in JOBS] == ["no", "no"]


def test_our_processes_and_the_gateway_can_write_nowhere_and_gain_no_rights(compose: dict[str, Any]) -> None:
    for name in (*OURS, "gateway"):
        service = compose["services"][name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_only_the_gateway_is_reached_from_outside_and_there_from_this_machine_alone(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"gateway": ["${GATEWAY:-127.0.0.1:8000}:8080"]}
    assert compose["networks"]["inside"] == {"internal": True}
    others = {tuple(service["networks"]) for name, service in compose["services"].items() if name != "gateway"}
    assert others == {("inside",)}


def test_the_gateway_finds_every_owner_of_a_path_and_waits_for_it(compose: dict[str, Any]) -> None:
    configuration = (DEPLOY / "nginx" / "zixun.conf").read_text(encoding="utf-8")
    hosts = re.findall(r"^    server (\w+):(\d+);$", configuration, re.MULTILINE)
    assert {port for _, port in hosts} == {str(SERVICE_PORT)}
    assert set(compose["services"]["gateway"]["depends_on"]) == {host for host, _ in hosts}
    assert {host for host, _ in hosts} <= set(SERVICES)


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        secret = [key for key in service.get("environment", {}) if re.search("PASSWORD|SECRET|KEY|URL|TOKEN", key)]
        assert set(secret) <= {"ZIXUN_SECRETS", "POSTGRES_PASSWORD_FILE"}, name
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_a_login_that_owns_the_tables_is_given_to_their_migration_alone(compose: dict[str, Any]) -> None:
    def given(name: str) -> dict[str, str]:
        return {secret["source"]: secret["target"] for secret in compose["services"][name].get("secrets", [])}

    assert given("migrate") == {"owner_database_url": "zixun_database_url"}
    for name in (*SERVICES, "worker"):
        assert given(name) == {"service_database_url": "zixun_database_url", "master_key": "zixun_master_key"}
    assert given("topics") == {}


def test_every_setting_exists_and_every_image_is_named_with_a_version(compose: dict[str, Any]) -> None:
    known = {name for name, _, _ in describe_settings()}
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= known, name
    for name, service in compose["services"].items():
        assert re.search(r":\d[\w.-]*$", service["image"]), name
    release = (DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{compose["services"]["intake"]["image"].partition(":")[2]}"' in release


def test_the_version_of_kafka_is_the_one_that_tests_run_on(compose: dict[str, Any]) -> None:
    pom = (DEPLOY / "kafka" / "pom.xml").read_text(encoding="utf-8")
    assert f"<kafka.version>{compose['services']['kafka']['image'].partition(':')[2]}</kafka.version>" in pom
