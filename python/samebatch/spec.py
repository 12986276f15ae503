"""The spec: a pipeline as plain data, its canonical form and its digest.

The canonical form is JSON with sorted keys, no spaces and every float written as a float. It is what the native core
and the reference read, and what a pipeline's digest is taken of.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any, Final, NoReturn

from samebatch.checks import describe, nearest
from samebatch.errors import SpecError
from samebatch.transforms import KINDS, Transform, Whiten

STREAM: Final = 1
"""The number of the rules that fix every byte. Other bytes for the same inputs would be another number."""

DEFAULTS: Final[dict[str, Any]] = {
    "size": None,
    "resample": None,
    "fit": "stretch",
    "interpolation": "bilinear",
    "fill_mode": "nearest",
    "fill_value": 0.0,
    "dtype": "float32",
    "layout": "channels_last",
}
"""The keys of a spec besides ``stream`` and ``transforms``, which must always stand in it."""

LATER: Final = ("fit",)
"""Keys that are younger than the stream: left out where they have their default, so that digests stay."""


def canonical(document: dict[str, Any]) -> str:
    """Return the canonical JSON of a spec."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(text: str) -> str:
    """Return the BLAKE2b hash (16 bytes, as 32 hexadecimal digits) of a spec's canonical form."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def table(transform: Transform) -> dict[str, Any]:
    """Return a transform as it stands in a spec."""
    return {"kind": type(transform).__name__, "id": transform.id, **transform.fields()}


def read_json(text: str) -> dict[str, Any]:
    """Return the document that a JSON text holds.

    Raises:
        SpecError: it is not JSON, has a key twice, or NaN or Infinity in it.
    """
    if not isinstance(text, str):
        raise SpecError(f"a spec must be text (str), got {describe(text)}; read a file first: Path(...).read_text()")
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise SpecError(f"the spec is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise SpecError(f"a spec must be an object of keys and values, got {describe(document)}")
    return document


def parse(document: dict[str, Any]) -> tuple[list[Transform], dict[str, Any]]:
    """Return (transforms, the other arguments of a Pipeline) of a spec.

    ``stream`` and ``transforms`` must stand in it, and of a transform ``kind`` and what has no default.

    Raises:
        SpecError: a key is unknown or missing, the stream is not known, or a transform is wrong.
    """
    known = ["stream", "transforms", *DEFAULTS]
    for key in document:
        if key not in known:
            raise SpecError(f"unknown key {key!r} in the spec{nearest(key, known)}; it has {', '.join(known)}")
    for key in ("stream", "transforms"):
        if key not in document:
            hint = f"; this version writes stream = {STREAM}" if key == "stream" else "; an empty list does nothing"
            raise SpecError(f"the key {key!r} is missing in the spec{hint}")
    stream = document["stream"]
    if isinstance(stream, bool) or not isinstance(stream, int) or stream != STREAM:
        raise SpecError(
            f"this version of samebatch knows stream {STREAM} only, and the spec says {stream!r}; "
            "use the version that wrote it, or a later one"
        )
    tables = document["transforms"]
    if not isinstance(tables, list):
        raise SpecError(f"transforms must be a list, got {describe(tables)}")
    transforms = [_transform(place, entry) for place, entry in enumerate(tables)]
    return transforms, {key: value for key, value in document.items() if key in DEFAULTS}


def with_matrix(transforms: list[Transform], whiten: object) -> list[Transform]:
    """Return the transforms of a spec with the matrix of which it holds the digest.

    Raises:
        SpecError: the spec names none, or another one.
    """
    if not isinstance(whiten, Whiten) or whiten.matrix is None:
        raise SpecError(f"whiten must be a Whiten with its matrix, as Whiten.load returns it; got {describe(whiten)}")
    named = [transform for transform in transforms if isinstance(transform, Whiten)]
    if [transform.digest for transform in named] != [whiten.digest]:
        digests = ", ".join(str(transform.digest) for transform in named) or "none: it has no Whiten"
        raise SpecError(f"the spec names the matrix with the digest {digests}; the one given has {whiten.digest}")
    return [whiten.with_id(old.id) if isinstance(old, Whiten) else old for old in transforms]


def _transform(place: int, entry: object) -> Transform:
    where = f"transforms[{place}]"
    if not isinstance(entry, dict):
        raise SpecError(f"{where} must be an object with a kind, got {describe(entry)}")
    if "kind" not in entry:
        raise SpecError(f"{where}: the key 'kind' is missing; kinds are {', '.join(KINDS)}")
    kind = entry["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise SpecError(f"{where}: unknown kind {kind!r}{nearest(kind, list(KINDS))}; kinds are {', '.join(KINDS)}")
    try:
        return KINDS[kind].parse({key: value for key, value in entry.items() if key != "kind"})
    except SpecError as error:
        raise SpecError(f"{where}: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise SpecError(f"the key {key!r} stands twice in one object of the spec")
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise SpecError(f"the spec has a number that is not finite: {name}")
