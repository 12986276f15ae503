"""The spec as TOML, for people: the same keys as the canonical form, and no key for what is None."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from samebatch.checks import describe
from samebatch.errors import SpecError

READER = "tomllib" if sys.version_info >= (3, 11) else "tomli"


def write(document: dict[str, Any]) -> str:
    """Return a spec as TOML."""
    lines = [f"{key} = {_value(value)}" for key, value in document.items() if key != "transforms" and value is not None]
    if not document["transforms"]:
        lines.append("transforms = []")
    for entry in document["transforms"]:
        lines += ["", "[[transforms]]"]
        lines += [f"{key} = {_value(value)}" for key, value in entry.items() if value is not None]
    return "\n".join(lines) + "\n"


def read(text: str) -> dict[str, Any]:
    """Return the document that a TOML text holds.

    Raises:
        SpecError: it is not TOML.
    """
    if not isinstance(text, str):
        raise SpecError(f"a spec must be text (str), got {describe(text)}; read a file first: Path(...).read_text()")
    reader = importlib.import_module(READER)  # only when a spec is read: it is not needed to make batches
    try:
        document: dict[str, Any] = reader.loads(text)
    except reader.TOMLDecodeError as error:
        raise SpecError(f"the spec is not TOML: {error}") from error
    return document


def _value(value: object) -> str:
    """Return a string, number, boolean or list of them in TOML, which writes these as JSON does."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)
