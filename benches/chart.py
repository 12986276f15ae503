"""The bar chart of the main benchmark, for the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches import work
from samebatch.cli import machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benches.results import Result

BENCHMARK = "main"
LEFT_OUT = ("fill",)  # it makes no image
FIRST = ", channels_first"
OURS, OTHERS = "#0b6e4f", "#9aa5b1"


def draw(results: Sequence[Result], path: Path) -> str:
    """Draw images per second of the main benchmark's contenders into ``path``; return what was done, in words."""
    main = next((one for one in results if one.benchmark.name == BENCHMARK and one.measured()), None)
    if main is None:
        return f"No chart: the benchmark {BENCHMARK!r} has no numbers"
    try:
        import matplotlib as mpl  # noqa: PLC0415 - matplotlib is optional
    except ImportError as error:
        return f"No chart: {error}"
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "samebatch"  # the same numbers make the same file
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above, once its backend is chosen

    bars = _bars(main)
    rates, names, ours = zip(*bars, strict=True)
    figure, axes = plt.subplots(figsize=(9, 0.6 + 0.32 * len(bars)))
    drawn = axes.barh(names, rates, color=[OURS if one else OTHERS for one in ours])
    axes.bar_label(drawn, labels=[f"{rate:,.0f}" for rate in rates], padding=4)
    axes.set_title("Images per second on one core: 224x224x3, uint8 in, float32 out", loc="left")
    axes.set_xlabel(f"{work.MAIN}\n{machine.processor()}", loc="left")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    axes.margins(x=0.1)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return f"Drawn: {path.name}"


def _bars(main: Result) -> list[tuple[float, str, bool]]:
    """Return images per second, name, and whether it is samebatch, slowest first; who has two layouts gets one bar."""
    names = {contender.name for contender in main.measured()}
    return sorted(
        (main.rates.median(contender.name), contender.name.removesuffix(FIRST), contender.beside is None)
        for contender in main.measured()
        if contender.name not in LEFT_OUT
        and not (FIRST in contender.name and contender.name.replace(FIRST, "") in names)
    )
