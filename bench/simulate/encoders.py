"""Encoders, embedding models and encoder-decoders of published widths."""

from __future__ import annotations

import torch
import transformers as hf

from case import Setting, case, from_config, inline, text

# A CPU's fused attention has no dropout and would fall back to whole score matrices, which a CUDA device does not.
NO_ATTENTION_DROPOUT = {"attention_probs_dropout_prob": 0.0}
LARGE = {"hidden_size": 1024, "num_attention_heads": 16, "intermediate_size": 4096}


def deberta(width, heads, layers):
    return lambda: hf.DebertaV2Config(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=4 * width,
        vocab_size=128100, relative_attention=True, position_buckets=256, norm_rel_ebd="layer_norm",
        share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False, type_vocab_size=0)


def bert(**more):
    return lambda: hf.BertConfig(**NO_ATTENTION_DROPOUT, **more)


def xlm_roberta(**more):
    return lambda: hf.XLMRobertaConfig(**NO_ATTENTION_DROPOUT, **({"vocab_size": 250002, "max_position_embeddings": 514} | more))


# Names with a slash are whole models of the catalog; the others are cut to a few layers.
ENCODERS = {
    "google-bert/bert-base-uncased": bert(),
    "distilbert/distilbert-base-uncased": lambda: hf.DistilBertConfig(attention_dropout=0.0),
    "bert-large": bert(**LARGE, num_hidden_layers=4),
    "roberta-base": lambda: hf.RobertaConfig(
        **NO_ATTENTION_DROPOUT, num_hidden_layers=4, vocab_size=50265, max_position_embeddings=514),
    "roberta-large": lambda: hf.RobertaConfig(
        **NO_ATTENTION_DROPOUT, **LARGE, num_hidden_layers=4, vocab_size=50265, max_position_embeddings=514),
    "xlm-roberta-base": xlm_roberta(num_hidden_layers=4),
    "xlm-roberta-large": xlm_roberta(**LARGE, num_hidden_layers=4),
    "modernbert-base": lambda: hf.ModernBertConfig(num_hidden_layers=6),
    "deberta-v3-base": deberta(768, 12, 4),
    "deberta-v3-large": deberta(1024, 16, 3),
}


def encoder_case(name, s: Setting):
    eager = "deberta" in name
    auto = hf.AutoModelForMaskedLM if s.task == "mlm" else hf.AutoModelForSequenceClassification

    def step(model):
        x = text(s.batch, s.length)
        logits = model(input_ids=x).logits
        target = x.view(-1) if s.task == "mlm" else torch.zeros(s.batch, dtype=torch.long)
        return torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), target)

    attention = "eager" if eager else "sdpa"
    model = name if "/" in name else inline(ENCODERS[name](), "encoder", name == "modernbert-base", tieEmbeddings=True)
    return case(name, "encoder", model, s, lambda: from_config(auto, ENCODERS[name](), attention), step,
                task=s.task, attention=attention)


def encoders():
    for s in (Setting("full", "bf16-mixed", False, 32, 256, task="classification"),
              Setting("full", "fp32", False, 16, 256, task="classification"),
              Setting("full", "bf16-mixed", True, 32, 512, task="classification"),
              Setting("full", "bf16-mixed", False, 16, 256, task="mlm"),
              Setting("lora", "bf16-mixed", False, 32, 256, task="classification"),
              Setting("lora", "bf16", False, 16, 512, task="classification")):
        for name in ENCODERS:
            yield encoder_case(name, s)


