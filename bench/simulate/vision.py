"""Image classifiers of timm, whole, and vision-language compositions of published widths."""

from __future__ import annotations

import itertools

import torch
import transformers as hf

from case import Setting, case, from_config, inline, text
from runner import cast

MAPS = (
    "resnet18", "resnet34", "resnet50", "resnet101", "wide_resnet50_2", "resnext50_32x4d",
    "efficientnet_b0", "efficientnet_b3", "tf_efficientnetv2_s", "mobilenetv3_large_100", "mobilenetv4_conv_medium",
    "convnext_tiny", "convnext_small", "convnext_base", "convnextv2_base", "swin_tiny_patch4_window7_224",
    "swin_small_patch4_window7_224", "swin_base_patch4_window7_224", "maxvit_tiny_tf_224",
)
TRANSFORMERS = (
    "vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224", "vit_base_patch32_224",
    "vit_large_patch16_224", "deit3_base_patch16_224", "eva02_base_patch14_448", "vit_small_patch14_dinov2",
    "vit_base_patch14_dinov2", "vit_small_patch16_dinov3", "vit_base_patch16_siglip_224",
)
SIZE = {"maxvit_tiny_tf_224": 224, "vit_small_patch14_dinov2": 518, "vit_base_patch14_dinov2": 518,
        "eva02_base_patch14_448": 448, "vit_small_patch16_dinov3": 256}
LINSPACE = torch.linspace


class _Number(float):
    def item(self):
        return float(self)


class _Rates(list):
    def split(self, sizes):
        starts = itertools.accumulate([0, *sizes[:-1]])
        return [_Rates(self[a:a + n]) for a, n in zip(starts, sizes)]

    def tolist(self):
        return [float(x) for x in self]


def _without_values(timm):
    """Drop-path rates and initial values are read while building, which fake tensors refuse."""
    torch.linspace = lambda a, b, n, **kwargs: (
        _Rates(_Number(a + (b - a) * i / max(1, n - 1)) for i in range(n)) if str(kwargs.get("device")) == "cpu"
        else LINSPACE(a, b, n, **kwargs))
    timm.layers.weight_init._trunc_normal_ = lambda tensor, *args, **kwargs: tensor


def vision_case(name, s: Setting, size):
    def build():
        import timm
        import timm.layers.weight_init

        _without_values(timm)
        options = {"img_size": size} if name.startswith("vit_") and size != SIZE.get(name, 224) else {}
        model = timm.create_model(name, pretrained=False, **options)
        if getattr(model, "num_classes", 0) == 0:
            model.reset_classifier(1000)
        return model

    def step(model):
        images = torch.zeros(s.batch, 3, size, size, dtype=torch.bfloat16 if s.dtype == "bf16" else torch.float32)
        return torch.nn.functional.cross_entropy(model(images), torch.zeros(s.batch, dtype=torch.long))

    made = case(name, "vision", f"timm/{name}", s, build, step, imageSize=size,
                lora={"r": 16, "target_modules": ["qkv", "proj", "fc1", "fc2"]})
    made.id += f"-{size}px"
    return made


def vision():
    for name in (*MAPS, *TRANSFORMERS):
        yield vision_case(name, Setting("full", "bf16-mixed", False, 32), SIZE.get(name, 224))
    for name in ("resnet18", "resnet50", "efficientnet_b0", "convnext_tiny", "swin_tiny_patch4_window7_224",
                 "vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224"):
        yield vision_case(name, Setting("full", "fp32", False, 16), 224)
        yield vision_case(name, Setting("full", "bf16-mixed", True, 64), 224)
    for name in ("resnet18", "resnet50", "vit_small_patch16_224", "vit_base_patch16_224"):
        yield vision_case(name, Setting("full", "bf16-mixed", False, 8), 448)
    for name in ("vit_small_patch16_224", "vit_base_patch16_224", "vit_base_patch32_224", "deit3_base_patch16_224"):
        yield vision_case(name, Setting("lora", "bf16", False, 32), 224)


class VisionLanguage(torch.nn.Module):
    """A frozen vision transformer whose merged patches stand before the text: what LLaVA and Qwen2.5-VL do."""

    base_model_prefix = "decoder"

    def __init__(self, tower, decoder, merge):
        super().__init__()
        self.tower, self.decoder, self.merge = tower, decoder, merge
        width, hidden = tower.config.hidden_size * merge * merge, decoder.config.hidden_size
        self.connector = torch.nn.Sequential(
            torch.nn.Linear(width, width), torch.nn.GELU(), torch.nn.Linear(width, hidden))
        self.config = decoder.config
        cast(tower.requires_grad_(False), torch.bfloat16)

    def forward(self, pixels, input_ids, batch):
        patches = self.tower(pixels).last_hidden_state
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


def qwen2(width, heads, kv_heads, intermediate, vocab, tied, layers):
    return lambda: hf.Qwen2Config(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=kv_heads,
        intermediate_size=intermediate, vocab_size=vocab, tie_word_embeddings=tied, use_cache=False)


# decoder; tower's width, layers, heads, intermediate. Patches of 14 pixels, merged two by two.
VLMS = {
    "qwen2.5-vl-3b": (qwen2(2048, 16, 2, 11008, 151936, True, 4), (1280, 4, 16, 3456)),
    "qwen2.5-vl-7b": (qwen2(3584, 28, 4, 18944, 152064, False, 2), (1280, 4, 16, 3456)),
    "internvl3-1b": (qwen2(896, 14, 2, 4864, 151674, True, 6), (1024, 4, 16, 4096)),
    "llava-llama-3.2-3b": (lambda: hf.LlamaConfig(
        hidden_size=3072, num_hidden_layers=3, num_attention_heads=24, num_key_value_heads=8, intermediate_size=8192,
        vocab_size=128256, tie_word_embeddings=True, use_cache=False), (1152, 4, 16, 4304)),
}
PATCH, MERGE = 14, 2


def vlm_case(name, s: Setting, size):
    config, (width, layers, heads, intermediate) = VLMS[name]

    def build():
        tower = from_config(hf.SiglipVisionModel, hf.SiglipVisionConfig(
            hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=intermediate,
            image_size=size, patch_size=PATCH, vision_use_head=False))
        return VisionLanguage(tower, from_config(hf.AutoModelForCausalLM, config()), MERGE)

    def step(model):
        return model(torch.zeros(s.batch, 3, size, size, dtype=torch.bfloat16), text(s.batch, s.length), s.batch)

    made = case(name, "vlm", inline(config(), "vlm", True), s, build, step, imageSize=size, imagesPerSample=1,
                lora={"r": 16, "target_modules": r"decoder\..*(q|k|v|o|gate|up|down)_proj"})
    made.id += f"-{size}px"
    return made


def vlms():
    for s, size in ((Setting("full", "bf16", True, 1, 512), 896), (Setting("lora", "bf16", True, 2, 1024), 896),
                    (Setting("lora", "bf16", False, 1, 512), 448)):
        for name in VLMS:
            yield vlm_case(name, s, size)
