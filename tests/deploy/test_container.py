"""What containers are made of: secrets that nobody else can read, logins with few rights, an image without tools."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import yaml
from pydantic import SecretStr

from services.database import DatabaseUnusable, connect_pool, migrate_database, own_database
from services.embedded import THROW_AWAY, Server, _package
from services.settings import Settings, load_settings
from shared_events.clock import SystemClock
from tests.scratch import scratch_folder

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "deploy" / "container"
CLOCK = SystemClock()


def make_secrets(folder: Path) -> str:
    if shutil.which("openssl") is None:
        pytest.skip("This test makes secrets as deploy/container/make-secrets.sh does, with openssl, which is missing.")
    command = [CONTAINER / "make-secrets.sh", folder]
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


@pytest.fixture
def fresh_server(server: Server) -> Iterator[Server]:
    """A second PostgreSQL with nothing in it, since logins belong to the whole of it."""
    with scratch_folder() as folder:
        server = Server(folder, THROW_AWAY)
        server.start()
        yield server
        server.kill()


def test_every_secret_of_the_compose_file_is_made_once_for_its_readers_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = make_secrets(folder)
    made = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    again = make_secrets(folder)

    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    assert set(made) == set(compose["secrets"]) == {Path(each["file"]).name for each in compose["secrets"].values()}
    assert (folder.stat().st_mode & 0o777, {path.stat().st_mode & 0o777 for path in folder.iterdir()}) == (
        0o700,
        {0o444},
    )
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == made
    assert (first.count(" is made."), again.count(" is there already, and stays.")) == (len(made), len(made))
    assert len(set(made.values())) == len(made)


def test_the_secrets_are_settings_under_the_names_that_containers_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_secrets(tmp_path / "made")
    seen = tmp_path / "seen"
    seen.mkdir()
    for source, target in (("service_database_url", "zixun_database_url"), ("master_key", "zixun_master_key")):
        shutil.copy(tmp_path / "made" / source, seen / target)
    monkeypatch.setenv("ZIXUN_SECRETS", str(seen))
    settings = load_settings()

    password = (tmp_path / "made" / "service_password").read_text(encoding="utf-8").strip()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == f"postgresql://zixun_service:{password}@postgres:5432/zixun"
    assert settings.master_key is not None


@pytest.mark.skipif(sys.platform == "darwin", reason="The database is made with a locale that Debian has.")
async def test_the_logins_of_the_database_own_and_work_and_no_more(fresh_server: Server, tmp_path: Path) -> None:
    make_secrets(tmp_path)
    superuser = await asyncpg.connect(fresh_server.dsn("postgres"))
    await superuser.execute("drop database zixun")  # as the image of PostgreSQL has none
    await superuser.close()
    logins(fresh_server, tmp_path)
    owner, service = (of_login(fresh_server, name, tmp_path) for name in ("owner", "service"))

    with pytest.raises(DatabaseUnusable, match="Run `zixun migrate` as the owner first"):
        async with own_database(service, CLOCK):
            pytest.fail("there are no tables")
    await migrate_database(owner, CLOCK)
    async with own_database(service, CLOCK) as dsn, await connect_pool(dsn, service) as pool:
        assert await pool.fetchval("select count(*) from routing.event") == 0
        for attack in ("create schema mine", "drop table routing.event", "reset role; create schema mine"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(attack)
        collation = "select datcollate, datctype from pg_database where datname = 'zixun'"
        assert [tuple(row) for row in await pool.fetch(collation)] == [("C", "C.UTF-8")]


def logins(server: Server, secrets: Path) -> None:
    """As the image of PostgreSQL does it with what lies in `docker-entrypoint-initdb.d`."""
    programs = _package() / "pginstall" / "bin"
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.defpath}",
        "PGHOST": str(server._socket_folder),
        "PGPASSWORD": server._password_file.read_text(encoding="utf-8"),
        "SECRETS": str(secrets),
    }
    done = subprocess.run(
        [CONTAINER / "postgres" / "10-logins.sh"], env=environment, check=False, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def of_login(server: Server, name: str, secrets: Path) -> Settings:
    """Of one of the two, by the address that the containers have, but for the host."""
    address = (secrets / f"{name}_database_url").read_text(encoding="utf-8")
    here = server.dsn("zixun").partition("?")[2]
    return Settings(
        database_url=SecretStr(f"{address.replace('postgres:5432', '')}?{here}"), database_connections_max=4
    )


def test_the_image_runs_as_nobody_in_particular_and_is_told_to_end_by_a_signal() -> None:
    *_, final = re.split(r"^FROM ", (CONTAINER / "Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in ("USER 10001:10001", "STOPSIGNAL SIGTERM", 'ENTRYPOINT ["zixun"]', 'CMD ["run"]', "HEALTHCHECK "):
        assert re.search(f"^{re.escape(line)}", final, re.MULTILINE), line
    assert "pip install" not in final
    assert "/readyz" in final


def test_the_image_has_every_package_and_nothing_that_is_not_sent() -> None:
    recipe = (CONTAINER / "Containerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    sent = {
        line.removeprefix("!")
        for line in (CONTAINER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    packages = {f"{path.parent.name}/" for path in ROOT.glob("*/__init__.py")} - {"benchmarks/", "tests/"}
    assert sources == sent
    assert packages < sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