EMBEDDERS = {
    "sentence-transformers/all-MiniLM-L6-v2": bert(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "BAAI/bge-small-en-v1.5": bert(hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536),
    "BAAI/bge-base-en-v1.5": bert(),
    "e5-large-v2": bert(**LARGE, num_hidden_layers=4),
    "bge-m3": xlm_roberta(**LARGE, num_hidden_layers=4, max_position_embeddings=8194),
    "gte-modernbert-base": lambda: hf.ModernBertConfig(num_hidden_layers=6),
    "qwen3-embedding-0.6b": lambda: hf.Qwen3Config(
        vocab_size=151669, hidden_size=1024, num_hidden_layers=4, num_attention_heads=16, num_key_value_heads=8,
        head_dim=128, intermediate_size=3072, tie_word_embeddings=True, use_cache=False),
    "qwen3-embedding-4b": lambda: hf.Qwen3Config(
        vocab_size=151665, hidden_size=2560, num_hidden_layers=3, num_attention_heads=32, num_key_value_heads=8,
        head_dim=128, intermediate_size=9728, tie_word_embeddings=True, use_cache=False),
    "embeddinggemma-300m": lambda: hf.Gemma3TextConfig(
        vocab_size=262144, hidden_size=768, num_hidden_layers=6, num_attention_heads=3, num_key_value_heads=1,
        head_dim=256, intermediate_size=1152, sliding_window=512, use_cache=False),
    "e5-mistral-7b": lambda: hf.MistralConfig(
        hidden_size=4096, num_hidden_layers=2, num_attention_heads=32, num_key_value_heads=8, intermediate_size=14336,
        vocab_size=32000, sliding_window=4096, tie_word_embeddings=True, use_cache=False),
}
GATED_EMBEDDERS = {"gte-modernbert-base", "qwen3-embedding-0.6b", "qwen3-embedding-4b", "embeddinggemma-300m", "e5-mistral-7b"}


class BiEncoder(torch.nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder, self.config = encoder, encoder.config

    def gradient_checkpointing_enable(self, **kwargs):
        self.encoder.gradient_checkpointing_enable(**kwargs)

    def enable_input_require_grads(self):
        self.encoder.enable_input_require_grads()

    def forward(self, batch, length):
        def embed():
            mask = torch.ones(batch, length)
            hidden = self.encoder(input_ids=text(batch, length)).last_hidden_state
            pooled = (hidden * mask.unsqueeze(-1).to(hidden.dtype)).sum(1) / length
            return torch.nn.functional.normalize(pooled, dim=-1)

        # Query and passage, each batch through the encoder; the other passages of the batch are the negatives.
        scores = embed() @ embed().T * 20
        return torch.nn.functional.cross_entropy(scores, torch.arange(batch))


def embedders():
    for s in (Setting("full", "bf16-mixed", False, 32, 256), Setting("full", "bf16-mixed", True, 32, 512),
              Setting("full", "fp32", False, 32, 128), Setting("lora", "bf16", False, 32, 256)):
        for name in EMBEDDERS:
            model = name if "/" in name else inline(
                EMBEDDERS[name](), "embedding", name in GATED_EMBEDDERS, tieEmbeddings=True)
            yield case(name, "embedding", model, s,
                       lambda name=name: BiEncoder(from_config(hf.AutoModel, EMBEDDERS[name]())),
                       lambda model, s=s: model(s.batch, s.length), task="embedding")


def t5(width, heads, intermediate, layers, vocab=32128, kind=hf.T5Config):
    return lambda: kind(
        vocab_size=vocab, d_model=width, d_kv=64, d_ff=intermediate, num_layers=layers, num_decoder_layers=layers,
        num_heads=heads, feed_forward_proj="gated-gelu", tie_word_embeddings=False, use_cache=False)


SEQ2SEQ = {
    "flan-t5-base": (hf.T5ForConditionalGeneration, t5(768, 12, 2048, 4)),
    "flan-t5-large": (hf.T5ForConditionalGeneration, t5(1024, 16, 2816, 4)),
    "flan-t5-xl": (hf.T5ForConditionalGeneration, t5(2048, 32, 5120, 2)),
    "mt5-small": (hf.MT5ForConditionalGeneration, t5(512, 6, 1024, 4, 250112, hf.MT5Config)),
    "bart-base": (hf.BartForConditionalGeneration, lambda: hf.BartConfig(
        use_cache=False, d_model=768, encoder_attention_heads=12, decoder_attention_heads=12, encoder_ffn_dim=3072,
        decoder_ffn_dim=3072, encoder_layers=6, decoder_layers=6)),
    "bart-large": (hf.BartForConditionalGeneration, lambda: hf.BartConfig(
        use_cache=False, encoder_layers=4, decoder_layers=4)),
    "nllb-200-600m": (hf.M2M100ForConditionalGeneration, lambda: hf.M2M100Config(
        use_cache=False, vocab_size=256206, d_model=1024, encoder_layers=3, decoder_layers=3, encoder_ffn_dim=4096,
        decoder_ffn_dim=4096, encoder_layerdrop=0.0, decoder_layerdrop=0.0, attention_dropout=0.0)),
}


def seq2seq_case(name, s: Setting, answer):
    model_class, config = SEQ2SEQ[name]
    t5_like = "t5" in name
    attention = "eager" if t5_like else "sdpa"

    def step(model):
        labels = text(s.batch, answer)
        return model(input_ids=text(s.batch, s.length), labels=labels, decoder_input_ids=labels).loss

    c = config()
    layers = c.num_layers if t5_like else c.encoder_layers
    model = inline(c, "llm", t5_like, encoderLayers=layers, layers=layers, headDim=64)
    return case(name, "seq2seq", model, s, lambda: from_config(model_class, config(), attention), step,
                task="seq2seq", attention=attention, outputLength=answer)


def seq2seqs():
    for s, answer in ((Setting("full", "bf16-mixed", False, 8, 512), 128), (Setting("full", "fp32", False, 4, 512), 128),
                      (Setting("full", "bf16-mixed", True, 8, 1024), 256), (Setting("lora", "bf16", False, 8, 512), 128)):
        for name in SEQ2SEQ:
            yield seq2seq_case(name, s, answer)
