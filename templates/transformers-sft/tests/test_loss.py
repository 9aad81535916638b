"""The chunked loss is the stock loss, in value and in gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from pipeline.data import Collator, load_dataset
from pipeline.errors import ConfigError
from pipeline.loss import chunked_loss, require_plain_head, use_chunked_loss
from pipeline.model import load_for_training
from pipeline.tiny import tiny_model
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train


@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_loss_and_gradients_equal_the_stock_path(
    smoke: Any, method: str, checkpointing: bool
) -> None:
    config = smoke(f"method.name={method}", f"training.gradient_checkpointing={checkpointing}")
    tokenizer = tiny_tokenizer()
    data = load_dataset(config.data.train_path, tokenizer, config)
    batch = Collator(0)([data[0], data[1], data[2]])
    model = load_for_training(config)
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    model.train()

    def gradients(loss: torch.Tensor) -> dict[str, torch.Tensor]:
        model.zero_grad()
        loss.backward()
        return {
            name: value.grad.clone()
            for name, value in model.named_parameters()
            if value.grad is not None
        }

    stock_loss = model(**batch).loss
    stock = gradients(stock_loss)
    use_chunked_loss(model)
    fused_loss = model(**batch).loss
    fused = gradients(fused_loss)
    torch.testing.assert_close(fused_loss, stock_loss)
    assert stock.keys() == fused.keys()
    for name, gradient in stock.items():
        torch.testing.assert_close(fused[name], gradient, msg=name, rtol=1e-4, atol=1e-6)


def test_the_chunk_size_does_not_matter() -> None:
    torch.manual_seed(0)
    head = torch.nn.Linear(16, 50, bias=False)
    hidden, labels = torch.randn(2, 33, 16), torch.randint(0, 50, (2, 33))
    losses = [chunked_loss(head, hidden, labels, chunk_tokens=size) for size in (1, 7, 1024)]
    torch.testing.assert_close(losses[0], losses[2])
    torch.testing.assert_close(losses[1], losses[2])


def test_a_batch_without_a_learned_token_is_zero_and_not_a_number_problem() -> None:
    head = torch.nn.Linear(4, 8)
    loss = chunked_loss(head, torch.randn(1, 5, 4), torch.full((1, 5), -100))
    assert loss.item() == 0.0


def test_models_that_change_their_logits_are_refused() -> None:
    model = tiny_model(259)
    require_plain_head(model)
    model.config.final_logit_softcapping = 30.0
    with pytest.raises(ConfigError, match=r"training\.fused_loss: false"):
        require_plain_head(model)


def test_training_with_it_gives_the_same_losses(smoke: Any, tmp_path: Any) -> None:
    results = [
        train(
            smoke(
                f"training.fused_loss={fused}",
                "training.max_steps=3",
                output=tmp_path / fused,
            )
        )
        for fused in ("false", "true")
    ]
    assert results[0].train_loss == pytest.approx(results[1].train_loss, rel=1e-4)
    assert results[0].validation_loss == pytest.approx(results[1].validation_loss, rel=1e-4)
