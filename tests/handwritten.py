"""Specs of pipelines as plain data, written by hand: what a pipeline says, without `samebatch.Pipeline`."""

import json
from typing import Any

DEFAULT_IDS = {
    "RandomResizedCrop": "resized_crop",
    "CenterCrop": "center_crop",
    "RandomFlip": "flip",
    "RandomRotation": "rotation",
    "RandomShift": "shift",
    "RandomShear": "shear",
    "RandomZoom": "zoom",
    "RandomQuarterTurn": "quarter_turn",
    "RandomBrightness": "brightness",
    "RandomChannelShift": "channel_shift",
    "Rescale": "rescale",
    "Normalize": "normalize",
    "Standardize": "standardize",
    "Whiten": "whiten",
}


def spec_of(*transforms: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a spec of these transforms (each with its kind; an id is given where it has none)."""
    spec: dict[str, Any] = {
        "stream": 1,
        "size": None,
        "resample": fields.get("interpolation", "bilinear"),
        "interpolation": "bilinear",
        "fill_mode": "nearest",
        "fill_value": 0.0,
        "dtype": "float32",
        "layout": "channels_last",
        "transforms": [],
        **fields,
    }
    seen: dict[str, int] = {}
    for transform in transforms:
        name = DEFAULT_IDS[transform["kind"]]
        seen[name] = seen.get(name, 0) + 1
        number = "" if seen[name] == 1 else f"_{seen[name]}"
        spec["transforms"].append({"id": name + number, **transform})
    return spec


def canonical(spec: dict[str, Any]) -> str:
    return json.dumps(spec, sort_keys=True, separators=(",", ":"))
