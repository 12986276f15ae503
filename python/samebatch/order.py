"""Which transforms may stand where in a pipeline, and what they are called there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from samebatch.checks import describe
from samebatch.errors import SpecError
from samebatch.transforms import Normalize, Standardize, Transform, Whiten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def listed(transforms: object) -> tuple[Transform, ...]:
    """Return what a user gave as a list of transforms.

    Raises:
        SpecError: it is none, or holds something else.
    """
    if isinstance(transforms, Transform):
        raise SpecError(f"transforms must be a list of transforms, got one; write [{transforms!r}]")
    if not isinstance(transforms, Iterable):
        raise SpecError(f"transforms must be a list of transforms, got {describe(transforms)}")
    found = tuple(transforms)
    for place, transform in enumerate(found):
        if isinstance(transform, type) and issubclass(transform, Transform):
            raise SpecError(
                f"transforms[{place}] is the class {transform.__name__}; make one: {transform.__name__}(...)"
            )
        if not isinstance(transform, Transform):
            raise SpecError(f"transforms[{place}] must be a transform of samebatch, got {describe(transform)}")
    return found


def with_ids(transforms: Sequence[Transform]) -> tuple[Transform, ...]:
    """Return the transforms with every id filled in: the kind's default, numbered from its second use on.

    Raises:
        SpecError: two ids are equal.
    """
    named = tuple(
        default if transform.id is None else transform
        for transform, default in zip(transforms, _defaults(transforms), strict=True)
    )
    seen: dict[str | None, int] = {}
    for place, transform in enumerate(named):
        if transform.id in seen:
            first = seen[transform.id]
            raise SpecError(
                f"{_name(named, place)} and {_name(named, first)} have the same id {transform.id!r}, and would draw "
                "the same numbers; give one of them another id="
            )
        seen[transform.id] = place
    return named


def without_ids(transforms: Sequence[Transform]) -> list[Transform]:
    """Return the transforms without those ids that :func:`with_ids` would fill in again."""
    return [
        transform.with_id(None) if transform == default else transform
        for transform, default in zip(transforms, _defaults(transforms), strict=True)
    ]


def _defaults(transforms: Sequence[Transform]) -> Iterator[Transform]:
    """Yield each transform with the id it has by default; those with an id of their own do not count as a use."""
    uses: Counter[str] = Counter()
    for transform in transforms:
        stem = transform.DEFAULT_ID
        number = uses[stem] + 1
        default = transform.with_id(stem if number == 1 else f"{stem}_{number}")
        if transform.id in (None, default.id):
            uses[stem] = number
        yield default


def check_order(transforms: Sequence[Transform], dtype: str) -> None:
    """Check that each transform may stand where it does.

    Raises:
        SpecError: names the transforms that cannot stand so, and what to do.
    """
    for place, later in enumerate(transforms):
        for before, earlier in enumerate(transforms[:place]):
            reason = _conflict(earlier, later)
            if reason:
                raise SpecError(f"{_name(transforms, place)} cannot follow {_name(transforms, before)}: {reason}")
        if dtype == "uint8" and isinstance(later, Normalize | Standardize | Whiten):
            raise SpecError(
                f'dtype="uint8" cannot hold what {_name(transforms, place)} makes, small numbers around 0; '
                f'use dtype="float32" (or float16, bfloat16), or leave {type(later).__name__} out'
            )


def check_size(transforms: Sequence[Transform], size: tuple[int, int] | None, fit: str) -> None:
    """Check that there is a size for what is cut or fitted.

    Raises:
        SpecError: there is none.
    """
    if size is not None:
        return
    if transforms and transforms[0].GROUP == "crop":
        raise SpecError(
            f"{_name(transforms, 0)} cuts out a part, which has to be resized: give the pipeline size=(height, width), "
            "for example size=(224, 224)"
        )
    if fit != "stretch":
        raise SpecError(f"fit={fit!r} says how images come to size=, and there is none; give size=(height, width)")


def _conflict(earlier: Transform, later: Transform) -> str:
    kind = type(later).__name__
    if later.GROUP == "crop":
        twice = earlier.GROUP == "crop"
        return f"an image is cut {'once; leave one of them out' if twice else f'before all else; put {kind} first'}"
    remedy = f"put {kind} before {type(earlier).__name__}"
    if later.GROUP == "geometry":
        return _moved_late(earlier, later, remedy)
    if later.GROUP == "photometry" and isinstance(earlier, Normalize | Standardize | Whiten):
        return f"it clips to the value range, which {type(earlier).__name__} leaves behind; {remedy}"
    return _scaled_late(earlier, later, remedy)


def _moved_late(earlier: Transform, later: Transform, remedy: str) -> str:
    if isinstance(earlier, Standardize):
        return f"a sample's own statistics are taken after all geometry; {remedy}"
    if isinstance(earlier, Whiten):
        return f"a whitened number belongs to no pixel that could be moved; {remedy}"
    if later.INTERPOLATES and earlier.GROUP in ("photometry", "scaling"):
        return f"it interpolates between pixels, which comes before their values are changed; {remedy}"
    return ""


def _scaled_late(earlier: Transform, later: Transform, remedy: str) -> str:
    if isinstance(later, Whiten) and isinstance(earlier, Whiten):
        return "a pipeline whitens once; leave one of them out"
    if isinstance(later, Normalize | Standardize) and isinstance(earlier, Whiten):
        return f"images are whitened after that; {remedy}"
    if isinstance(later, Normalize | Standardize) and isinstance(earlier, Normalize | Standardize):
        return "a pipeline normalises or standardises at most once; leave one of them out"
    return ""


def _name(transforms: Sequence[Transform], place: int) -> str:
    """Return how messages call a transform: its kind, id and place, counted from 0 as in Python."""
    return f"{type(transforms[place]).__name__} (id {transforms[place].id!r}, transforms[{place}])"
