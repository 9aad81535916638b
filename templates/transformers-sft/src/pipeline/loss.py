"""Cross-entropy in chunks of tokens, so that the logits never exist in full.

Stock training holds `tokens x vocabulary` logits, in 16 bit and again in fp32 for the loss. With a
vocabulary of 128 thousand that is about 0.75 MB a token. Here one chunk's logits exist at a time:
each chunk is checkpointed, that is, computed again in the backward pass. The result is the same sum
in another order; `tests/test_loss.py` compares loss and gradients with the stock path.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from pipeline.data import IGNORED
from pipeline.errors import ConfigError

CHUNK_TOKENS = 1024

Head = Callable[[torch.Tensor], torch.Tensor]
"""Hidden states to logits."""

# Models that change the logits after the head; skipping that would train on another loss.
LOGIT_TRANSFORMS = ("final_logit_softcapping", "logit_scale", "logits_scaling", "logits_scale")


def require_plain_head(model: PreTrainedModel) -> None:
    """Refuse models whose loss is more than cross-entropy of the head's output."""
    settings = model.config.get_text_config()
    changed = [
        name for name in LOGIT_TRANSFORMS if getattr(settings, name, None) not in (None, 1.0)
    ]
    if getattr(settings, "output_router_logits", False):
        changed.append("output_router_logits")
    if changed:
        raise ConfigError(
            f"training.fused_loss does not cover {type(model).__name__} ({', '.join(changed)})",
            "Set training.fused_loss: false.",
        )


def _chunk_loss(head: Head, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    logits = head(hidden).float()
    return functional.cross_entropy(logits, targets, ignore_index=IGNORED, reduction="sum")


def chunked_loss(
    head: Head,
    hidden: torch.Tensor,
    labels: torch.Tensor,
    divisor: torch.Tensor | int | None = None,
    chunk_tokens: int = CHUNK_TOKENS,
) -> torch.Tensor:
    """Next-token cross-entropy of `head(hidden)` against `labels`.

    The sum is divided by `divisor`, or by the number of learned tokens. Positions that are not
    learned are left out before the head, which a masked prompt makes most of the saving.
    """
    hidden = hidden[:, :-1].reshape(-1, hidden.shape[-1])
    targets = labels[:, 1:].reshape(-1)
    learned = targets != IGNORED
    hidden, targets = hidden[learned], targets[learned]
    total = hidden.new_zeros((), dtype=torch.float32)
    for start in range(0, len(targets), chunk_tokens):
        part = slice(start, start + chunk_tokens)
        total = total + checkpoint(
            _chunk_loss, head, hidden[part], targets[part], use_reentrant=False
        )
    return total / (max(len(targets), 1) if divisor is None else divisor)


def use_chunked_loss(model: Any) -> None:
    """Let the model's own forward pass return this loss, and no logits.

    It stays inside the forward pass, and the head is called once and not once a chunk, because what
    spreads a model over devices hangs on these two calls: DDP readies its exchange of gradients,
    FSDP and ZeRO-3 gather the weights before and free them after.
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    require_plain_head(causal)
    head = causal.get_output_embeddings()
    # PEFT puts a module that is trained beside the adapter into a wrapper with the original.
    trained = getattr(head, "modules_to_save", {})
    for part in trained.values() if trained else [head]:
        part.forward = partial(_loss_of_head, part, part.forward)
    causal.forward = partial(_forward, causal)


def _forward(
    causal: Any,
    labels: torch.Tensor,
    num_items_in_batch: torch.Tensor | int | None = None,
    **inputs: Any,
) -> CausalLMOutputWithPast:
    """A causal model's forward pass as the trainer calls it."""
    given = {name: value for name, value in inputs.items() if value is not None}
    hidden = causal.get_decoder()(**given | {"use_cache": False}).last_hidden_state
    loss = causal.get_output_embeddings()(hidden, labels=labels, divisor=num_items_in_batch)
    return CausalLMOutputWithPast(loss=loss)


def _loss_of_head(
    head: Any,
    logits_of: Head,
    hidden: torch.Tensor,
    labels: torch.Tensor,
    divisor: torch.Tensor | int | None,
) -> torch.Tensor:
    if not torch.is_autocast_enabled(hidden.device.type):
        # An adapter or a quantised base can leave hidden states in another precision than the head.
        hidden = hidden.to(head.weight.dtype)
    return chunked_loss(logits_of, hidden, labels, divisor)
