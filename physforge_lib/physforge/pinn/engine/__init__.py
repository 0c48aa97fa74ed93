"""The derivative engine: losses, gradients and Jacobians of networks on laws."""

from physforge.pinn.engine.objective import Objective

__all__ = ["Objective"]
