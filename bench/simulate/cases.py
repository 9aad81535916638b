"""The sweep: what is simulated, and the request that asks the estimator for the same run."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
import transformers as hf

from runner import Run, cast

ALL_LINEAR = {"r": 16, "target_modules": "all-linear", "lora_dropout": 0.0}


@dataclass
class Case:
    id: str
    modality: str
    request: dict
    run: Run
    weight: float = 1
    flags: tuple = ()


def text(batch: int, length: int):
    return torch.zeros(batch, length, dtype=torch.long)


def from_config(model_class, config, attention="sdpa"):
    return model_class._from_config(config, attn_implementation=attention, dtype=torch.float32)


def language_step(batch, length):
    def step(model):
        x = text(batch, length)
        return model(input_ids=x, labels=x).loss

    return step


# Four layers of each family: layers repeat, so depth teaches nothing and costs time.
def llama(width, layers, heads, kv_heads, intermediate, vocab, tied):
    return lambda: hf.LlamaConfig(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=kv_heads,
        intermediate_size=intermediate, vocab_size=vocab, tie_word_embeddings=tied, use_cache=False)


DECODERS = {
    "llama-wide-vocabulary": llama(2048, 4, 32, 8, 8192, 128256, True),
    "llama-small-vocabulary": llama(2048, 4, 16, 16, 5632, 32000, False),
    "llama-deep": llama(1024, 16, 16, 4, 4096, 32000, False),
    "mistral": llama(4096, 6, 32, 8, 14336, 32000, False),
    "pythia": lambda: hf.GPTNeoXConfig(
        hidden_size=2048, num_hidden_layers=4, num_attention_heads=16, intermediate_size=8192,
        vocab_size=50304, tie_word_embeddings=False, use_cache=False),
    "mixture": lambda: hf.MixtralConfig(
        hidden_size=1024, num_hidden_layers=4, num_attention_heads=16, num_key_value_heads=4,
        intermediate_size=3584, vocab_size=32000, num_local_experts=8, num_experts_per_tok=2,
        tie_word_embeddings=False, use_cache=False),
}


def inline(config, modality="llm", gated=True, **more):
    """The architecture object of a request; the simulation fills in `parameterCount`."""
    c = config
    first = lambda *names: next(getattr(c, n) for n in names if getattr(c, n, None) is not None)
    heads = first("num_attention_heads", "encoder_attention_heads")
    return {
        "parameterCount": 0,
        "hiddenSize": first("hidden_size", "d_model"),
        "layers": first("num_hidden_layers"),
        "heads": heads,
        "kvHeads": getattr(c, "num_key_value_heads", None) or heads,
        "intermediateSize": first("intermediate_size", "encoder_ffn_dim", "d_ff"),
        "vocabSize": c.vocab_size,
        "tieEmbeddings": bool(getattr(c, "tie_word_embeddings", True)),
        "gatedMlp": gated,
        "modality": modality,
    } | more


INLINE = {name: inline(make(), gated=name != "pythia") for name, make in DECODERS.items()}
INLINE["mixture"] |= {"moeIntermediateSize": 3584, "experts": 8, "expertsPerToken": 2}


def decoder_case(name, method, optimizer, dtype, checkpointing, batch, length, weight=1, flags=()):
    config = DECODERS[name]

    def build():
        model = hf.AutoModelForCausalLM.from_config(config(), attn_implementation="sdpa", dtype=torch.float32)
        return model

    return Case(
        id="-".join(str(x) for x in ("sim", name.split("/")[-1], method, optimizer, dtype,
                                     "ckpt" if checkpointing else "nockpt", batch, length)),
        modality="llm",
        request=base_request(INLINE.get(name, name), method, optimizer, dtype, checkpointing, batch)
        | {"sequenceLength": length},
        run=Run(build, language_step(batch, length), dtype, optimizer, checkpointing,
                dict(ALL_LINEAR, task_type="CAUSAL_LM") if method == "lora" else None),
        weight=weight,
        flags=flags,
    )


NAMED_OPTIMIZER = {"adamw-fused": "adamw", "adamw-one-by-one": "adamw", "sgd-momentum": "sgd"}


def base_request(model, method, optimizer, dtype, checkpointing, batch):
    request = {
        "phase": "train", "model": model, "accelerator": {"memoryGib": 141}, "acceleratorCount": 1,
        "method": method, "dtype": dtype, "optimizer": NAMED_OPTIMIZER.get(optimizer, optimizer),
        "microBatchSize": batch, "gradientCheckpointing": checkpointing, "attention": "sdpa",
        "trainer": "transformers", "trainerVersion": ".".join(transformers.__version__.split(".")[:2]),
    }
    if request["optimizer"] == "adamw":
        request["optimizerImplementation"] = "fused" if optimizer == "adamw-fused" else "foreach"
    if method == "lora":
        request |= {"loraRank": 16, "loraTargets": "all-linear", "loraDropout": ALL_LINEAR["lora_dropout"]}
    return request


def decoders():
    for name, method, dtype, checkpointing in itertools.product(
        ("llama-wide-vocabulary", "llama-small-vocabulary", "pythia"), ("full", "lora"), ("bf16", "bf16-mixed"),
        (True, False)):
        yield decoder_case(name, method, "adamw", dtype, checkpointing, 4, 2048)
    for name, checkpointing, method in itertools.product(("mixture", "mistral"), (True, False), ("full", "lora")):
        yield decoder_case(name, method, "adamw", "bf16", checkpointing, 2, 2048)
    for checkpointing in (True, False):
        yield decoder_case("llama-deep", "lora", "adamw", "bf16", checkpointing, 8, 1024)
        yield decoder_case("llama-deep", "full", "adamw", "bf16-mixed", checkpointing, 2, 4096)


def optimizers():
    for optimizer, dtype in itertools.product(
        ("adamw", "sgd", "sgd-momentum", "lion", "adafactor", "muon", "adamw-fused", "adamw-one-by-one"),
        ("bf16", "bf16-mixed")):
        # A request cannot say these: its SGD has momentum, and its AdamW steps over many tensors at a time or is fused.
        unsaid = optimizer in ("adamw-one-by-one", "sgd")
        yield decoder_case("mistral", "full", optimizer, dtype, True, 1, 128,
                           weight=0 if unsaid else 1,
                           flags=("no-momentum" if optimizer == "sgd" else optimizer,) if unsaid else ())


def lion_again():
    for dtype in ("bf16", "bf16-mixed"):
        yield decoder_case("mistral", "full", "lion", dtype, True, 1, 128)


# --- encoders, embedding models and encoder-decoders ------------------------------------------------------------

# A CPU's fused attention has no dropout and would fall back to whole score matrices, which a CUDA device does not.
NO_ATTENTION_DROPOUT = {"attention_probs_dropout_prob": 0.0}

ENCODERS = {
    "google-bert/bert-base-uncased": lambda: hf.BertConfig(**NO_ATTENTION_DROPOUT),
    "bert-large": lambda: hf.BertConfig(
        **NO_ATTENTION_DROPOUT, hidden_size=1024, num_hidden_layers=6, num_attention_heads=16, intermediate_size=4096),
    "xlm-roberta": lambda: hf.XLMRobertaConfig(**NO_ATTENTION_DROPOUT, num_hidden_layers=4, vocab_size=250002, max_position_embeddings=514),
    "modernbert": lambda: hf.ModernBertConfig(num_hidden_layers=6),
    "deberta-v3": lambda: hf.DebertaV2Config(
        hidden_size=768, num_hidden_layers=4, num_attention_heads=12, intermediate_size=3072, vocab_size=128100,
        relative_attention=True, position_buckets=256, norm_rel_ebd="layer_norm", share_att_key=True,
        pos_att_type=["p2c", "c2p"], position_biased_input=False, type_vocab_size=0),
}
for _name in ("bert-large", "xlm-roberta", "modernbert", "deberta-v3"):
    INLINE[_name] = inline(ENCODERS[_name](), "encoder", _name == "modernbert", tieEmbeddings=True)


def encoder_case(name, task, method, dtype, checkpointing, batch, length, optimizer="adamw"):
    eager = "deberta" in name
    auto = {"classification": hf.AutoModelForSequenceClassification, "mlm": hf.AutoModelForMaskedLM}[task]

    def build():
        return auto.from_config(ENCODERS[name](), attn_implementation="eager" if eager else "sdpa", dtype=torch.float32)

    def step(model):
        x = text(batch, length)
        labels = x if task == "mlm" else torch.zeros(batch, dtype=torch.long)
        out = model(input_ids=x)
        if task == "mlm":
            return torch.nn.functional.cross_entropy(out.logits.view(-1, out.logits.shape[-1]), labels.view(-1))
        return torch.nn.functional.cross_entropy(out.logits, labels)

    lora = dict(ALL_LINEAR, task_type="SEQ_CLS") if method == "lora" else None
    return Case(
        id="-".join(str(x) for x in ("sim", name.split("/")[-1], task, method, optimizer, dtype,
                                     "ckpt" if checkpointing else "nockpt", batch, length)),
        modality="encoder",
        request=base_request(INLINE.get(name, name), method, optimizer, dtype, checkpointing, batch)
        | {"sequenceLength": length, "task": task, "attention": "eager" if eager else "sdpa"},
        run=Run(build, step, dtype, optimizer, checkpointing, lora),
    )


def encoders():
    for name, dtype in itertools.product(ENCODERS, ("fp32", "bf16-mixed")):
        yield encoder_case(name, "classification", "full", dtype, False, 32, 256)
    for name in ("bert-large", "modernbert", "deberta-v3"):
        yield encoder_case(name, "classification", "full", "bf16-mixed", True, 32, 512)
        yield encoder_case(name, "mlm", "full", "bf16-mixed", False, 16, 256)
    yield encoder_case("bert-large", "classification", "lora", "bf16-mixed", False, 32, 256)
    yield encoder_case("bert-large", "classification", "lora", "bf16", False, 32, 256)


EMBEDDERS = {
    "sentence-transformers/all-MiniLM-L6-v2": lambda: hf.BertConfig(
        **NO_ATTENTION_DROPOUT, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "BAAI/bge-base-en-v1.5": lambda: hf.BertConfig(**NO_ATTENTION_DROPOUT),
    "embedder-large": lambda: hf.XLMRobertaConfig(
        **NO_ATTENTION_DROPOUT, vocab_size=250002, hidden_size=1024, num_hidden_layers=4, num_attention_heads=16, intermediate_size=4096,
        max_position_embeddings=8194),
    "embedder-decoder": lambda: hf.Qwen3Config(
        vocab_size=151669, hidden_size=1024, num_hidden_layers=4, num_attention_heads=16, num_key_value_heads=8,
        head_dim=128, intermediate_size=3072, tie_word_embeddings=True, use_cache=False),
}
INLINE["embedder-large"] = inline(EMBEDDERS["embedder-large"](), "embedding", False, tieEmbeddings=True)
INLINE["embedder-decoder"] = inline(EMBEDDERS["embedder-decoder"](), "embedding", headDim=128)


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


def embedding_case(name, method, dtype, checkpointing, batch, length):
    def build():
        encoder = hf.AutoModel.from_config(EMBEDDERS[name](), attn_implementation="sdpa", dtype=torch.float32)
        return BiEncoder(encoder)

    def step(model):
        return model(batch, length)

    lora = dict(ALL_LINEAR) if method == "lora" else None
    return Case(
        id="-".join(str(x) for x in ("sim", name.split("/")[-1], "contrastive", method, dtype,
                                     "ckpt" if checkpointing else "nockpt", batch, length)),
        modality="embedding",
        request=base_request(INLINE.get(name, name), method, "adamw", dtype, checkpointing, batch)
        | {"sequenceLength": length, "task": "embedding"},
        run=Run(build, step, dtype, "adamw", checkpointing, lora),
    )


def embedders():
    for name in EMBEDDERS:
        yield embedding_case(name, "full", "bf16-mixed", False, 64, 128)
    for name in ("embedder-large", "embedder-decoder"):
        yield embedding_case(name, "full", "bf16-mixed", True, 32, 512)
        yield embedding_case(name, "lora", "bf16-mixed", False, 32, 256)
    yield embedding_case("embedder-large", "full", "fp32", False, 32, 256)


def t5(d_model, d_ff, layers, heads):
    return lambda: hf.T5Config(
        vocab_size=32128, d_model=d_model, d_kv=64, d_ff=d_ff, num_layers=layers, num_decoder_layers=layers,
        num_heads=heads, feed_forward_proj="gated-gelu", tie_word_embeddings=False, use_cache=False)


SEQ2SEQ = {
    "t5": (hf.T5ForConditionalGeneration, t5(1024, 2816, 4, 16)),
    "bart": (hf.BartForConditionalGeneration, lambda: hf.BartConfig(
        use_cache=False, encoder_layers=4, decoder_layers=4)),
}
INLINE["t5"] = inline(SEQ2SEQ["t5"][1](), encoderLayers=4, headDim=64, layers=4)
INLINE["bart"] = inline(SEQ2SEQ["bart"][1](), gated=False, encoderLayers=4, layers=4)


def seq2seq_case(name, method, dtype, checkpointing, batch, length, answer):
    model_class, config = SEQ2SEQ[name]

    def build():
        return from_config(model_class, config(), "eager" if "t5" in name else "sdpa")

    def step(model):
        labels = text(batch, answer)
        return model(input_ids=text(batch, length), labels=labels,
                     decoder_input_ids=labels).loss

    lora = dict(ALL_LINEAR, task_type="SEQ_2_SEQ_LM") if method == "lora" else None
    return Case(
        id="-".join(str(x) for x in ("sim", name.split("/")[-1], method, dtype,
                                     "ckpt" if checkpointing else "nockpt", batch, length, answer)),
        modality="seq2seq",
        request=base_request(INLINE.get(name, name), method, "adamw", dtype, checkpointing, batch)
        | {"sequenceLength": length, "outputLength": answer, "task": "seq2seq",
           "attention": "eager" if "t5" in name else "sdpa"},
        run=Run(build, step, dtype, "adamw", checkpointing, lora),
    )


def seq2seqs():
    for name, dtype in itertools.product(SEQ2SEQ, ("fp32", "bf16-mixed")):
        yield seq2seq_case(name, "full", dtype, False, 8, 512, 128)
    for name in SEQ2SEQ:
        yield seq2seq_case(name, "full", "bf16-mixed", True, 8, 1024, 256)
        yield seq2seq_case(name, "lora", "bf16", False, 8, 512, 128)


# --- audio -------------------------------------------------------------------------------------------------------

# width, encoder layers, heads, decoder layers
WHISPER = {"openai/whisper-tiny": (384, 4, 6, 4), "openai/whisper-base": (512, 6, 8, 6),
           "whisper-large": (1280, 4, 20, 4), "whisper-turbo": (1280, 6, 20, 1)}


def whisper_case(size, method, dtype, checkpointing, batch, answer=448):
    width, layers, heads, decoder_layers = WHISPER[size]
    mels = 128 if width == 1280 else 80

    def build():
        return from_config(hf.WhisperForConditionalGeneration, hf.WhisperConfig(
            d_model=width, encoder_layers=layers, decoder_layers=decoder_layers, encoder_attention_heads=heads,
            decoder_attention_heads=heads, encoder_ffn_dim=4 * width, decoder_ffn_dim=4 * width, num_mel_bins=mels,
            vocab_size=51866, use_cache=False))

    def step(model):
        half = method == "lora" and dtype == "bf16"
        features = torch.zeros(batch, mels, 3000, dtype=torch.bfloat16 if half or dtype == "bf16" else torch.float32)
        labels = text(batch, answer)
        return model(input_features=features, labels=labels, decoder_input_ids=labels).loss

    lora = dict(ALL_LINEAR) if method == "lora" else None
    return Case(
        id=f"sim-{size.split('/')[-1]}-{method}-{dtype}-{'ckpt' if checkpointing else 'nockpt'}-{batch}-{answer}",
        modality="audio",
        request=base_request(size if "/" in size else {
            "parameterCount": 0, "hiddenSize": width, "layers": decoder_layers, "encoderLayers": layers, "heads": heads,
            "kvHeads": heads, "intermediateSize": 4 * width, "vocabSize": 51866, "tieEmbeddings": True,
            "gatedMlp": False, "modality": "audio"}, method, "adamw", dtype, checkpointing, batch)
        | {"audioSeconds": 30, "outputLength": answer, "task": "asr"},
        run=Run(build, step, dtype, "adamw", checkpointing, lora),
    )


def wav2vec_case(name, config, seconds, batch, dtype, checkpointing):
    def build():
        return from_config(hf.Wav2Vec2ForCTC if "wav2vec2" in name else hf.HubertForCTC, config())

    def step(model):
        frames = model._get_feat_extract_output_lengths(seconds * 16000)
        logits = model(input_values=torch.zeros(batch, seconds * 16000)).logits
        log_probs = torch.nn.functional.log_softmax(logits, dim=-1, dtype=torch.float32).transpose(0, 1)
        return torch.nn.functional.nll_loss(
            log_probs.reshape(-1, log_probs.shape[-1]), torch.zeros(batch * int(frames), dtype=torch.long))

    return Case(
        id=f"sim-{name.split('/')[-1]}-{dtype}-{'ckpt' if checkpointing else 'nockpt'}-{batch}-{seconds}s",
        modality="audio",
        request=base_request(INLINE.get(name, name), "full", "adamw", dtype, checkpointing, batch)
        | {"audioSeconds": seconds, "task": "ctc"},
        run=Run(build, step, dtype, "adamw", checkpointing),
    )


def audio():
    for size, dtype in itertools.product(WHISPER, ("fp32", "bf16-mixed")):
        yield whisper_case(size, "full", dtype, False, 8)
    yield whisper_case("whisper-large", "full", "bf16-mixed", True, 8)
    yield whisper_case("whisper-large", "full", "bf16-mixed", False, 16, 128)
    yield whisper_case("whisper-large", "lora", "bf16", True, 8)
    yield whisper_case("whisper-large", "lora", "bf16-mixed", False, 8)


def speech():
    large = {"hidden_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 16, "intermediate_size": 4096}
    plain = {"apply_spec_augment": False, "attention_dropout": 0.0, "layerdrop": 0.0, "vocab_size": 32}
    models = {
        "facebook/wav2vec2-base": lambda: hf.Wav2Vec2Config(**plain),
        "wav2vec2-large": lambda: hf.Wav2Vec2Config(
            **large, **plain, feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True),
    }
    INLINE["wav2vec2-large"] = inline(models["wav2vec2-large"](), "audio", False)
    for name, (seconds, batch), dtype in itertools.product(models, ((10, 8),), ("fp32", "bf16-mixed")):
        yield wav2vec_case(name, models[name], seconds, batch, dtype, False)
    yield wav2vec_case("wav2vec2-large", models["wav2vec2-large"], 20, 4, "bf16-mixed", True)


# --- vision ------------------------------------------------------------------------------------------------------

TIMM = (
    "resnet18", "resnet50", "resnet101", "wide_resnet50_2", "resnext50_32x4d", "efficientnet_b0", "efficientnet_b3",
    "tf_efficientnetv2_s", "mobilenetv3_large_100", "mobilenetv4_conv_medium",
)
TIMM_TRANSFORMERS = (
    "convnext_tiny", "convnext_base", "vit_tiny_patch16_224", "vit_base_patch16_224", "vit_base_patch32_224", "vit_large_patch16_224",
    "swin_tiny_patch4_window7_224", "swin_base_patch4_window7_224", "maxvit_tiny_tf_224", "eva02_base_patch14_448",
    "vit_base_patch14_dinov2", "vit_base_patch16_siglip_224",
)
LINSPACE = torch.linspace
FIXED_SIZE = {"swin_tiny_patch4_window7_224": 224, "swin_base_patch4_window7_224": 224, "swinv2_base_window8_256": 256,
              "maxvit_tiny_tf_224": 224, "vit_base_patch14_dinov2": 518, "eva02_base_patch14_448": 448,
              "vit_so400m_patch14_siglip_384": 384, "vit_base_patch16_dinov3": 256}


def vision_case(name, dtype, checkpointing, batch, size):
    import timm
    import timm.layers.weight_init

    class Number(float):
        def item(self):
            return float(self)

    class Rates(list):
        def split(self, sizes):
            starts = itertools.accumulate([0, *sizes[:-1]])
            return [Rates(self[a:a + n]) for a, n in zip(starts, sizes)]

        def tolist(self):
            return [float(x) for x in self]

    # Both look at values, which fake tensors refuse.
    torch.linspace = lambda a, b, n, **kwargs: (
        Rates(Number(a + (b - a) * i / max(1, n - 1)) for i in range(n)) if str(kwargs.get("device")) == "cpu"
        else LINSPACE(a, b, n, **kwargs))
    timm.layers.weight_init._trunc_normal_ = lambda tensor, *args, **kwargs: tensor

    def build():
        options = {} if size == FIXED_SIZE.get(name) else {"img_size": size} if "vit" in name and "maxvit" not in name else {}
        model = timm.create_model(name, pretrained=False, **options)
        if getattr(model, "num_classes", 0) == 0:
            model.reset_classifier(1000)
        return model

    def step(model):
        images = torch.zeros(batch, 3, size, size, dtype=torch.bfloat16 if dtype == "bf16" else torch.float32)
        return torch.nn.functional.cross_entropy(model(images), torch.zeros(batch, dtype=torch.long))

    return Case(
        id=f"sim-{name}-{dtype}-{'ckpt' if checkpointing else 'nockpt'}-{batch}-{size}",
        modality="vision",
        request=base_request(f"timm/{name}", "full", "adamw", dtype, checkpointing, batch) | {"imageSize": size},
        run=Run(build, step, dtype, "adamw", checkpointing),
    )


def vision():
    for name in TIMM:
        yield vision_case(name, "bf16-mixed", False, 32, 224)
    for name in ("resnet50", "efficientnet_b0"):
        yield vision_case(name, "fp32", False, 32, 224)
    yield vision_case("resnet50", "bf16-mixed", True, 64, 224)
    yield vision_case("resnet50", "bf16-mixed", False, 8, 448)


def vision_transformers():
    for name in TIMM_TRANSFORMERS:
        yield vision_case(name, "bf16-mixed", False, 32, FIXED_SIZE.get(name, 224))
    for name in ("convnext_tiny", "vit_base_patch16_224", "swin_tiny_patch4_window7_224"):
        yield vision_case(name, "fp32", False, 32, 224)
    yield vision_case("vit_base_patch16_224", "bf16-mixed", True, 64, 224)
    yield vision_case("vit_base_patch16_224", "bf16-mixed", False, 8, 448)


# --- vision-language ---------------------------------------------------------------------------------------------


class VisionLanguage(torch.nn.Module):
    """A vision transformer whose merged patches stand before the text: what LLaVA and Qwen2.5-VL do."""

    base_model_prefix = "decoder"

    def __init__(self, tower, decoder, merge):
        super().__init__()
        self.tower, self.decoder, self.merge = tower, decoder, merge
        width, hidden = tower.config.hidden_size * merge * merge, decoder.config.hidden_size
        self.connector = torch.nn.Sequential(
            torch.nn.Linear(width, width if merge > 1 else hidden), torch.nn.GELU(),
            torch.nn.Linear(width if merge > 1 else hidden, hidden))
        self.config = decoder.config

    def forward(self, pixels, input_ids, batch):
        patches = self.tower(pixels).last_hidden_state
        if patches.shape[1] % (self.merge * self.merge):
            patches = patches[:, 1:]
        images = self.connector(patches.reshape(batch, -1, patches.shape[-1] * self.merge * self.merge))
        words = self.decoder.get_input_embeddings()(input_ids)
        embeds = torch.cat([images.to(words.dtype), words], dim=1)
        labels = torch.zeros(embeds.shape[:2], dtype=torch.long)
        return self.decoder(inputs_embeds=embeds, labels=labels).loss

    def gradient_checkpointing_enable(self, **kwargs):
        self.tower.gradient_checkpointing_enable(**kwargs)
        self.decoder.gradient_checkpointing_enable(**kwargs)

    def enable_input_require_grads(self):
        self.decoder.enable_input_require_grads()


VLMS = {
    # decoder, tower (width, layers, heads, intermediate), patch, merge: four layers of Qwen2.5-VL
    "vision-language": (
        lambda: hf.Qwen2Config(hidden_size=2048, num_hidden_layers=4, num_attention_heads=16, num_key_value_heads=2,
                               intermediate_size=11008, vocab_size=151936, tie_word_embeddings=True, use_cache=False),
        (1280, 4, 16, 5120), 14, 2),
}
INLINE["vision-language"] = inline(VLMS["vision-language"][0](), "vlm")


def vlm_case(name, method, dtype, checkpointing, batch, size, length, frozen=True):
    config, (width, layers, heads, intermediate), patch, merge = VLMS[name]

    def build():
        tower = from_config(hf.SiglipVisionModel, hf.SiglipVisionConfig(
            hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=intermediate,
            image_size=size, patch_size=patch, vision_use_head=False))
        decoder = hf.AutoModelForCausalLM.from_config(config(), attn_implementation="sdpa", dtype=torch.float32)
        model = VisionLanguage(tower, decoder, merge)
        if frozen:
            tower.requires_grad_(False)
            cast(tower, torch.bfloat16)
        return model

    def step(model):
        pixels = torch.zeros(batch, 3, size, size, dtype=torch.bfloat16)
        return model(pixels, text(batch, length), batch)

    lora = {"r": 16, "target_modules": r"decoder\..*(q|k|v|o|gate|up|down)_proj"} if method == "lora" else None
    return Case(
        id=f"sim-{name.split('/')[-1]}-{method}-{dtype}-{'ckpt' if checkpointing else 'nockpt'}-{batch}-{size}px-{length}",
        modality="vlm",
        request=base_request(INLINE.get(name, name), method, "adamw", dtype, checkpointing, batch)
        | {"imageSize": size, "imagesPerSample": 1, "sequenceLength": length},
        run=Run(build, step, dtype, "adamw", checkpointing, lora),
    )


def vlms():
    for method, checkpointing, (batch, size, length) in (
        ("full", True, (1, 896, 512)), ("lora", True, (2, 896, 1024)), ("lora", False, (1, 448, 512))):
        for name in VLMS:
            patch = VLMS[name][2] * VLMS[name][3]
            yield vlm_case(name, method, "bf16", checkpointing, batch, size // patch * patch, length)


# --- diffusion ---------------------------------------------------------------------------------------------------


def diffusion_models():
    import diffusers

    def sd15():
        return diffusers.UNet2DConditionModel(sample_size=64, cross_attention_dim=768)

    def sdxl():
        return diffusers.UNet2DConditionModel(
            sample_size=128, block_out_channels=(320, 640, 1280), cross_attention_dim=2048,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 2, 10), attention_head_dim=(5, 10, 20), use_linear_projection=True,
            addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816)

    def sd3():
        return diffusers.SD3Transformer2DModel(
            sample_size=128, patch_size=2, in_channels=16, num_layers=4, attention_head_dim=64,
            num_attention_heads=24, joint_attention_dim=4096, caption_projection_dim=1536,
            pooled_projection_dim=2048, out_channels=16, pos_embed_max_size=192)

    def flux():
        return diffusers.FluxTransformer2DModel(num_layers=2, num_single_layers=4, guidance_embeds=True)

    return {
        "stable-diffusion-v1-5/stable-diffusion-v1-5": (sd15, 207e6),
        "stabilityai/stable-diffusion-xl-base-1.0": (sdxl, 900e6),
        "sd3": (sd3, 0),
        "flux": (flux, 0),
    }


INLINE["sd3"] = {"parameterCount": 0, "hiddenSize": 1536, "layers": 4, "heads": 24, "kvHeads": 24, "headDim": 64,
                 "intermediateSize": 6144, "gatedMlp": False, "modality": "diffusion"}
INLINE["flux"] = {"parameterCount": 0, "hiddenSize": 3072, "layers": 6, "heads": 24, "kvHeads": 24, "headDim": 128,
                  "intermediateSize": 12288, "gatedMlp": False, "modality": "diffusion"}


def diffusion_case(name, method, dtype, checkpointing, batch, size, optimizer="adamw"):
    build, companion = diffusion_models()[name]
    latent = size // 8

    def step(model):
        kind = torch.bfloat16 if dtype == "bf16" or method == "lora" else torch.float32

        def z(*shape):
            return torch.zeros(*shape, dtype=kind)

        if name == "flux":
            tokens = (latent // 2) ** 2
            out = model(hidden_states=z(batch, tokens, 64), encoder_hidden_states=z(batch, 512, 4096),
                        pooled_projections=z(batch, 768), timestep=z(batch), guidance=z(batch),
                        img_ids=torch.zeros(tokens, 3), txt_ids=torch.zeros(512, 3)).sample
        elif name == "sd3":
            out = model(hidden_states=z(batch, 16, latent, latent), encoder_hidden_states=z(batch, 333, 4096),
                        pooled_projections=z(batch, 2048), timestep=z(batch)).sample
        elif "xl" in name:
            out = model(z(batch, 4, latent, latent), z(batch), z(batch, 77, 2048),
                        added_cond_kwargs={"text_embeds": z(batch, 1280), "time_ids": z(batch, 6)}).sample
        else:
            out = model(z(batch, 4, latent, latent), z(batch), z(batch, 77, 768)).sample
        return torch.nn.functional.mse_loss(out.float(), torch.zeros(out.shape))

    lora = {"r": 16, "target_modules": ["to_q", "to_k", "to_v", "to_out.0"]} if method == "lora" else None
    request = base_request(INLINE.get(name, name), method, optimizer, dtype, checkpointing, batch) | {"imageSize": size}
    if lora:
        request["loraTargets"] = "attention"
    return Case(
        id=f"sim-{name.split('/')[-1]}-{method}-{optimizer}-{dtype}-{'ckpt' if checkpointing else 'nockpt'}-{batch}-{size}px",
        modality="diffusion",
        request=request,
        run=Run(build, step, dtype, optimizer, checkpointing, lora, companion),
    )


def diffusion():
    _, _, sd3, flux = diffusion_models()
    for name, dtype, checkpointing in itertools.product((sd3, flux), ("bf16", "bf16-mixed"), (False, True)):
        yield diffusion_case(name, "lora" if dtype == "bf16" else "full", dtype, checkpointing, 4, 1024)


def unets():
    sd15, sdxl, *_ = diffusion_models()
    yield diffusion_case(sd15, "full", "bf16-mixed", False, 1, 512)
    yield diffusion_case(sd15, "lora", "bf16", False, 4, 512)
    yield diffusion_case(sd15, "full", "bf16", True, 8, 512)
    yield diffusion_case(sdxl, "lora", "bf16", False, 1, 1024)


def windowed():
    for name in ("convnext_tiny", "swin_tiny_patch4_window7_224"):
        yield vision_case(name, "bf16-mixed", False, 32, 224)


def vlm_adapters():
    yield vlm_case("vision-language", "lora", "bf16", True, 2, 896, 1024)
    yield vlm_case("vision-language", "lora", "bf16", False, 1, 448, 512)


GROUPS = {"llm": decoders, "optimizer": optimizers, "lion": lion_again, "encoder": encoders, "embedding": embedders, "seq2seq": seq2seqs,
          "audio": audio, "speech": speech, "vision": vision, "vision-transformer": vision_transformers, "vlm": vlms, "diffusion": diffusion, "unet": unets,
          "windowed": windowed, "vlm-adapter": vlm_adapters}
