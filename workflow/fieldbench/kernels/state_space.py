"""The linear recurrence of a selective state space, in chunks and step by step.

    h_i = exp(log_decay_i) h_{i-1} + b_i u_i,    y_i = c_i . h_i

Source: Dao and Gu 2024, "Transformers are SSMs" (Mamba-2), section 6. Shapes throughout: `inputs` (B, L, H, P), `log_decay`
(B, L, H), at most 0, `b` and `c` (B, L, N); the result has the shape of `inputs`. Decays are float32 whatever the rest is.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

CHUNK = 64


def chunked(inputs: Tensor, log_decay: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """The recurrence by products within chunks and a recurrence over chunks."""
    batch, length, heads, width = inputs.shape
    more = -length % CHUNK
    count = (length + more) // CHUNK

    def cut(values: Tensor) -> Tensor:
        padded = pad(values, (0, 0) * (values.dim() - 2) + (0, more))
        return padded.reshape(batch, count, CHUNK, *values.shape[2:])

    inputs, b, c = cut(inputs), cut(b), cut(c)
    total = cut(_at_least_float(log_decay)).cumsum(2).transpose(2, 3)  # (B, count, H, CHUNK)
    decay = (total[..., :, None] - total[..., None, :]).masked_fill(_later(total.device), -torch.inf).exp()
    scores = torch.einsum("bkin,bkjn->bkij", c, b)[:, :, None] * decay.to(c.dtype)
    within = torch.einsum("bkhij,bkjhp->bkihp", scores, inputs)
    to_end = (total[..., -1:] - total).exp().to(b.dtype)
    added = torch.einsum("bkjn,bkhj,bkjhp->bkhpn", b, to_end, inputs)
    whole = total[..., -1].exp().to(b.dtype)[..., None, None]
    states = [torch.zeros_like(added[:, 0])]
    for chunk in range(count - 1):
        states.append(whole[:, chunk] * states[-1] + added[:, chunk])
    from_start = total.exp().to(c.dtype)
    carried = torch.einsum("bkin,bkhi,bkhpn->bkihp", c, from_start, torch.stack(states, 1))
    return (within + carried).reshape(batch, -1, heads, width)[:, :length]


def sequential(inputs: Tensor, log_decay: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """The recurrence as it is written, the reference for `chunked`."""
    decay = _at_least_float(log_decay).exp().to(inputs.dtype)
    state = inputs.new_zeros(*inputs[:, 0].shape, b.shape[-1])
    outputs = []
    for step in range(inputs.shape[1]):
        state = decay[:, step, :, None, None] * state + inputs[:, step, ..., None] * b[:, step, None, None]
        outputs.append(torch.einsum("bhpn,bn->bhp", state, c[:, step]))
    return torch.stack(outputs, 1)


def _at_least_float(values: Tensor) -> Tensor:
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _later(device: torch.device) -> Tensor:
    return torch.ones(CHUNK, CHUNK, dtype=torch.bool, device=device).triu(1)
