"""Configurations of the strategies that need normal and anomalous scores."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from adfw import Component, Threshold

Placement = Literal["midpoint", "upper", "lower"]
TieBreak = Literal["highest", "lowest", "plateau_middle"]
Share = Annotated[float, Field(gt=0, lt=1)]
Cost = Annotated[float, Field(gt=0)]


def _ascending(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError(f"a range goes from low to high, not from {ends[0]} to {ends[1]}")
    return ends


CostRange = Annotated[tuple[Cost, Cost], AfterValidator(_ascending)]
ShareRange = Annotated[tuple[Share, Share], AfterValidator(_ascending)]


class _Labelled(Component[Threshold]):
    placement: Placement = Field("midpoint", description="where in the gap below the picked score the cut lies")
    ties: TieBreak = Field("highest", description="which of equally good cuts; the highest rejects the fewest")


class PrOptimalConfig(_Labelled):
    """The cut with the largest F-beta score, the weighted harmonic mean of precision and recall.

    Needs both classes, promises nothing. F-beta depends on the share of anomalies: a test set of mostly defects gives
    a cut that rejects many good parts, unless `prevalence` states the share at deployment.
    """

    name: Literal["pr_optimal"] = "pr_optimal"
    beta: float = Field(1.0, gt=0, le=100, description="weight of recall against precision")
    prevalence: Share | None = Field(None, description="share of defective parts to compute precision at")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.optimal import PrOptimal

        return PrOptimal(self)


class CostWeightedConfig(_Labelled):
    """The cut with the lowest expected cost at deployment; over ranges, the one with the smallest worst regret.

    Needs both classes, promises nothing. The prevalence is required: a cut priced at the test set's share of defects
    is worse than one that ignores costs. Costs `by_defect` replace `false_negative` for the types they name; `shares`
    say how often each type is among defective parts, by default as often as among the images fitted on.
    Elkan, IJCAI 2001; worst regret: Ferri, Hernandez-Orallo and Flach, 2019.
    """

    name: Literal["cost_weighted"] = "cost_weighted"
    false_negative: Cost | CostRange = Field(description="cost of a miss, or [low, high]", examples=[50.0])
    false_positive: Cost | CostRange = Field(description="cost of a false alarm, or [low, high]", examples=[1.0])
    prevalence: Share | ShareRange = Field(description="share of defective parts, or [low, high]", examples=[0.02])
    true_positive: float = Field(0.0, ge=0, description="cost of a defective part that is rejected")
    true_negative: float = Field(0.0, ge=0, description="cost of a good part that is passed")
    by_defect: dict[str, Cost] = Field({}, description="cost of a miss by type of defect")
    shares: dict[str, Cost] = Field({}, description="share of each type among defective parts; they sum to 1")

    @model_validator(mode="after")
    def _mistakes_cost_more(self) -> CostWeightedConfig:
        misses = [low(self.false_negative), *self.by_defect.values()]
        if min(misses) <= self.true_positive or low(self.false_positive) <= self.true_negative:
            raise ValueError(
                "a mistake costs more than the right decision: raise false_negative or false_positive, "
                "or lower true_positive or true_negative"
            )
        if self.shares and abs(sum(self.shares.values()) - 1) > 1e-9:
            raise ValueError(f"shares sum to {sum(self.shares.values()):g}; they must sum to 1")
        return self

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.costs import CostWeighted

        return CostWeighted(self)


class YoudenConfig(_Labelled):
    """The cut with the largest difference between recall and false-alarm rate; `closest`: nearest to (0, 1) of the ROC.

    Needs both classes, promises nothing. The first is `cost_weighted` where all misses together cost as much as all
    false alarms together. Youden, Cancer 1950.
    """

    name: Literal["youden"] = "youden"
    variant: Literal["difference", "closest"] = Field("difference", description="what is optimised")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.optimal import Youden

        return Youden(self)


class RecallAtLeastConfig(Component[Threshold]):
    """The highest cut at which the share of anomalies that are caught is at least `rate`.

    Needs anomalous scores. The plain form keeps the rate on these scores alone and promises nothing; `certified` keeps
    it on new defective parts with the stated confidence, and takes ln(1 - confidence) / ln(rate) anomalies.
    """

    name: Literal["recall_at_least"] = "recall_at_least"
    rate: Share = Field(0.95, description="smallest share of anomalies that is caught")
    certified: bool = Field(False, description="keep the rate on new parts, not only on these")
    confidence: Share = Field(0.95, description="of the certificate")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.rates import RecallAtLeast

        return RecallAtLeast(self)


class PrecisionAtLeastConfig(Component[Threshold]):
    """The lowest cut at which the share of defects among flagged parts is at least `rate`, at the stated prevalence.

    Needs both classes. The plain form keeps the rate on these scores alone and promises nothing; `certified` keeps it
    on new parts with the stated confidence.
    """

    name: Literal["precision_at_least"] = "precision_at_least"
    rate: Share = Field(description="smallest share of defective parts among those that are flagged", examples=[0.3])
    prevalence: Share = Field(description="share of defective parts where the cut is used", examples=[0.2])
    certified: bool = Field(False, description="keep the rate on new parts, not only on these")
    confidence: Share = Field(0.95, description="of the certificate")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.rates import PrecisionAtLeast

        return PrecisionAtLeast(self)


class RejectBandConfig(_Labelled):
    """Two cuts with the lowest expected cost; between them a part is sent to a human, whose verdict is taken as right.

    Needs both classes, promises nothing. The band is empty where a referral costs so much that 1 / referral is at most
    1 / false_negative + 1 / false_positive. Chow, IEEE Transactions on Information Theory 1970.
    """

    name: Literal["reject_band"] = "reject_band"
    false_negative: Cost = Field(description="cost of a defective part that is passed", examples=[50.0])
    false_positive: Cost = Field(description="cost of a good part that is rejected", examples=[1.0])
    referral: Cost = Field(description="cost of sending a part to a human", examples=[0.2])
    prevalence: Share = Field(description="share of defective parts at deployment", examples=[0.02])

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.band import RejectBand

        return RejectBand(self)


def low(number: float | tuple[float, float]) -> float:
    """Return the lower end of a range, or the number."""
    return number[0] if isinstance(number, tuple) else number
