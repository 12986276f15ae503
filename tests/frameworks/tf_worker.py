"""A worker of TensorFlow's MultiWorkerMirroredStrategy: run as ``tf_worker.py RESULT.json NUMBER PORT PORT``.

The digests of what it is given go to the file.
"""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import scene
import tensorflow as tf

import samebatch as sb
import samebatch.tensorflow


def of_worker(context: tf.distribute.InputContext) -> tf.data.Dataset:
    return samebatch.tensorflow.dataset(
        scene.batches(), 2, rank=context.input_pipeline_id, world_size=context.num_input_pipelines
    )


def main(result: str, number: str, *ports: str) -> None:
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": int(number)}})
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    seen = []
    for x, y in strategy.distribute_datasets_from_function(of_worker):
        ((own, labels),) = zip(*map(strategy.experimental_local_results, (x, y)), strict=True)
        seen.append(sb.digest(own, labels))
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(seen, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
