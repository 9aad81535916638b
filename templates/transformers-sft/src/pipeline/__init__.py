"""Supervised fine-tuning of decoder language models: data, training, evaluation, export."""

__version__ = "0.1.0"
