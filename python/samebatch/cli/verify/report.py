"""What a survey found, as text to be read and as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from samebatch.cli.verify.survey import FAULTS, NOTES

if TYPE_CHECKING:
    from samebatch.cli.verify.survey import Finding, Survey

SHOWN: Final = 20
"""Of each kind of note so many files are named in the text; faults are all named."""


def as_dict(found: Survey) -> dict[str, Any]:
    """Return everything, ready for JSON."""
    return asdict(found)


def as_text(found: Survey) -> str:
    """Return a report: counts, every fault, and some of the notes of each kind."""
    folders = len(set(found.classes) - {""})
    counts = f"{len(found.faults)} faults, {len(found.notes)} notes, {found.others} other files"
    lines = [f"{found.folder!r}: {found.images} images in {folders} class folders, {counts}"]
    if found.links:
        lines.append(f"  links to folders that were not followed: {found.links} (--follow-links)")
    for title, counter in (("classes", found.classes), ("formats", found.formats), ("modes", found.modes)):
        if counter:
            lines.append(f"  {title}: {_counts(counter)}")
    if found.smallest is not None and found.largest is not None:
        (h, w), (H, W) = found.smallest, found.largest
        lines.append(f"  sizes (height x width): {h} x {w} to {H} x {W}")
    for kind in FAULTS:
        lines += _part(kind, [one for one in found.faults if one.kind == kind], None)
    for kind in NOTES:
        lines += _part(kind, [one for one in found.notes if one.kind == kind], SHOWN)
    lines.append("OK: every image can be read" if not found.faults else f"FAULTS: {len(found.faults)}")
    return "\n".join(lines)


def _counts(counts: dict[str, int]) -> str:
    parts = [f"{name or '(none)'} {count}" for name, count in list(counts.items())[:SHOWN]]
    return ", ".join(parts) + (f", and {len(counts) - SHOWN} more" if len(counts) > SHOWN else "")


def _part(kind: str, findings: list[Finding], shown: int | None) -> list[str]:
    if not findings:
        return []
    lines = [f"{kind}: {len(findings)}"]
    lines += [f"  {one.file!r}: {one.reason}" for one in findings[:shown]]
    if shown is not None and len(findings) > shown:
        lines.append(f"  ... and {len(findings) - shown} more; --json names all")
    return lines
