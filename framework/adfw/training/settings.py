"""How a model is trained by gradients, as a recipe says it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class TrainingSettings(BaseModel):
    """Adam with a learning rate that falls: where the validation loss stands still, or over the epochs as a cosine.

    Cosine: Loshchilov, Hutter, SGDR, Stochastic Gradient Descent with Warm Restarts, ICLR 2017, equation 5, without
    restarts: the rate of epoch e of E is min_lr + (lr - min_lr) * (1 + cos(pi * e / E)) / 2.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    epochs: int = Field(100, ge=1, description="most epochs; fewer where a plateau reaches its floor earlier")
    batch_size: int = Field(16, ge=1, description="images in one step")
    lr: float = Field(1e-3, gt=0, description="learning rate of Adam at the start")
    weight_decay: float = Field(1e-5, ge=0, description="weight decay of Adam (L2 penalty)")
    schedule: Literal["plateau", "cosine"] = Field(
        "plateau", description="when the learning rate falls: where the loss stands still, or a little at each epoch"
    )
    patience: int = Field(5, ge=0, description="of a plateau: epochs without improvement before the rate falls")
    factor: float = Field(0.5, gt=0, lt=1, description="of a plateau: what the learning rate is multiplied by")
    min_lr: float = Field(1e-5, ge=0, description="floor of the learning rate; a plateau there ends the training early")
    keep: Literal["train_loss", "validation_loss"] = Field(
        "train_loss", description="the loss whose best epoch's weights are kept"
    )
    validation_share: float = Field(
        0.1, ge=0, lt=1, description="share of the training images held out for the schedule; 0: it watches train_loss"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_lr > self.lr:
            raise ValueError(f"min_lr {self.min_lr:g} is above lr {self.lr:g}; lower min_lr or raise lr")
        if self.keep == "validation_loss" and self.validation_share == 0:
            raise ValueError("keep: validation_loss needs validation_share above 0, or write keep: train_loss")
        return self
