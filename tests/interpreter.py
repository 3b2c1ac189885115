"""Triton's interpreter in place of a device: importing this module switches it on where there is none."""

import os

import numpy as np
import torch

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # read when the kernels' modules are imported


def widen_bfloat16(monkeypatch):
    """The interpreter holds bfloat16 as whole numbers and multiplies them as such: widen them before."""
    import triton.language as tl
    from triton.runtime.interpreter import InterpreterBuilder, TensorHandle

    product = InterpreterBuilder.create_dot

    def widened(factor):
        if factor.dtype.scalar != tl.bfloat16:
            return factor
        values = (factor.data.astype(np.uint32) << 16).view(np.float32)
        return TensorHandle(values, tl.float32)

    monkeypatch.setattr(
        InterpreterBuilder,
        "create_dot",
        lambda self, left, right, *others: product(self, widened(left), widened(right), *others),
    )
