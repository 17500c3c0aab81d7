"""The network of ``skecg.detection._network``, to be trained with PyTorch."""

import numpy as np

CHANNELS, QUALITY = 32, 16
RHYTHM = tuple(2**i for i in range(6))


def make_network():
    """Return the network: logits of beats per frame, and of noise per lead."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Residual(nn.Module):
        """A dilated layer whose input is added to its output."""

        def __init__(self, channels, dilation):
            super().__init__()
            self.layer = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)

        def forward(self, x):
            return x + functional.relu(self.layer(x))

    class BeatNetwork(nn.Module):
        """Logits of beats per frame, and of noise per lead."""

        def __init__(self):
            super().__init__()
            self.stem = nn.Conv1d(1, CHANNELS, 24, stride=4, padding=10)
            self.encoder = nn.ModuleDict({f"e{d}": Residual(CHANNELS, d) for d in (1, 2, 3)})
            self.q1 = nn.Conv1d(CHANNELS, QUALITY, 3, padding=1)
            self.quality = nn.ModuleDict({f"q{1 + i}": Residual(QUALITY, 2 * i) for i in (1, 2)})
            self.qo = nn.Conv1d(QUALITY, 2, 1)  # gate and noise
            self.gl = nn.Conv1d(CHANNELS, 1, 1)  # gate of a frame
            self.down = nn.Conv1d(CHANNELS, CHANNELS, 2, stride=2)
            self.rhythm = nn.ModuleDict(
                {f"t{i}": Residual(CHANNELS, dilation) for i, dilation in enumerate(RHYTHM)}
            )
            self.up = nn.Conv1d(CHANNELS, 2 * QUALITY, 1)
            self.skip = nn.Conv1d(CHANNELS, QUALITY, 3, padding=1)
            self.out = nn.Conv1d(QUALITY, 1, 3, padding=1)
            nn.init.constant_(self.out.bias, -2.0)  # few frames have a beat

        def forward(self, leads, usable):
            """leads (batch, leads, samples) and usable (batch, leads, frames)."""
            batch, n_leads, n_samples = leads.shape
            n_frames = n_samples // 4
            h = functional.relu(self.stem(leads.reshape(batch * n_leads, 1, n_samples)))
            for layer in self.encoder.values():
                h = layer(h)
            k = functional.relu(self.q1(functional.avg_pool1d(h, 16)))
            for layer in self.quality.values():
                k = layer(k)
            k = self.qo(k)
            gate = functional.interpolate(k[:, :1], scale_factor=16, mode="nearest") + self.gl(h)
            gate = gate.reshape(batch, n_leads, n_frames).float().masked_fill(~usable, -1e4)
            weight = torch.softmax(gate, 1) * usable
            h = h.reshape(batch, n_leads, CHANNELS, n_frames)
            mean = (h * weight[:, :, None].to(h.dtype)).sum(1)
            t = functional.relu(self.down(mean))
            for layer in self.rhythm.values():
                t = layer(t)
            up = self.up(t).reshape(batch, 2, QUALITY, n_frames // 2)
            up = up.permute(0, 2, 3, 1).reshape(batch, QUALITY, n_frames)
            beat = self.out(functional.relu(up + self.skip(mean)))
            return beat[:, 0].float(), k[:, 1].reshape(batch, n_leads, -1).float()

    return BeatNetwork()


def to_numpy(network):
    """Return the weights as ``skecg.detection._network`` reads them."""
    weights = {}
    for key, value in network.state_dict().items():
        name = [part for part in key.split(".") if part not in ("layer", "weight", "bias")][-1]
        value = value.numpy().astype(np.float32)
        if key.endswith("bias"):
            weights[f"{name}_b"] = value
        else:  # (out, in, taps) -> (taps * in, out)
            weights[name] = value.transpose(2, 1, 0).reshape(-1, len(value))
    return weights
