"""Graph -> kernels: loops, fusion, order and places as data. Changes speed, never meaning."""

from .kernels import (
    BatchKernel,
    BlockKernel,
    Coming,
    Kernel,
    LoopKernel,
    MatmulKernel,
    Operand,
    Stage,
    label,
    nbytes,
)
from .names import c_name
from .plan import Plan, ScanKernel, build_plan
from .stored import in_memory

__all__ = [
    "BatchKernel", "BlockKernel", "Coming", "Kernel", "LoopKernel", "MatmulKernel", "Operand", "Plan",
    "ScanKernel", "Stage", "build_plan", "c_name", "in_memory", "label", "nbytes",
]  # fmt: skip
