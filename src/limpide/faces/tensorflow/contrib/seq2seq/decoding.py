"""Decoders: a cell along time whose inputs a helper chooses, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .....nn.words import lp
from ....record import sizes
from ... import nest
from ...dtypes import int32
from ...inputs import convert_to_tensor
from ...nn.embedding import embedding_lookup
from ...nn.loops import scanned
from ...nn.rnn import _first_axes_swapped
from ...nn.rnn_cell import batch_of
from ...random import categorical, random_uniform
from ...recording import op, tensor
from ...scopes import variable_scope

Step = tuple[Any, Any, Any, Any]


class BasicDecoderOutput(NamedTuple):
    """What a decoder gives at every step: the outputs of the cell, and what was chosen."""

    rnn_output: Any
    sample_id: Any


@op("helper")
def _apply(build: Callable[..., Any], *args: Any, name: Any = None) -> Any:
    return build(*map(tensor, args))


class Helper:
    """Chooses the inputs of a decoder."""

    batch_size: Any

    def initialize(self) -> tuple[Any, Any]:
        """Which sequences are finished already, and the first inputs."""
        raise NotImplementedError

    def sample(self, time: Any, outputs: Any, state: Any, name: Any = None) -> Any:
        """What is chosen of the outputs."""
        raise NotImplementedError

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: Any = None) -> Any:
        """Which sequences are finished, the next inputs, and the state."""
        raise NotImplementedError

    steps: Any = None  # how many there are at most, where it is known


def _best(x: Any) -> Any:
    return lp.argmax(x, axis=-1).astype("int32")


class TrainingHelper(Helper):
    """The inputs are given: (batch, time, ...), and the lengths of the sequences."""

    def __init__(self, inputs: Any, sequence_length: Any, time_major: bool = False, name: Any = None):
        self._inputs = convert_to_tensor(inputs)
        if not time_major:
            self._inputs = _first_axes_swapped(self._inputs)
        self._lengths = convert_to_tensor(sequence_length, dtype=None)
        self.batch_size = batch_of(self._inputs, 1)
        self.steps = _most(self._lengths)

    def initialize(self) -> tuple[Any, Any]:
        return _apply(lambda n: n == 0, self._lengths), _apply(lambda x: x[0], self._inputs)

    def sample(self, time: Any, outputs: Any, state: Any, name: Any = None) -> Any:
        return _apply(_best, outputs)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: Any = None) -> Any:
        def following(t: Any, n: Any, x: Any) -> Any:
            return lp.take(x, lp.minimum(t + 1, x.shape[0] - 1), axis=0)

        finished = _apply(lambda t, n: t + 1 >= n, time, self._lengths)
        return finished, _apply(following, time, self._lengths, self._inputs), state


@op("Max", gradient=False)
def _most(x: Any, name: Any = None) -> Any:
    return lp.max(tensor(x))


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """The inputs are given, but some are drawn from the outputs instead."""

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: Any = None,
        scheduling_seed: Any = None,
        name: Any = None,
    ):
        super().__init__(inputs, sequence_length, time_major)
        self._table = _lookup(embedding)
        self._share = sampling_probability

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: Any = None) -> Any:
        finished, given, state = super().next_inputs(time, outputs, state, sample_ids)
        u = random_uniform([self.batch_size, 1])
        own = self._table(sample_ids)
        return finished, _apply(lambda u, p, a, b: lp.where(u < p, a, b), u, self._share, own, given), state


def _lookup(embedding: Any) -> Callable[[Any], Any]:
    return embedding if callable(embedding) else lambda ids: embedding_lookup(embedding, ids)


class GreedyEmbeddingHelper(Helper):
    """What was most likely goes in at the next step."""

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any):
        self._table, self._end = _lookup(embedding), end_token
        self._start = convert_to_tensor(start_tokens, dtype=int32)
        self.batch_size = batch_of(self._start, 0)

    def initialize(self) -> tuple[Any, Any]:
        return _apply(lambda s: lp.zeros(s.shape, "bool"), self._start), self._table(self._start)

    def sample(self, time: Any, outputs: Any, state: Any, name: Any = None) -> Any:
        return _apply(_best, outputs)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: Any = None) -> Any:
        return _apply(lp.equal, sample_ids, self._end), self._table(sample_ids), state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """What was drawn goes in at the next step."""

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: Any = None,
    ):
        super().__init__(embedding, start_tokens, end_token)
        self._temperature = softmax_temperature or 1.0

    def sample(self, time: Any, outputs: Any, state: Any, name: Any = None) -> Any:
        scaled = _apply(lambda x, t: x / t.astype(x.dtype), outputs, self._temperature)
        return _apply(lambda x: x[:, 0].astype("int32"), categorical(scaled, 1))


class CustomHelper(Helper):
    """A helper of three functions."""

    def __init__(self, initialize_fn: Any, sample_fn: Any, next_inputs_fn: Any, **settings: Any):
        self._initialize, self._sample, self._next = initialize_fn, sample_fn, next_inputs_fn

    @property
    def batch_size(self) -> Any:
        return batch_of(nest.flatten(self._initialize()[1])[0], 0)

    def initialize(self) -> tuple[Any, Any]:
        return self._initialize()  # type: ignore[no-any-return]

    def sample(self, time: Any, outputs: Any, state: Any, name: Any = None) -> Any:
        return self._sample(time=time, outputs=outputs, state=state)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: Any = None) -> Any:
        return self._next(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


class Decoder:
    """What dynamic_decode runs."""

    def initialize(self, name: Any = None) -> Any:
        """Which sequences are finished, the first inputs, the first state."""
        raise NotImplementedError

    def step(self, time: Any, inputs: Any, state: Any, name: Any = None) -> Step:
        """The output, the next state, the next inputs, which sequences are finished."""
        raise NotImplementedError

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        return outputs, final_state

    @property
    def batch_size(self) -> Any:
        raise NotImplementedError

    steps: Any = None


class BasicDecoder(Decoder):
    """A cell, a helper, and perhaps a layer on the outputs."""

    def __init__(self, cell: Any, helper: Helper, initial_state: Any, output_layer: Any = None):
        self._cell, self._helper, self._initial, self._layer = cell, helper, initial_state, output_layer
        self.steps = helper.steps

    @property
    def batch_size(self) -> Any:
        return self._helper.batch_size

    def initialize(self, name: Any = None) -> Any:
        return (*self._helper.initialize(), self._initial)

    def step(self, time: Any, inputs: Any, state: Any, name: Any = None) -> Step:
        outputs, state = self._cell(inputs, state)
        if self._layer is not None:
            outputs = self._layer(outputs)
        chosen = self._helper.sample(time=time, outputs=outputs, state=state)
        finished, following, state = self._helper.next_inputs(
            time=time, outputs=outputs, state=state, sample_ids=chosen
        )
        return BasicDecoderOutput(outputs, chosen), state, following, finished


@op("range", gradient=False)
def _times(most: Any, name: Any = None) -> Any:
    (count,) = sizes([tensor(most)])
    return lp.arange(count, dtype="int32")


@op("Select")
def _where(finished: Any, a: Any, b: Any, name: Any = None) -> Any:
    """a where a sequence is finished, else b; b=None: zeros where it is."""
    x, y = tensor(a), tensor(b)
    if not x.ndim:
        return y
    mask = lp.reshape(tensor(finished), (-1, *(1,) * (x.ndim - 1)))
    return lp.where(mask, x, y)


@op("decode", count=2)
def _ended(finished: Any, lengths: Any, done: Any, time: Any, name: Any = None) -> Any:
    finished, done = tensor(finished), tensor(done)
    now = finished | done
    lengths = tensor(lengths)
    return now, lp.where(now & ~finished, (tensor(time) + 1).astype(lengths.dtype), lengths)


def dynamic_decode(
    decoder: Any,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """All steps of a decoder, until every sequence is finished or for maximum_iterations.

    Gives the outputs, the last state and the lengths. Raises ValueError where no number of steps can be told.
    """
    with variable_scope(scope, "decoder"):
        most = maximum_iterations if decoder.steps is None else decoder.steps
        if most is None:
            raise ValueError(
                "dynamic_decode needs maximum_iterations here, unless the helper knows the lengths"
            )
        finished, inputs, state = decoder.initialize()
        times = _times(most)
        lengths = _apply(lambda f: lp.zeros(f.shape, "int32"), finished)
        first = [finished, lengths, *nest.flatten(inputs), *nest.flatten(state)]
        n = len(nest.flatten(inputs))
        kept: list[Any] = []

        def body(states: list[Any], parts: list[Any]) -> tuple[list[Any], list[Any]]:
            (time,), (before, lengths, *rest) = parts, states
            given = nest.pack_sequence_as(inputs, rest[:n])
            old = nest.pack_sequence_as(state, rest[n:])
            output, new, following, done = decoder.step(time, given, old)
            kept[:] = [output]
            now, lengths = _ended(before, lengths, done, time)
            flat, states = nest.flatten(output), nest.flatten(new)
            flat = [_where(before, _apply(lp.zeros_like, o), o) for o in flat] if impute_finished else flat
            if impute_finished:
                states = [_where(before, o, s) for o, s in zip(rest[n:], states, strict=True)]
            return [now, lengths, *nest.flatten(following), *states], flat

        last, outputs = scanned("while", body, first, [times])
        lengths = _apply(lambda f, n, t: lp.where(f, n, t.shape[0]), last[0], last[1], times)
        packed = nest.pack_sequence_as(kept[0], outputs)
        final = nest.pack_sequence_as(state, last[2 + n :])
        packed, final = (
            decoder.finalize(packed, final, lengths) if hasattr(decoder, "finalize") else (packed, final)
        )
        return (packed if output_time_major else _first_axes_swapped(packed)), final, lengths
