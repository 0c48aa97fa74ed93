"""What is known of a solution beside its law."""

from __future__ import annotations

from physforge.pinn.conditions.boundary import Dirichlet, Neumann, Robin
from physforge.pinn.conditions.condition import Condition
from physforge.pinn.conditions.data import Data
from physforge.pinn.conditions.initial import Initial
from physforge.pinn.conditions.periodic import Periodic

__all__ = ["Condition", "Data", "Dirichlet", "Initial", "Neumann", "Periodic", "Robin"]
