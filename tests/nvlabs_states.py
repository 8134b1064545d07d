"""Tensors under the public names of MUNIT, for architectures that the golden folders lack."""

import torch

GEN = {
    "dim": 4,
    "mlp_dim": 6,
    "style_dim": 3,
    "activ": "relu",
    "n_downsample": 2,
    "n_res": 1,
    "pad_type": "reflect",
}
DIS = {
    "dim": 4,
    "norm": "none",
    "activ": "lrelu",
    "n_layer": 2,
    "gan_type": "lsgan",
    "num_scales": 1,
    "pad_type": "reflect",
}


def config_of(gen=None, dis=None, channels=(3, 3)):
    gen, dis = GEN | (gen or {}), DIS | (dis or {})
    return {"gen": gen, "dis": dis, "input_dim_a": channels[0], "input_dim_b": channels[1]}


def conv(name, inputs, outputs, kernel, activation=None):
    state = {f"{name}.conv.weight": torch.randn(outputs, inputs, kernel, kernel)}
    state[f"{name}.conv.bias"] = torch.randn(outputs)
    if activation == "prelu":
        state[f"{name}.activation.weight"] = torch.rand(1)
    return state


def linear(name, inputs, outputs):
    return {
        f"{name}.fc.weight": torch.randn(outputs, inputs),
        f"{name}.fc.bias": torch.randn(outputs),
    }


def residual(prefix, count, width, activation, adain):
    state = {}
    for r in range(count):
        block = f"{prefix}.model.{r}.model"
        state |= conv(f"{block}.0", width, width, 3, activation)
        state |= conv(f"{block}.1", width, width, 3)
        if adain:
            for i in (0, 1):
                state[f"{block}.{i}.norm.running_mean"] = torch.zeros(width)
                state[f"{block}.{i}.norm.running_var"] = torch.ones(width)
    return state


def generator_state(gen, channels):
    """One domain's generator under the public names."""
    dim, down, activ = gen["dim"], gen["n_downsample"], gen["activ"]
    width = dim * 2**down
    state = conv("enc_content.model.0", channels, dim, 7, activ)
    state |= conv("enc_style.model.0", channels, dim, 7, activ)
    for i in range(down):
        state |= conv(f"enc_content.model.{i + 1}", dim * 2**i, dim * 2 ** (i + 1), 4, activ)
    state |= residual(f"enc_content.model.{down + 1}", gen["n_res"], width, activ, False)
    for i in range(4):
        sizes = (dim * 2 ** min(i, 2), dim * 2 ** min(i + 1, 2))
        state |= conv(f"enc_style.model.{i + 1}", *sizes, 4, activ)
    state["enc_style.model.6.weight"] = torch.randn(gen["style_dim"], 4 * dim, 1, 1)
    state["enc_style.model.6.bias"] = torch.randn(gen["style_dim"])
    state |= residual("dec.model.0", gen["n_res"], width, activ, True)
    for i in range(down):
        name, out = f"dec.model.{2 * i + 2}", width // 2 ** (i + 1)
        state |= conv(name, 2 * out, out, 5, activ)
        state |= {f"{name}.norm.{k}": torch.rand(out) for k in ("gamma", "beta")}
    state |= conv(f"dec.model.{2 * down + 1}", dim, channels, 7)
    sizes = (gen["style_dim"], gen["mlp_dim"], gen["mlp_dim"], gen["n_res"] * 4 * width)
    for i in range(3):
        state |= linear(f"mlp.model.{i}", sizes[i], sizes[i + 1])
        if activ == "prelu" and i < 2:
            state[f"mlp.model.{i}.activation.weight"] = torch.rand(1)
    return state


def discriminator_state(dis, channels):
    """One domain's discriminator under the public names."""
    state = {}
    for scale in range(dis["num_scales"]):
        for layer in range(dis["n_layer"]):
            width = dis["dim"] * 2**layer
            inputs = width // 2 if layer else channels
            name = f"cnns.{scale}.{layer}"
            norm = dis["norm"] if layer else "none"
            block = conv(name, inputs, width, 4, dis["activ"])
            if norm == "sn":
                weight = block.pop(f"{name}.conv.weight")
                block[f"{name}.conv.module.bias"] = block.pop(f"{name}.conv.bias")
                block[f"{name}.conv.module.weight_bar"] = weight
                block[f"{name}.conv.module.weight_u"] = torch.randn(width)
                block[f"{name}.conv.module.weight_v"] = torch.randn(weight[0].numel())
            if norm == "bn":
                block |= {
                    f"{name}.norm.{k}": torch.rand(width)
                    for k in ("weight", "bias", "running_mean", "running_var")
                }
                block[f"{name}.norm.num_batches_tracked"] = torch.tensor(3)
            if norm == "ln":
                block |= {f"{name}.norm.{k}": torch.rand(width) for k in ("gamma", "beta")}
            state |= block
        state[f"cnns.{scale}.{dis['n_layer']}.weight"] = torch.randn(1, width, 1, 1)
        state[f"cnns.{scale}.{dis['n_layer']}.bias"] = torch.randn(1)
    return state
