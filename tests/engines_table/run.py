"""Run as ``run.py rows_<engine> RESULT.json``: makes the rows of an engine, and writes their digests."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def main() -> None:
    engine, result = sys.argv[1:]
    rows = importlib.import_module(engine).rows()
    Path(result).write_text(json.dumps({name: make() for name, make in rows.items()}), encoding="utf-8")


if __name__ == "__main__":
    main()
