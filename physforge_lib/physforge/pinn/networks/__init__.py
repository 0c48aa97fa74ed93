"""Networks: functions of the coordinates with their derivatives."""

from physforge.pinn.networks.fourier_features import FourierFeatures
from physforge.pinn.networks.mlp import MLP
from physforge.pinn.networks.modified_mlp import ModifiedMLP
from physforge.pinn.networks.network import Network

__all__ = ["MLP", "FourierFeatures", "ModifiedMLP", "Network"]
