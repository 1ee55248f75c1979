"""Everything that changes while a network is trained, as tensors and plain numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from adfw.training.plateau import Plateau

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from adfw.training.settings import TrainingSettings


class TrainingState:
    """Network, optimizer, schedule, best weights and history after a number of whole epochs."""

    def __init__(self, network: nn.Module, settings: TrainingSettings) -> None:
        self.network = network
        self.settings = settings
        self.parameters = [p for p in network.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(
            self.parameters, lr=settings.lr, weight_decay=settings.weight_decay, fused=True
        )
        self.plateau = Plateau(settings.lr)
        self.history: list[dict[str, float]] = []
        self.best_epoch = 0
        self.best_weights: dict[str, Tensor] = {}

    @property
    def epoch(self) -> int:
        """The number of epochs done."""
        return len(self.history)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next epoch."""
        settings = self.settings
        if settings.schedule == "plateau":
            return self.plateau.lr
        share = (1 + math.cos(math.pi * self.epoch / settings.epochs)) / 2
        return settings.min_lr + (settings.lr - settings.min_lr) * share

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to do."""
        return self.plateau.ended or self.epoch >= self.settings.epochs

    def close_epoch(self, row: dict[str, float]) -> None:
        """Take in the figures of one more epoch: keep the weights if they are the best, move the schedule."""
        self.history.append(row)
        kept = self.settings.keep
        if self.best_epoch == 0 or row[kept] < self.history[self.best_epoch - 1][kept]:
            self.best_epoch = self.epoch
            self.best_weights = {key: value.detach().clone() for key, value in self.network.state_dict().items()}
        if self.settings.schedule == "plateau":
            watched = "validation_loss" if "validation_loss" in row else "train_loss"
            self.plateau = self.plateau.after(row[watched], self.settings)
        self._set_lr()

    def load_best(self) -> None:
        """Give the network the weights of the best epoch."""
        self.network.load_state_dict(self.best_weights)

    def tensors(self) -> dict[str, Tensor]:
        """Return every tensor of the state by name, as dense CPU tensors that share no memory."""
        named = {f"network/{key}": value for key, value in self.network.state_dict().items()}
        named |= {f"best/{key}": value for key, value in self.best_weights.items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            named |= {f"adam/{index}/{key}": value for key, value in moments.items()}
        return {key: value.detach().cpu().clone(memory_format=torch.contiguous_format) for key, value in named.items()}

    def numbers(self) -> dict[str, Any]:
        """Return everything else of the state as JSON can hold it."""
        plateau = {"lr": self.plateau.lr, "best": self.plateau.best, "bad_epochs": self.plateau.bad_epochs}
        return {
            "history": self.history,
            "best_epoch": self.best_epoch,
            "plateau": plateau | {"ended": self.plateau.ended},
        }

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Take on a state that `tensors` and `numbers` returned."""
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "best": {}, "adam": {}}
        for name, tensor in tensors.items():
            part, key = name.split("/", 1)
            parts[part][key] = tensor
        self.network.load_state_dict(parts["network"])
        self.best_weights = {
            key: torch.empty_like(value).copy_(parts["best"][key]) for key, value in self.network.state_dict().items()
        }
        self._restore_moments(parts["adam"])
        self.history = [dict(row) for row in numbers["history"]]
        self.best_epoch = int(numbers["best_epoch"])
        self.plateau = Plateau(**numbers["plateau"])
        self._set_lr()

    def _restore_moments(self, moments: Mapping[str, Tensor]) -> None:
        for index, parameter in enumerate(self.parameters):
            # The fused kernel walks memory, so a moment needs the memory format of its parameter.
            self.optimizer.state[parameter] = {
                "step": moments[f"{index}/step"].to(parameter.device),
                "exp_avg": torch.empty_like(parameter).copy_(moments[f"{index}/exp_avg"]),
                "exp_avg_sq": torch.empty_like(parameter).copy_(moments[f"{index}/exp_avg_sq"]),
            }

    def _set_lr(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate
