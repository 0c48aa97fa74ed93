"""Optimisers of networks, one a file."""

from physforge.pinn.optimisers.adam import Adam
from physforge.pinn.optimisers.lbfgs import LBFGS
from physforge.pinn.optimisers.levenberg_marquardt import LevenbergMarquardt
from physforge.pinn.optimisers.method import Optimiser
from physforge.pinn.optimisers.soap import SOAP
from physforge.pinn.optimisers.ssbroyden import SSBroyden
from physforge.pinn.optimisers.state import LeastSquares, State

__all__ = ["LBFGS", "SOAP", "Adam", "LeastSquares", "LevenbergMarquardt", "Optimiser", "SSBroyden", "State"]
