"""What the manuals show is true: every request is made as they say, and every answer is the one that they show."""

import asyncio
import base64
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from services.settings import describe_settings
from tests.system.serving import MASTER_KEY, serving
from tests.system.tour import Answers, Stop, shell, stops

ROOT = Path(__file__).parents[2]
WALKED = [("README.md", "A five-minute tour"), ("docs/sla.md", "In a running centre")]
"""Pages, and the sections of them that are walked."""

ADDRESS = "127.0.0.1:8000"

ONE, OTHER = "01a20128-108d-7b93-9a8a-f9c2b8c462a8", "01a20129-26b1-7c84-a8bf-409f52ea6626"
THIRD, FOURTH = "01a2012a-0001-7000-8000-000000000001", "01a2012a-0002-7000-8000-000000000002"


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """Where the app is served."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False)
        server = uvicorn.Server(config)
        served = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await served


def newcomer(folder: Path, database: str) -> dict[str, str]:
    """The environment of somebody in whose terminal `zixun` is found and speaks to the running system."""
    program = folder / "zixun"
    code = "from services.cli import main; main()"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -c '{code}' \"$@\"\n")
    program.chmod(0o755)
    (folder / "python3").symlink_to(sys.executable)
    return {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",  # noqa: TID251 - the shell needs curl
        "COLUMNS": "120",
        "LANG": "C.UTF-8",
        "ZIXUN_DATABASE_URL": database,
        "ZIXUN_MASTER_KEY": base64.b64encode(MASTER_KEY).decode(),
    }


def told_apart(page: str, stop: Stop, printed: str) -> str:
    return f"{page}, line {stop.line}:\n{stop.commands}\n--- shown\n{stop.printed}\n--- printed\n{printed}"


@pytest.mark.timeout(300)  # a shell starts some eighty programs
@pytest.mark.parametrize(("page", "heading"), WALKED)
async def test_every_answer_is_the_one_that_the_page_shows(
    database: str, tmp_path: Path, page: str, heading: str
) -> None:
    missing = [program for program in ("sh", "curl", "sed") if shutil.which(program) is None]
    if missing and not os.environ.get("CI"):  # noqa: TID251 - asks whether a missing program may be passed over
        pytest.skip(f"This test walks the tour in a shell, with programs that are missing: {missing}")
    answers, wrong = Answers(), []
    async with (
        serving(database) as centre,
        listening(centre.app) as address,
        shell(newcomer(tmp_path, database), str(tmp_path)) as terminal,
    ):
        for stop in stops((ROOT / page).read_text(encoding="utf-8"), heading):
            printed = (await terminal.run(stop.commands.replace(ADDRESS, address))).replace(address, ADDRESS)
            if stop.printed is not None and not answers.fit(stop.printed, printed):
                wrong.append(told_apart(page, stop, printed))
    if wrong:
        pytest.fail("\n\n".join(wrong), pytrace=False)  # an assertion would cut it short


def test_commands_are_walked_in_order_each_with_the_answer_below_it() -> None:
    page = "\n## Tour\n```sh\none\n```\n```json\n1\n```\n```sh\ntwo\n```\n```sh\nthree\n```\n\n## End\n```sh\nno\n```\n"
    assert list(stops(page, "Tour")) == [Stop(3, "one\n", "1\n"), Stop(9, "two\n", None), Stop(12, "three\n", None)]


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        ("place: CSE-10", "place: CSE-10\n", True),
        ("place: CSE-10", "place: CSE-20\n", False),
        ("at 2026-01-01T00:00:00Z", "at 2027-02-03T04:05:06.789012Z", True),
        ("at 2026-01-01T00:00:00Z", "at noon", False),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a\n…\nd", "a\nd", True),
        ("a\n…\nd", "a\nb\nc", False),
        ("a\n…\nd", "a\nbd", False),
        ("zixun-position: intake:3:2", "zixun-position: intake:11:40", True),
        ("zixun-position: intake:3:2", "zixun-position: routing:3:2", False),
        (f"{ONE} {OTHER} {ONE}", f"{THIRD} {FOURTH} {THIRD}", True),
        (f"{ONE} {OTHER} {ONE}", f"{THIRD} {FOURTH} {FOURTH}", False),
    ],
)
def test_answers_are_compared_but_for_moments_positions_and_the_names_of_ids(
    shown: str, printed: str, fits: bool
) -> None:
    assert Answers().fit(shown, printed) is fits


def test_an_id_stays_the_same_from_answer_to_answer() -> None:
    answers = Answers()
    assert answers.fit(ONE, THIRD)
    assert answers.fit(ONE, THIRD)
    assert not answers.fit(ONE, FOURTH)


async def test_a_shell_remembers_and_says_what_failed(tmp_path: Path) -> None:
    async with shell({}, str(tmp_path)) as terminal:
        await terminal.run("said=hello")
        assert await terminal.run('echo "$said"') == "hello\n"
        with pytest.raises(AssertionError, match=r"exit status 3 of\n\(exit 3\)"):
            await terminal.run("(exit 3)")


def test_the_readme_lists_every_setting_with_its_default_and_what_it_expects() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [
        f"| `{name}` | {default if default == 'none' else f'`{default}`'} | {expected} |"
        for name, default, expected in describe_settings()
    ]
    assert [row for row in rows if row not in text] == []
