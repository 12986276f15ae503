"""What all transforms have in common: an id, an exact repr, and a form in the spec."""
# ruff: noqa: A002 -- `id` is what a transform's name is called in the spec, in messages and in params

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Final, Literal

from samebatch.checks import describe, nearest
from samebatch.errors import SpecError

REQUIRED: Final = object()
"""In :attr:`Transform.KEYS`: this key has no default and must stand in a spec."""

ID_PATTERN: Final = re.compile(r"[a-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Transform(ABC):
    """The base of all transforms; make one of its subclasses.

    Attributes:
        id: names the transform's random stream and its columns in a params table: 1 to 64 characters of
            ``a-z 0-9 _ . -``, unique in a pipeline. None until the transform stands in a pipeline, which gives it its
            kind's default (``"flip"``), numbered from the second on (``"flip_2"``).
    """

    id: str | None

    DEFAULT_ID: ClassVar[str]
    GROUP: ClassVar[Literal["crop", "geometry", "photometry", "scaling"]]
    RANDOM: ClassVar[bool]
    INTERPOLATES: ClassVar[bool] = False
    KEYS: ClassVar[dict[str, object]]
    LATER: ClassVar[dict[str, object]] = {}

    @classmethod
    def _later(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return those of the keys in :attr:`LATER` that do not have their default.

        They are younger than the stream, and left out of a spec otherwise, so that digests stay.
        """
        return {key: value for key, value in values.items() if value != cls.LATER[key]}

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """Return what a spec says of this transform, without ``kind`` and ``id``: ranges as low and high."""

    @classmethod
    @abstractmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> Transform:
        """Make the transform from the values of all of :attr:`KEYS`.

        Raises:
            SpecError: a value is not what the transform can be made of.
        """

    def with_id(self, id: str | None) -> Transform:
        """Return the same with another id."""
        return replace(self, id=id)

    @classmethod
    def parse(cls, table: dict[str, Any]) -> Transform:
        """Make the transform from its table in a spec, without ``kind``.

        Raises:
            SpecError: a key is unknown or missing, or its value wrong.
        """
        name = cls.__name__
        for key in table:
            if key != "id" and key not in cls.KEYS:
                known = [*cls.KEYS, "id"]
                raise SpecError(f"{name}: unknown key {key!r}{nearest(key, known)}; it has {', '.join(known)}")
        for key, default in cls.KEYS.items():
            if default is REQUIRED and key not in table:
                raise SpecError(f"{name}: the key {key!r} is missing and has no default")
        return cls.from_fields({key: table.get(key, default) for key, default in cls.KEYS.items()}, table.get("id"))

    def __repr__(self) -> str:
        """Return the call that makes this transform, without arguments that are their default."""
        defaults = {name: p.default for name, p in inspect.signature(type(self)).parameters.items()}
        names = sorted((field.name for field in fields(self)), key=list(defaults).index)
        given = [f"{name}={getattr(self, name)!r}" for name in names if getattr(self, name) != defaults[name]]
        return f"{type(self).__name__}({', '.join(given)})"

    def _set(self, id: object, **values: object) -> None:
        """Fill the frozen fields once, on construction."""
        if id is not None and not (isinstance(id, str) and ID_PATTERN.fullmatch(id)):
            raise SpecError(
                f"{type(self).__name__}: id must be 1 to 64 characters of a-z 0-9 _ . -, got {describe(id)}"
            )
        object.__setattr__(self, "id", id)
        for name, value in values.items():
            object.__setattr__(self, name, value)


def ends(name: str, pair: tuple[float, float]) -> dict[str, float]:
    """Return a range as it stands in a spec."""
    return {f"{name}_low": pair[0], f"{name}_high": pair[1]}


def pair(values: dict[str, Any], name: str) -> tuple[Any, Any]:
    """Return a range that stands in a spec."""
    return values[f"{name}_low"], values[f"{name}_high"]
