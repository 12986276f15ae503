"""Add vectors to the JSON files beside this script: `python tests/vectors/generate.py`.

Vectors are what the reference computed when they were added. They are never edited: an entry that is there is left as
it stands, and if the reference computes something else today, this script writes nothing and fails. Other bytes are
another stream number, with entries of its own.
"""

import json
import sys
from hashlib import blake2b
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import numpy as np  # noqa: E402 -- the tests' own modules must be found first
from vector_cases import BATCHES, PLANS, SEEDS, SPECS, WHITENED, images, labels  # noqa: E402

import whitenings  # noqa: E402
from handwritten import canonical  # noqa: E402
from samebatch.reference import plan, render_rows  # noqa: E402
from samebatch.reference.params import draws, matrix, philox, trig  # noqa: E402

SHOWN = 60
COMMENTS = json.loads((HERE / "comments.json").read_text())


def hexadecimal(values):
    return [float(value).hex() for value in values]


def words():
    for number, (seed, name, sample, epoch, repeat) in enumerate(SEEDS):
        place = (sample, epoch, repeat)
        yield (
            f"words-{number}",
            {
                "seed": seed,
                "id": name,
                "sample": sample,
                "epoch": epoch,
                "repeat": repeat,
                "key": philox.stream_key(name),
                "words": [philox.word(seed, name, draw, *place) for draw in range(9)],
                "uniforms": hexadecimal(philox.uniform(seed, name, draw, *place) for draw in range(9)),
            },
        )


def angles():
    for angle in (0.0, 1e-300, 0.1, 1.0, 30.0, 44.99999999999999, 45.0, 60.0, 89.5, 90.0, 135.0, -20.0, -270.0, 3599.9):
        yield f"sine-cosine-{angle!r}", {"degrees": angle.hex(), "sine_cosine": hexadecimal(trig.sincos_degrees(angle))}


def permutations():
    for n in (1, 2, 3, 5, 6, 7, 8, 9, 16, 17, 100):
        order = [plan.permute(7, plan.ORDER, 3, 0, n, position) for position in range(n)]
        yield f"all-of-{n}", _permutation(7, plan.ORDER, 3, 0, n, list(range(n)), order)
    for number, (seed, epoch, tweak, n) in enumerate(PLANS):
        positions = [0, 1, 2, n // 2, n - 2, n - 1]
        order = [plan.permute(seed, plan.BALANCE, epoch, tweak, n, position) for position in positions]
        yield f"some-of-many-{number}", _permutation(seed, plan.BALANCE, epoch, tweak, n, positions, order)


def _permutation(seed, stream, epoch, tweak, n, positions, order):
    given = {"seed": seed, "stream": stream, "epoch": epoch, "tweak": tweak, "n": n}
    return given | {"positions": positions, "samples": order}


def rows():
    """Epochs of a small source, plain and balanced: (sample, repeat) at every position."""
    for shuffle in (False, True):
        for balance in (None, "classes"):
            for n in (5, 23):
                label = labels(n)
                members = [np.flatnonzero(label == k) for k in np.unique(label)] if balance else None
                order = [plan.row(11, 4, n, position, shuffle=shuffle, members=members) for position in range(n)]
                name = f"{'shuffled' if shuffle else 'in-order'}-{balance or 'plain'}-{n}"
                given = {"seed": 11, "epoch": 4, "n": n, "shuffle": shuffle, "balance": balance}
                yield name, given | {"labels": label.tolist(), "rows": [list(row) for row in order]}


def params():
    for name, spec in SPECS.items():
        for seed, epoch, sample, repeat in ((0, 0, 0, 0), (7, 3, 41, 0), (2**64 - 1, 2**63 - 1, 2**63 - 1, 5)):
            values = draws.draw(spec, 3, seed, epoch, sample, repeat)
            columns = draws.columns(spec, 3)
            named = dict(zip(columns, values, strict=True))
            affine = matrix.matrix(spec, named, 48, 65)
            entry = {"spec": canonical(spec), "channels": 3, "height": 48, "width": 65}
            entry |= {"seed": seed, "epoch": epoch, "sample": sample, "repeat": repeat}
            entry |= {"columns": columns, "values": hexadecimal(values), "matrix": hexadecimal(affine)}
            fixed = matrix.fixed(affine, sample)
            entry["fixed"] = [fixed.xx, fixed.xy, fixed.x0, fixed.yx, fixed.yy, fixed.y0]
            yield f"{name}-{seed}-{epoch}-{sample}-{repeat}", entry


def batches():
    return rendered(BATCHES)


def whitened():
    return rendered(WHITENED)


def rendered(cases):
    for name, case in cases.items():
        spec, source = case["spec"], images(case["shape"], case["dtype"], case["value_range"])
        channels = source.shape[3]
        table = np.array(
            [
                draws.draw(spec, channels, case["seed"], case["epoch"], s, r)
                for s, r in zip(case["samples"], case["repeats"], strict=True)
            ],
            np.float64,
        ).reshape(len(case["samples"]), -1)
        x = render_rows(spec, source, case["samples"], table, tuple(case["value_range"]), whitenings.of(spec))
        yield name, {**case, "spec": canonical(spec), "digest": digest(spec, x), "first_values": bits(x[0])}


def digest(spec, x):
    """The rule of a batch's digest, written out."""
    last = x.transpose(0, 2, 3, 1) if spec["layout"] == "channels_first" else x
    text = f"x {spec['dtype']} {','.join(map(str, last.shape))};"
    little = np.ascontiguousarray(last).astype(last.dtype.newbyteorder("<"))
    return blake2b(text.encode() + little.tobytes(), digest_size=16).hexdigest()


def bits(image):
    """Return an image's first numbers: hexadecimal floats, or integers for bfloat16's bits and uint8."""
    flat = np.ascontiguousarray(image).reshape(-1)[:SHOWN]
    return hexadecimal(flat) if flat.dtype.kind == "f" else flat.tolist()


FILES = {
    "randomness": [words, angles],
    "order": [permutations, rows],
    "params": [params],
    "batches": [batches],
    "whitening": [whitened],
}


def merged(path, found):
    """Return a file's document with the missing entries added.

    Raises:
        SystemExit: an entry that is there is not what would be written.
    """
    document = (
        json.loads(path.read_text()) if path.exists() else {"_comment": COMMENTS[path.stem], "stream": 1, "entries": {}}
    )
    for name, entry in found.items():
        if document["entries"].setdefault(name, entry) != entry:
            raise SystemExit(
                f"{path.name}: {name} is there and says something else; vectors are never edited. Nothing is written."
            )
    return document


def text_of(document):
    """Return JSON with one line an entry, so that a diff shows what was added."""
    entries = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in document["entries"].items())
    head = json.dumps({key: value for key, value in document.items() if key != "entries"}, indent=1)
    return f'{head[:-2]},\n "entries": {{\n{entries}\n }}\n}}\n'


def main(folder=HERE):
    """Add what is missing to the files of a folder."""
    # Through JSON and back, so that what is compared is what is written.
    found = {
        stem: dict(json.loads(json.dumps(dict(entry for source in sources for entry in source()))))
        for stem, sources in FILES.items()
    }
    documents = {stem: merged(folder / f"{stem}.json", entries) for stem, entries in found.items()}
    for stem, document in documents.items():
        (folder / f"{stem}.json").write_text(text_of(document))


if __name__ == "__main__":
    main()
