"""The loss of pairs of answers, and the reference it is measured from."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from peft import PeftModel

from pipeline.config import parse_config
from pipeline.data import load_dataset
from pipeline.errors import ConfigError
from pipeline.model import load_for_training
from pipeline.probe import probe
from pipeline.tiny import tiny_model
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train
from pipeline.trainer import build_trainer


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_first_loss_is_that_of_a_model_that_is_its_own_reference(
    smoke: Any, method: str
) -> None:
    result = probe(smoke(f"method.name={method}"))
    # -log sigmoid(0): policy and reference agree before the first step.
    assert result["losses"][0] == pytest.approx(math.log(2), abs=1e-4)
    assert result["losses"][1] < math.log(2)


def test_the_loss_is_the_published_formula(smoke: Any) -> None:
    config = smoke("method.name=full", "training.beta=0.5")
    tokenizer = tiny_tokenizer()
    data = load_dataset(config.data.train_path, tokenizer, config)
    model = load_for_training(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.01)
    trainer = build_trainer(config, model, tokenizer, data, data, [], output_dir="unused")
    rows = [data[0], data[1]]
    loss = trainer.compute_loss(model, trainer.data_collator(rows))

    def summed(scored: Any, ids: list[int], answer: int) -> torch.Tensor:
        logits = scored(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        taken = logits.gather(1, torch.tensor(ids[1:])[:, None])
        return taken[-answer:].sum()

    reference = tiny_model(len(tokenizer))
    margins = []
    for row in rows:
        ratios = []
        for answer in (row["chosen_ids"], row["rejected_ids"]):
            ids = row["prompt_ids"] + answer
            ratios.append(summed(model, ids, len(answer)) - summed(reference, ids, len(answer)))
        margins.append(ratios[0] - ratios[1])
    # Rafailov et al. 2023, equation 7.
    expected = -torch.nn.functional.logsigmoid(0.5 * torch.stack(margins)).mean()
    torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-5)


def test_the_reference_of_an_adapter_costs_no_second_one(smoke: Any) -> None:
    config = smoke()
    tokenizer = tiny_tokenizer()
    data = load_dataset(config.data.train_path, tokenizer, config)
    model = load_for_training(config)
    assert isinstance(model, PeftModel)
    trainer = build_trainer(config, model, tokenizer, data, data, [], output_dir="unused")
    assert list(trainer.model.peft_config) == ["default"]
    assert trainer.ref_model is None
    assert any(value.requires_grad for value in trainer.model.parameters())


def test_smoothing_is_for_the_sigmoid_loss_alone() -> None:
    with pytest.raises(ConfigError, match="label_smoothing is for loss sigmoid"):
        parse_config({"training": {"loss": "ipo", "label_smoothing": 0.1}})


@pytest.mark.parametrize("loss", ["ipo", "hinge"])
def test_the_other_losses_train(smoke: Any, loss: str) -> None:
    assert train(smoke(f"training.loss={loss}", "training.max_steps=1")).steps == 1


@pytest.mark.parametrize("method", ["full", "lora"])
def test_sixteen_bit_training_with_checkpointing_runs(smoke: Any, method: str) -> None:
    result = train(
        smoke(
            f"method.name={method}",
            "training.dtype=bf16-mixed",
            "training.max_steps=2",
            "training.gradient_checkpointing=true",
        )
    )
    assert result.validation_loss is not None
    assert result.validation_loss < 0.7
