"""Data, training, evaluation and export of this project's model."""

__version__ = "0.1.0"
