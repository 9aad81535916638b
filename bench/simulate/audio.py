"""Speech models: Whisper reads 30 s of mel frames, wav2vec2 and its kin raw samples."""

from __future__ import annotations

import torch
import transformers as hf

from case import Setting, case, from_config, inline, text

# width, encoder layers, heads, decoder layers, mel bins
WHISPER = {
    "openai/whisper-tiny": (384, 4, 6, 4, 80), "openai/whisper-base": (512, 6, 8, 6, 80),
    "whisper-small": (768, 4, 12, 4, 80), "whisper-medium": (1024, 4, 16, 4, 80),
    "whisper-large-v3": (1280, 4, 20, 4, 128), "whisper-large-v3-turbo": (1280, 6, 20, 1, 128),
}
ANSWER = 448


def whisper_case(name, s: Setting):
    width, layers, heads, decoder_layers, mels = WHISPER[name]

    def build():
        return from_config(hf.WhisperForConditionalGeneration, hf.WhisperConfig(
            d_model=width, encoder_layers=layers, decoder_layers=decoder_layers, encoder_attention_heads=heads,
            decoder_attention_heads=heads, encoder_ffn_dim=4 * width, decoder_ffn_dim=4 * width, num_mel_bins=mels,
            vocab_size=51866, use_cache=False))

    def step(model):
        features = torch.zeros(s.batch, mels, 3000, dtype=torch.bfloat16 if s.dtype == "bf16" else torch.float32)
        labels = text(s.batch, ANSWER)
        return model(input_features=features, labels=labels, decoder_input_ids=labels).loss

    model = name if "/" in name else {
        "parameterCount": 0, "hiddenSize": width, "layers": decoder_layers, "encoderLayers": layers, "heads": heads,
        "kvHeads": heads, "intermediateSize": 4 * width, "vocabSize": 51866, "tieEmbeddings": True, "gatedMlp": False,
        "modality": "audio"}
    return case(name, "audio", model, s, build, step, task="asr", audioSeconds=30, outputLength=ANSWER)


def whispers():
    for s in (Setting("full", "bf16-mixed", False, 8), Setting("full", "fp32", False, 4),
              Setting("full", "bf16-mixed", True, 16), Setting("lora", "bf16", True, 16), Setting("lora", "bf16", False, 8)):
        for name in WHISPER:
            yield whisper_case(name, s)


PLAIN = {"apply_spec_augment": False, "attention_dropout": 0.0, "layerdrop": 0.0, "vocab_size": 32}
LARGE = {"hidden_size": 1024, "num_hidden_layers": 4, "num_attention_heads": 16, "intermediate_size": 4096,
         "feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
SPEECH = {
    "facebook/wav2vec2-base": (hf.Wav2Vec2ForCTC, lambda: hf.Wav2Vec2Config(**PLAIN)),
    "facebook/hubert-base-ls960": (hf.HubertForCTC, lambda: hf.HubertConfig(**PLAIN)),
    "wav2vec2-large": (hf.Wav2Vec2ForCTC, lambda: hf.Wav2Vec2Config(**LARGE, **PLAIN)),
    "hubert-large": (hf.HubertForCTC, lambda: hf.HubertConfig(**LARGE, **PLAIN)),
    "wav2vec2-small": (hf.Wav2Vec2ForCTC, lambda: hf.Wav2Vec2Config(
        hidden_size=512, num_hidden_layers=6, num_attention_heads=8, intermediate_size=2048, **PLAIN)),
}


def speech_case(name, s: Setting, seconds):
    model_class, config = SPEECH[name]

    def step(model):
        samples = torch.zeros(s.batch, seconds * 16000, dtype=torch.bfloat16 if s.dtype == "bf16" else torch.float32)
        logits = model(input_values=samples).logits
        log_probs = torch.nn.functional.log_softmax(logits, dim=-1, dtype=torch.float32)
        # CTC's own kernel refuses fake tensors; a likelihood per frame keeps the same tensor.
        return torch.nn.functional.nll_loss(
            log_probs.flatten(0, 1), torch.zeros(log_probs.shape[0] * log_probs.shape[1], dtype=torch.long))

    model = name if "/" in name else inline(config(), "audio", False)
    return case(name, "audio", model, s, lambda: from_config(model_class, config()), step,
                task="ctc", audioSeconds=seconds)


def speech():
    for s, seconds in ((Setting("full", "bf16-mixed", False, 8), 10), (Setting("full", "fp32", False, 4), 10),
                       (Setting("full", "bf16-mixed", True, 4), 20), (Setting("lora", "bf16", False, 8), 10)):
        for name in SPEECH:
            yield speech_case(name, s, seconds)
