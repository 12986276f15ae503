"""The tf.data.Dataset over batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from samebatch import targets
from samebatch.checks import LARGEST_INDEX, boolean, integer
from samebatch.run import Run
from samebatch.tensorflow.make import Make
from samebatch.tensorflow.spec import element_spec

if TYPE_CHECKING:
    from samebatch import Batches

MOST = 1024


def dataset(
    batches: Batches,
    epochs: int | None,
    *,
    start: tuple[int, int] = (0, 0),
    rank: int | None = None,
    world_size: int | None = None,
    replicas: int = 1,
    num_parallel_calls: int = 2,
    prefetch: int = 2,
    with_indices: bool = False,
) -> tf.data.Dataset:
    """Return ``batches`` as a ``tf.data.Dataset``: one element a step, in order, each what ``batches.batch`` returns.

    An element is ``(x, y)``, or ``(x, y, weights)`` if the source has weights, or ``x`` alone if it has no labels.
    Types and shapes are in ``element_spec``, where the batch dimension is a number if it is the same in all batches:
    with ``last_batch="drop"``, for example. x has the pipeline's dtype and layout, and is not copied: TensorFlow holds
    the memory that it was rendered into, which is used again once the last tensor over it is dropped.

    **Epochs.** The dataset is the whole run, one epoch after the other. Keras walks on from epoch to epoch if it is
    told ``fit(data, epochs=10, steps_per_epoch=len(train))``, with ``epochs=None`` or 10 here. Without
    ``steps_per_epoch`` it iterates over the dataset anew in each of its epochs, and would train on the same batches
    each time; so would more epochs than the dataset has. Whoever begins anew after its end is warned. Any iteration
    starts at ``start``, at no cost: a run that broke off goes on with ``start=(epoch, step)`` of its next batch, or
    ``start=train.resume(state)``, and otherwise the same arguments.

    **Several machines.** A rank gets its part of each global batch. An option of the dataset keeps tf.data from
    sharding it once more (``AutoShardPolicy.OFF``). Under ``tf.distribute``, with several workers as well::

        def of_worker(context):
            count = context.num_input_pipelines
            return dataset(train, epochs=None, rank=context.input_pipeline_id, world_size=count,
                           replicas=context.num_replicas_in_sync // count)

        data = strategy.distribute_datasets_from_function(of_worker)

    ``strategy.experimental_distribute_dataset(data)`` cuts batches itself: for one worker, of ``dataset(train, ...)``
    without a rank.

    **Threads.** Up to ``num_parallel_calls`` batches are rendered at the same time, each by a thread of tf.data and by
    the native threads of ``batches``, which all calls share: more calls are not more native threads, without Python's
    lock. Two keep the cores busy between one batch and the next, as a rule. With those that wait and the one in use
    ``num_parallel_calls + prefetch + 2`` batches lie in memory at most.

    Errors arrive as TensorFlow's ``InvalidArgumentError``, with samebatch's own text in them.

    Args:
        batches: the batches; they decide batch size, order, last batch and seed.
        epochs: how many epochs the whole run has, from epoch 0 on, at least 1; None: endless.
        start: (epoch, step) of the first batch.
        rank: whose rows of each global batch, 0 to world_size - 1; None: as ``batches``.
        world_size: how many ranks share each global batch; None: as ``batches``.
        replicas: how many replicas take turns with this dataset's elements, as those of one worker of ``tf.distribute``
            do: the rank's rows of a step are cut into so many elements, 1 to 1024. No byte of the global batch changes.
        num_parallel_calls: how many batches may be rendered at the same time, 1 to 1024. Changes no byte, and no order.
        prefetch: how many finished batches may wait, 0 to 1024.
        with_indices: each element is a dict instead: ``"x"``, ``"y"`` and ``"weights"`` if there are any, ``"indices"``
            (int64, the sample of each row), ``"epoch"`` and ``"step"`` (int64 scalars).

    Raises:
        IndexError: the start is negative, or its step is too large.
        SpecError: ``batches`` are none; there is no such rank; the run ends before it starts; an argument is out of
            range; the labels are of no type that TensorFlow has; or there are weights without labels.
        TypeError: the start is no pair of whole numbers.
    """
    targets.check(batches)
    count = integer("replicas", replicas, 1, MOST)
    calls = integer("num_parallel_calls", num_parallel_calls, 1, MOST)
    waiting = integer("prefetch", prefetch, 0, MOST)
    run = Run(batches, epochs, start, rank, world_size)
    shares = [run.batches.shard(run.batches.rank * count + i, run.batches.world_size * count) for i in range(count)]
    spec = element_spec(shares, with_indices=boolean("with_indices", with_indices))
    make = Make(run, shares, spec, calls + waiting)
    types = [part.dtype for part in tf.nest.flatten(spec)]

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def element(number: tf.Tensor) -> Any:  # noqa: ANN401 (a structure as the spec's)
        parts = tf.numpy_function(make, [number], types, stateful=False)
        made = tf.nest.pack_sequence_as(spec, parts)
        tf.nest.map_structure(lambda part, said: part.set_shape(said.shape), made, spec)
        return made

    length = min(run.length * count, LARGEST_INDEX)
    made = tf.data.Dataset.range(length).map(element, num_parallel_calls=calls, deterministic=True).prefetch(waiting)
    if run.endless:
        made = made.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    return made.with_options(_options())


def _options() -> tf.data.Options:
    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.experimental_optimization.inject_prefetch = False  # what may wait was said
    return options
