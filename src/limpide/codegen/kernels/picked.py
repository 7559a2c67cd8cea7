"""Gradients of convolutions from what max pooling picked: sums over windows, with addresses from memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TypeVar

from ...dtypes import C_TYPES
from ...graph import Node
from ...ops.conv import offsets
from ...ops.picked import picked_input_op
from ...schedule import BatchKernel
from ...schedule.expression import shape_of
from ...schedule.machine import Machine
from ..writer import Writer, c_type

CACHE = 24 << 10  # bytes of the input that a block of windows may touch
WINDOWS = 32  # so many share what is loaded into registers
SUMS = {32: 25, 16: 11}  # vectors that are held, by registers


T = TypeVar("T")


def evenly(items: Sequence[T], count: int) -> list[Sequence[T]]:
    """So many runs of items, about equally long."""
    ends = [len(items) * part // count for part in range(count + 1)]
    return [items[start:end] for start, end in itertools.pairwise(ends)]


def picked_kernel(writer: Writer, kernel: BatchKernel, machine: Machine) -> None:
    """The body of the C function."""
    writer.axis = kernel.axis
    picked = Picked(writer, kernel, machine)
    places = ", ".join(map(str, picked.places))
    writer.line(f"static const int32_t places_[{len(picked.places)}] = {{{places}}}; /* in a window */")
    if kernel.node.op is picked_input_op:
        picked.input()
    elif kernel.node.attr("across"):
        picked.weight()
    else:
        picked.masked()


@dataclass
class Picked:
    """The loops over the batch, windows and outputs. Distances are in elements."""

    writer: Writer
    kernel: BatchKernel
    machine: Machine

    @property
    def node(self) -> Node:
        return self.kernel.node

    @cached_property
    def x(self) -> Node:
        """The input of the convolution, or its gradient."""
        return self.node if self.node.op is picked_input_op else self.node.inputs[0]

    @cached_property
    def operands(self) -> tuple[str, str]:
        """The names of the gradients of windows, and of the positions that they belong to."""
        first = 0 if self.node.op is picked_input_op else 1
        g, at = (self.writer.pointer(n) for n in self.node.inputs[first : first + 2])
        return g, at

    @cached_property
    def windows(self) -> tuple[int, ...]:
        return shape_of(self.node.inputs[1])[1:-1]

    @property
    def outputs(self) -> int:
        return shape_of(self.node.inputs[1])[-1]

    @property
    def channels(self) -> int:
        return shape_of(self.x)[-1]

    @property
    def kernel_size(self) -> tuple[int, ...]:
        if self.node.op is picked_input_op:
            return shape_of(self.node.inputs[2])[1:-1]
        return tuple(map(int, self.node.attr("kernel")))

    @property
    def taps(self) -> int:
        return prod(self.kernel_size)

    @property
    def lanes(self) -> int:
        return self.machine.lanes(self.node.dtype.itemsize)

    @property
    def suffix(self) -> str:
        return C_TYPES[self.node.dtype][1]

    @property
    def most(self) -> int:
        return SUMS[32 if self.machine.registers >= 32 else 16]

    # ------------------------------------------------------------------------------------ distances
    def strides(self, *steps: str) -> tuple[int, ...]:
        """How far apart neighbours are in the input, along every axis, after steps of these attributes."""
        sizes = shape_of(self.x)
        found = [prod(sizes[axis + 1 :]) for axis in range(1, len(sizes) - 1)]
        for name in steps:
            found = [f * s for f, s in zip(found, self.node.attr(name), strict=True)]
        return tuple(found)

    def spread(self, sizes: Sequence[int], strides: Sequence[int]) -> list[int]:
        return [sum(k * s for k, s in zip(at, strides, strict=True)) for at in offsets(tuple(sizes))]

    @cached_property
    def places(self) -> list[int]:
        """From the first place of a window to every one."""
        return self.spread(self.node.attr("pool"), self.strides("stride", "pool_dilation"))

    @cached_property
    def tap_offsets(self) -> list[int]:
        return self.spread(self.kernel_size, self.strides("dilation"))

    @cached_property
    def block(self) -> int:
        """Windows of the first axis whose part of the input stays in the first cache."""
        first = self.strides("stride", "pool_stride")[0] * self.node.dtype.itemsize
        inner = prod(self.windows[1:])
        return min(self.windows[0], max(1, -(-WINDOWS // inner), CACHE // first))

    @cached_property
    def together(self) -> int:
        """Of the batch."""
        own = prod(shape_of(self.x)[1:]) * self.node.dtype.itemsize
        return max(1, min(-(-WINDOWS // prod(self.windows)), CACHE // own))

    # ----------------------------------------------------------------------------------------- loops
    @property
    def bounds(self) -> tuple[str, str]:
        """The part of the batch that a thread has."""
        whole = self.kernel.axis is None
        return ("0", str(self.kernel.batch.extent)) if whole else ("lo_", "hi_")

    @contextmanager
    def blocks(self, name: str, low: str, high: str, step: int) -> Iterator[tuple[str, str]]:
        """A loop in steps; gives where a step begins and ends."""
        if low == "0" and high == str(step):
            yield low, high
            return
        with self.writer.block(f"for (int64_t {name} = {low}; {name} < {high}; {name} += {step})"):
            if step == 1:
                yield name, f"{name} + 1"
                return
            self.writer.line(
                f"const int64_t {name}end = {name} + {step} < {high} ? {name} + {step} : {high};"
            )
            yield name, f"{name}end"

    @contextmanager
    def each_window(self, first: tuple[str, str]) -> Iterator[tuple[str, str]]:
        """Loops over windows; gives the count of the window and where it begins in the input."""
        names = [f"p{axis}" for axis in range(len(self.windows))]
        with ExitStack() as stack:
            for name, size in zip(names, self.windows, strict=True):
                low, high = first if name == "p0" else ("0", str(size))
                stack.enter_context(
                    self.writer.block(f"for (int64_t {name} = {low}; {name} < {high}; {name}++)")
                )
            count = "n_"
            for name, size in zip(names, self.windows, strict=True):
                count = f"({count} * {size} + {name})"
            steps = self.strides("stride", "pool_stride")
            start = " + ".join(f"{name} * {step}" for name, step in zip(names, steps, strict=True))
            yield count, start

    @cached_property
    def wide(self) -> int:
        """Vectors of channels that are held at once."""
        vectors = self.channels // self.lanes
        most = min(vectors, max(1, self.most // self.taps))
        return max(v for v in range(1, most + 1) if vectors % v == 0)

    @cached_property
    def lots(self) -> list[Sequence[tuple[int, int]]]:
        """What is held at once, as (tap, vector)."""
        pairs = list(itertools.product(range(self.taps), range(self.wide)))
        return evenly(pairs, -(-len(pairs) // self.most))

    @contextmanager
    def each_output(self) -> Iterator[None]:
        """Loops over outputs, and over vectors of channels."""
        with (
            self.writer.block(f"for (int64_t o_ = 0; o_ < {self.outputs}; o_++)"),
            self.blocks("c_", "0", str(self.channels), self.wide * self.lanes) as (start, _),
        ):
            if start == "0":
                self.writer.line("const int64_t c_ = 0;")
            yield

    def vector(self, pointer: str, at: int | str) -> str:
        return f"LP_LOAD_{self.suffix.upper()}({pointer} + {at})"

    def along(self, tap: int, vector: int) -> int:
        """From an element of the input to what a tap meets."""
        return self.tap_offsets[tap] + vector * self.lanes

    def own(self, tap: int, vector: int) -> int:
        """Among the weights of one output."""
        return tap * self.channels + vector * self.lanes

    # ----------------------------------------------------------------------------------------- forms
    def input(self) -> None:
        """Every gradient times its output's weights is added where its windows lie."""
        writer, kind, suffix = self.writer, c_type(self.node.dtype), self.suffix
        target, weights = writer.pointer(self.node), writer.pointer(self.node.inputs[2])
        size = prod(shape_of(self.x)[1:])
        low, high = self.bounds
        with writer.block(f"for (int64_t n_ = {low}; n_ < {high}; n_++)"):
            writer.line(f"{kind} *const x_ = {target} + n_ * {size};")
            writer.line(f"memset(x_, 0, {size} * sizeof({kind}));")
            with (
                self.blocks("b_", "0", str(self.windows[0]), self.block) as first,
                self.each_output(),
            ):
                writer.line(f"const {kind} *const w_ = {weights} + o_ * {self.taps * self.channels} + c_;")
                for pairs in self.lots:
                    with writer.block(""):
                        for i, pair in enumerate(pairs):
                            value = self.vector("w_", self.own(*pair))
                            writer.line(f"const lp_v{suffix} w{i} = {value};")
                        with self.each_window(first) as (count, start):
                            self.picked(count, start, "x_", "")
                            for i, pair in enumerate(pairs):
                                at = self.along(*pair)
                                sum_ = f"{self.vector('at_', at)} + w{i} * g_"
                                writer.line(f"LP_STORE_{suffix.upper()}(at_ + {at}, {sum_});")

    def picked(self, count: str, start: str, x: str, const: str) -> None:
        """The gradient of one window and output, and its place in the input."""
        g, at = self.operands
        self.writer.line(f"const int64_t i_ = {count} * {self.outputs} + o_;")
        self.writer.line(f"const {c_type(self.node.dtype)} g_ = {g}[i_];")
        self.writer.line(
            f"{const}{c_type(self.node.dtype)} *const at_ = {x} + {start} + c_ + places_[{at}[i_]];"
        )

    def sums(self) -> None:
        """Where a thread collects its part."""
        writer, kind, node = self.writer, c_type(self.node.dtype), self.node
        size, parts = prod(shape_of(node)[1:]), shape_of(node)[0]
        target = writer.pointer(node)
        if self.kernel.axis is None:
            writer.line(f"{kind} *const sums_ = {target};")
            writer.line(f"memset(sums_, 0, {parts * size} * sizeof({kind}));")
        else:
            writer.uses.add("tid")
            writer.line(f"{kind} *const sums_ = {target} + tid * {size};")
            writer.line(f"memset(sums_, 0, {size} * sizeof({kind}));")

    def weight(self) -> None:
        """For every output, what lies around the places that were picked, times its gradients."""
        writer, kind, suffix = self.writer, c_type(self.node.dtype), self.suffix
        self.sums()
        source, size = writer.pointer(self.x), prod(shape_of(self.x)[1:])
        with (
            self.blocks("m_", *self.bounds, self.together) as batch,
            self.blocks("b_", "0", str(self.windows[0]), self.block) as first,
            self.each_output(),
        ):
            writer.line(f"{kind} *const w_ = sums_ + o_ * {self.taps * self.channels} + c_;")
            for pairs in self.lots:
                with writer.block(""):
                    for i, pair in enumerate(pairs):
                        writer.line(f"lp_v{suffix} w{i} = {self.vector('w_', self.own(*pair))};")
                    with (
                        writer.block(f"for (int64_t n_ = {batch[0]}; n_ < {batch[1]}; n_++)"),
                        self.each_window(first) as (count, start),
                    ):
                        self.picked(count, start, f"{source} + n_ * {size}", "const ")
                        for i, pair in enumerate(pairs):
                            writer.line(f"w{i} += {self.vector('at_', self.along(*pair))} * g_;")
                    for i, pair in enumerate(pairs):
                        writer.line(f"LP_STORE_{suffix.upper()}(w_ + {self.own(*pair)}, w{i});")

    def masked(self) -> None:
        """Vectors of outputs: for every place in a window the gradients that were picked there, else 0."""
        writer, kind, suffix = self.writer, c_type(self.node.dtype), self.suffix
        self.sums()
        g, at = self.operands
        source, size = writer.pointer(self.x), prod(shape_of(self.x)[1:])
        terms = [tap + c for tap in self.tap_offsets for c in range(self.channels)]
        low, high = self.bounds
        with writer.block(f"for (int64_t o_ = 0; o_ < {self.outputs}; o_ += {self.lanes})"):
            for own in evenly(range(len(terms)), -(-len(terms) // self.most)):
                with writer.block(""):
                    writer.line(f"lp_v{suffix} {', '.join(f'w{i} = {{0}}' for i in own)};")
                    with (
                        writer.block(f"for (int64_t n_ = {low}; n_ < {high}; n_++)"),
                        self.each_window(("0", str(self.windows[0]))) as (number, start),
                    ):
                        writer.line(f"const int64_t i_ = {number} * {self.outputs} + o_;")
                        writer.line(f"const lp_v{suffix} g_ = {self.vector(g, 'i_')};")
                        writer.line(f"const lp_vi32 at_ = LP_LOAD_I32({at} + i_);")
                        writer.line(f"const {kind} *const from_ = {source} + n_ * {size} + {start};")
                        writer.line("#pragma GCC unroll 1")
                        with writer.block(f"for (int k_ = 0; k_ < {len(self.places)}; k_++)"):
                            writer.line(f"const lp_v{suffix} v_ = (lp_v{suffix})((lp_vi32)g_ & (at_ == k_));")
                            writer.line(f"const {kind} *const x_ = from_ + places_[k_];")
                            for i in own:
                                writer.line(f"w{i} += x_[{terms[i]}] * v_;")
                    for i in own:
                        writer.line(f"LP_STORE_{suffix.upper()}(sums_ + {i * self.outputs} + o_, w{i});")
