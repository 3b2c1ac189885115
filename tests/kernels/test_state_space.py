"""The chunked recurrence against the sequential one, in value and gradient."""

import pytest
import torch
from fieldbench.kernels.state_space import CHUNK, chunked, sequential


def inputs(length, dtype=torch.float32):
    torch.manual_seed(length)
    shapes = [(2, length, 3, 4), (2, length, 3), (2, length, 5), (2, length, 5)]
    parts = [torch.randn(shape, dtype=dtype) for shape in shapes]
    parts[1] = -parts[1].abs() * torch.tensor([0.01, 0.3, 3.0], dtype=dtype)  # from long memory to hardly any
    return [part.requires_grad_() for part in parts]


@pytest.mark.parametrize("length", [1, 3, CHUNK, CHUNK + 1, 3 * CHUNK - 5, 1000])
def test_chunks_equal_the_sequence_in_value_and_gradient(length):
    parts = inputs(length)
    fast, slow = chunked(*parts), sequential(*parts)
    torch.testing.assert_close(fast, slow, rtol=1e-5, atol=1e-5 * float(slow.detach().abs().max()))
    upstream = torch.randn_like(slow)
    for one, other in zip(*(torch.autograd.grad(out, parts, upstream) for out in (fast, slow)), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5 * float(other.abs().max()))


def test_against_double_precision_and_its_numerical_gradient():
    parts = inputs(7, torch.float64)
    torch.testing.assert_close(chunked(*parts), sequential(*parts), rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(chunked, parts)


def test_the_sequence_by_hand():
    one = torch.ones(1, 3, 1, 1)
    found = sequential(one, torch.full((1, 3, 1), 0.5).log(), one[..., 0], one[..., 0])
    assert found.flatten().tolist() == pytest.approx([1, 1.5, 1.75])


def test_decays_keep_single_precision_where_inputs_are_halves():
    parts = [part.detach().bfloat16() for part in inputs(500)]
    parts[1] = torch.full_like(parts[1], -1e-3, dtype=torch.float32)
    found = chunked(*parts)
    expected = sequential(*(part.float() for part in parts))
    assert found.dtype == torch.bfloat16
    assert (found.float() - expected).abs().mean() < 0.01 * expected.abs().mean()
