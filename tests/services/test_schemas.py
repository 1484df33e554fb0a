"""`make schemas` writes what is generated, twice the same, and refuses what would break released events."""

from pathlib import Path

import orjson
import pytest

from services.schemas import PUBLISHED, ROOT, main

RELEASED = "TicketReleased.v1.schema.json"


def test_everything_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path) == 0
    first = written_in(tmp_path)
    capsys.readouterr()

    assert main(tmp_path) == 0
    assert written_in(tmp_path) == first
    assert capsys.readouterr().out == ""


def test_an_incompatible_change_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(tmp_path)
    (tmp_path / "docs/events.md").unlink()
    path = tmp_path / PUBLISHED / RELEASED
    schema = orjson.loads(path.read_bytes())
    schema["properties"]["place"] = {"type": "string"}
    path.write_bytes(orjson.dumps(schema))
    before = written_in(tmp_path)

    assert main(tmp_path) == 1
    assert written_in(tmp_path) == before
    told = capsys.readouterr().err
    assert f"- {RELEASED}: place: the field was removed. Keep the field as it was and add another one" in told


def test_a_compatible_change_is_written(tmp_path: Path) -> None:
    main(tmp_path)
    path = tmp_path / PUBLISHED / RELEASED
    schema = orjson.loads(path.read_bytes())
    del schema["properties"]["reason"]
    path.write_bytes(orjson.dumps(schema))

    assert main(tmp_path) == 0
    assert path.read_bytes() == (ROOT / PUBLISHED / RELEASED).read_bytes()


def test_a_stray_file_is_named(tmp_path: Path) -> None:
    main(tmp_path)
    (tmp_path / PUBLISHED / "notes.txt").write_text("")

    with pytest.raises(ValueError, match=r"^notes.txt: expected a name such as"):
        main(tmp_path)


def written_in(root: Path) -> dict[Path, bytes]:
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
