"""The file that says where hubs hang: CSV with a hub a line, or TOML with a table a transformer."""

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

from hubd.configuration import parse_toml, read_text, why_unread
from hubd.errors import ConfigurationError
from hubd.headend.outages.network import Path, parse_path
from hubd.model.identity import parse_hub_id

COLUMNS = ("hub", "feeder", "spur", "transformer", "service")

Row = tuple[str, str, Path | str]
"""Where it stands in the file, the hub, and its place (as text where it is not one)."""


def load(file: File) -> dict[str, Path]:
    """The place of each hub. Raises ConfigurationError, naming file, line or table, and cure."""
    try:
        text = read_text(file).removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: {why_unread(error)}") from None
    rows = _toml_rows(file, text) if file.suffix == ".toml" else _csv_rows(file, text)
    places: dict[str, Path] = {}
    for where, hub, path in rows:
        name, place = _checked(where, hub, path)
        if name in places:
            raise ConfigurationError(f"{where}: {name} stands in the file twice. Cure: one place for each hub")
        places[name] = place
    if not places:
        raise ConfigurationError(f"{file}: no hub in it. Cure: a line for each hub, with {','.join(COLUMNS)} above")
    return places


def _checked(where: str, hub: str, path: Path | str) -> tuple[str, Path]:
    try:
        return parse_hub_id(hub), parse_path(path if isinstance(path, str) else "/".join(path))
    except ValueError as error:
        raise ConfigurationError(f"{where}: {error}") from None


def _csv_rows(file: File, text: str) -> Iterator[Row]:
    lines = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS[:-1] if name not in (lines.fieldnames or ())]
    if missing:
        raise ConfigurationError(
            f"{file}: the first line must name the columns {','.join(COLUMNS)}; {', '.join(missing)} is missing"
        )
    for number, line in enumerate(lines, start=2):
        names = [(line.get(name) or "").strip() for name in COLUMNS[1:]]
        yield f"{file}:{number}", (line["hub"] or "").strip(), "/".join(names).removesuffix("/")


def _toml_rows(file: File, text: str) -> Iterator[Row]:
    try:
        feeders = parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: not valid TOML: {error}") from None
    for feeder, spurs in feeders.items():
        for spur, transformers in _table(file, feeder, spurs).items():
            for transformer, table in _table(file, f"{feeder}.{spur}", transformers).items():
                place = (feeder, spur, transformer)
                yield from _transformer(f"{file}: [{'.'.join(place)}]", place, table)


def _transformer(where: str, place: Path, table: Any) -> Iterator[Row]:
    if not isinstance(table, dict) or not table.keys() <= {"hub", "services"}:
        raise ConfigurationError(f"{where}: a transformer has `hub` and `services`, and nothing else")
    if "hub" in table:
        yield where, str(table["hub"]), place
    services = table.get("services", {})
    if not isinstance(services, dict):
        raise ConfigurationError(f'{where}: services are `{{ name = "hub" }}`')
    for service, hub in services.items():
        yield f"{where}: services.{service}", str(hub), (*place, service)


def _table(file: File, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{file}: {name} must be a table. Cure: [feeder.spur.transformer] with its services")
    return value
