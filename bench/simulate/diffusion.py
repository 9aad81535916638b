"""Denoisers of diffusers at their published dimensions; transformers are cut to a few blocks, UNets are whole."""

from __future__ import annotations

import torch

from case import Setting, case


def sd15(diffusers):
    return diffusers.UNet2DConditionModel(sample_size=64, cross_attention_dim=768)


def sdxl(diffusers):
    return diffusers.UNet2DConditionModel(
        sample_size=128, block_out_channels=(320, 640, 1280), cross_attention_dim=2048,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10), attention_head_dim=(5, 10, 20), use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816)


def sd3(heads, layers, norm):
    return lambda diffusers: diffusers.SD3Transformer2DModel(
        sample_size=128, patch_size=2, in_channels=16, num_layers=layers, attention_head_dim=64,
        num_attention_heads=heads, joint_attention_dim=4096, caption_projection_dim=64 * heads,
        pooled_projection_dim=2048, out_channels=16, pos_embed_max_size=192, qk_norm=norm)


def flux1(diffusers):
    return diffusers.FluxTransformer2DModel(num_layers=2, num_single_layers=4, guidance_embeds=True)


def flux2(diffusers):
    return diffusers.Flux2Transformer2DModel(num_layers=1, num_single_layers=6)


def transformer(width, layers, head_dim, intermediate, gated=False):
    return {"parameterCount": 0, "hiddenSize": width, "layers": layers, "heads": width // head_dim,
            "kvHeads": width // head_dim, "headDim": head_dim, "intermediateSize": intermediate, "gatedMlp": gated,
            "modality": "diffusion"}


# build, frozen text encoders and VAE (parameters), the request's model
MODELS = {
    "stable-diffusion-v1-5": (sd15, 207e6, "stable-diffusion-v1-5/stable-diffusion-v1-5"),
    "stable-diffusion-xl": (sdxl, 900e6, "stabilityai/stable-diffusion-xl-base-1.0"),
    "stable-diffusion-3-medium": (sd3(24, 4, None), 0, transformer(1536, 4, 64, 6144)),
    "stable-diffusion-3.5-large": (sd3(38, 3, "rms_norm"), 0, transformer(2432, 3, 64, 9728)),
    "flux.1": (flux1, 0, transformer(3072, 6, 128, 12288)),
    "flux.2": (flux2, 0, transformer(6144, 7, 128, 18432, gated=True)),
}


def diffusion_case(name, s: Setting, size):
    make, companion, model = MODELS[name]
    latent = size // 8
    tokens = (latent // 2) ** 2

    def build():
        import diffusers

        return make(diffusers)

    def step(model):
        kind = torch.bfloat16 if s.dtype == "bf16" else torch.float32

        def z(*shape):
            return torch.zeros(*shape, dtype=kind)

        b = s.batch
        if name == "flux.1":
            out = model(hidden_states=z(b, tokens, 64), encoder_hidden_states=z(b, 512, 4096),
                        pooled_projections=z(b, 768), timestep=z(b), guidance=z(b),
                        img_ids=torch.zeros(tokens, 3), txt_ids=torch.zeros(512, 3)).sample
        elif name == "flux.2":
            out = model(hidden_states=z(b, tokens, 128), encoder_hidden_states=z(b, 512, 15360), timestep=z(b),
                        guidance=z(b), img_ids=torch.zeros(tokens, 4), txt_ids=torch.zeros(512, 4)).sample
        elif name.startswith("stable-diffusion-3"):
            out = model(hidden_states=z(b, 16, latent, latent), encoder_hidden_states=z(b, 333, 4096),
                        pooled_projections=z(b, 2048), timestep=z(b)).sample
        elif name == "stable-diffusion-xl":
            out = model(z(b, 4, latent, latent), z(b), z(b, 77, 2048),
                        added_cond_kwargs={"text_embeds": z(b, 1280), "time_ids": z(b, 6)}).sample
        else:
            out = model(z(b, 4, latent, latent), z(b), z(b, 77, 768)).sample
        return torch.nn.functional.mse_loss(out.float(), torch.zeros(out.shape))

    more = {"loraTargets": "attention"} if s.method == "lora" else {}
    made = case(name, "diffusion", model, s, build, step, imageSize=size, companion=companion,
                lora={"r": 16, "target_modules": ["to_q", "to_k", "to_v", "to_out.0"]}, **more)
    made.id += f"-{size}px"
    return made


TRANSFORMERS = ("stable-diffusion-3-medium", "stable-diffusion-3.5-large", "flux.1", "flux.2")


def diffusion():
    for s in (Setting("lora", "bf16", False, 1), Setting("lora", "bf16", True, 4), Setting("full", "bf16-mixed", False, 2),
              Setting("full", "bf16", True, 4)):
        for name in TRANSFORMERS:
            yield diffusion_case(name, s, 1024)
    for s in (Setting("lora", "bf16", False, 2), Setting("full", "bf16-mixed", False, 2), Setting("full", "bf16", True, 4)):
        yield diffusion_case("stable-diffusion-v1-5", s, 512)
        yield diffusion_case("stable-diffusion-xl", s, 1024)
