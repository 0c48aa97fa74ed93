"""How fast optimisers reach minima that are known."""

import numpy as np
import pytest
import torch
from pinn.optimisers.functions import Function, quadratic, quartic, rosenbrock

from physforge.pinn.batch import BlockBatch
from physforge.pinn.optimisers import LBFGS, SOAP, Adam, LevenbergMarquardt, Optimiser, SSBroyden, State

SECOND_ORDER = [
    pytest.param(SSBroyden(), id="ssbroyden"),
    pytest.param(SSBroyden(form="bfgs"), id="ssbfgs"),
    pytest.param(LBFGS(), id="lbfgs"),
    pytest.param(LevenbergMarquardt(), id="lm"),
    pytest.param(LevenbergMarquardt(dense=1), id="lm-matrix-free"),
]


def minimise(method: Optimiser, function: Function, steps: int, enough: float = 1e-22) -> tuple[State, list[float]]:
    state = method.start(function, (), function.start.clone())
    losses = [state.loss]
    for _ in range(steps):
        state = method.step(function, (), state)
        losses.append(state.loss)
        if state.outcome != "going" or state.loss <= enough:
            break
    return state, losses


# Steps and evaluations that suffice, about a quarter above what was measured.
LIMITS = {
    ("rosenbrock", "ssbroyden"): (120, 145),
    ("rosenbrock", "ssbfgs"): (110, 130),
    ("rosenbrock", "lbfgs"): (95, 120),
    ("rosenbrock", "lm"): (32, 36),
    ("rosenbrock", "lm-matrix-free"): (32, 36),
    ("quadratic", "ssbroyden"): (190, 220),
    ("quadratic", "ssbfgs"): (250, 290),
    ("quadratic", "lbfgs"): (700, 800),
    ("quadratic", "lm"): (18, 20),
    ("quadratic", "lm-matrix-free"): (24, 26),
    ("quartic", "ssbroyden"): (165, 205),
    ("quartic", "ssbfgs"): (175, 215),
    ("quartic", "lbfgs"): (320, 340),
    ("quartic", "lm"): (24, 26),
    ("quartic", "lm-matrix-free"): (24, 26),
}


@pytest.mark.parametrize("method", SECOND_ORDER)
@pytest.mark.parametrize("make", [rosenbrock, quadratic, quartic], ids=lambda make: make.__name__)
def test_reaches_the_minimum(make, method, request):
    steps, evaluations = LIMITS[make.__name__, request.node.callspec.id.split("-", 1)[1]]
    # Fifty pairs, or so many conjugate gradients, are too few for the worst form.
    mild = make is quadratic and method in (LBFGS(), LevenbergMarquardt(dense=1))
    function = quadratic(10, 1e3) if mild else make()
    state, _ = minimise(method, function, steps)
    assert state.loss <= 1e-22
    assert float((state.theta - function.minimum).abs().max()) < 1e-9
    assert function.evaluations == state.evaluations <= evaluations


@pytest.mark.parametrize("method", SECOND_ORDER[:2])
@pytest.mark.parametrize("make", [rosenbrock, quartic], ids=lambda make: make.__name__)
def test_quasi_newton_converges_superlinearly(make, method):
    """The ratios of successive distances fall towards zero, which no linear rate does."""
    function = make(10)
    state = method.start(function, (), function.start.clone())
    distances = []
    while state.loss > 1e-24 and len(distances) < 300:
        distances.append(float((state.theta - function.minimum).norm()))
        state = method.step(function, (), state)
    near = np.array([distance for distance in distances if distance < 1e-2])
    late = len(near) // 2
    assert np.exp(np.diff(np.log(near[late:])).mean()) < 0.35
    assert np.exp(np.diff(np.log(near[late:])).mean()) < 0.75 * np.exp(np.diff(np.log(near[: late + 1])).mean())


def test_levenberg_marquardt_converges_quadratically_where_residuals_vanish():
    """The decrease of the loss grows from step to step: by a factor of 2e3, 1e4 and 1e5."""
    _, losses = minimise(LevenbergMarquardt(), rosenbrock(), 40, 1e-24)
    factors = np.array(losses[-4:-1]) / np.array(losses[-3:])
    assert np.all(np.diff(np.log(factors)) > 1.0)
    assert factors[-1] > 1e4


def test_scaling_needs_fewer_steps_where_eigenvalues_are_spread_far():
    scaled, its_losses = minimise(SSBroyden(), quartic(40, 1e10), 300)
    plain, losses = minimise(LBFGS(memory=400), quartic(40, 1e10), 400)
    assert max(scaled.loss, plain.loss) < 1e-22
    assert len(its_losses) < 0.8 * len(losses)


def test_the_family_satisfies_the_secant_condition():
    """After each update, the inverse Hessian maps the change of the gradient to the step."""
    function, method = rosenbrock(6), SSBroyden()
    state = method.start(function, (), function.start.clone())
    for _ in range(15):
        theta, gradient = state.theta.clone(), state.gradient.clone()
        state = method.step(function, (), state)
        inverse = state.tensors["inverse"]
        torch.testing.assert_close(inverse @ (state.gradient - gradient), state.theta - theta, rtol=1e-9, atol=1e-11)
        torch.testing.assert_close(inverse, inverse.T, rtol=1e-9, atol=1e-11)
        assert float(torch.linalg.eigvalsh(inverse).min()) > 0.0
        torch.testing.assert_close(state.tensors["natural"], inverse @ state.gradient, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("form", ["broyden", "bfgs"])
def test_the_inverse_hessian_keeps_its_scale(form):
    """On a form the matrix tends to the inverse of the second derivatives; a wrong scaling lets it run away."""
    function, method = quadratic(20, 1e4), SSBroyden(form=form)
    state = method.start(function, (), function.start.clone())
    hessian = 2.0 * function.jacobian(state.theta, ())[1].T @ function.jacobian(state.theta, ())[1]
    for _ in range(100):
        if state.loss > 1e-20:
            state = method.step(function, (), state)
    scales = torch.linalg.eigvals(state.tensors["inverse"] @ hessian).real
    assert 0.05 < float(scales.median()) < 20.0
    assert float(scales.max()) < 1e3


def test_fewer_residuals_than_parameters_give_the_same_step():
    """Woodbury's identity: the wide and the tall form of the equations agree."""
    theta = torch.linspace(0.1, 0.9, 5, dtype=torch.float64)
    function = Function(lambda theta: torch.stack((theta.sum() - 1.0, (theta**2).sum() - 2.0)), theta, theta)
    few = (BlockBatch((), torch.zeros(0, 2), torch.ones(1, 2)),)
    wide = LevenbergMarquardt().step(function, few, LevenbergMarquardt().start(function, few, theta))
    tall = LevenbergMarquardt().step(function, (), LevenbergMarquardt().start(function, (), theta))
    torch.testing.assert_close(wide.theta, tall.theta, rtol=1e-9, atol=0.0)
    assert wide.loss < 0.7 * float((function.residual(theta) ** 2).sum())


def test_adam_does_not_depend_on_the_unit_of_the_loss():
    def scaled(factor):
        function = quartic(6, 1e4)
        residual = function.residual
        function.residual = lambda theta: factor * residual(theta)
        return minimise(Adam(rate=0.01), function, 50)[0].theta

    torch.testing.assert_close(scaled(1.0), scaled(1e-9), rtol=1e-9, atol=1e-12)


def test_adam_takes_the_steps_of_torch():
    function = rosenbrock(4)
    ours, _ = minimise(Adam(rate=0.01), function, 30)
    theta = function.start.clone().requires_grad_()
    theirs = torch.optim.Adam([theta], lr=0.01, eps=1e-12)
    for _ in range(30):
        theirs.zero_grad()
        (function.residual(theta) ** 2).sum().backward()
        theirs.step()
    torch.testing.assert_close(ours.theta, theta.detach(), rtol=1e-6, atol=1e-8)


def test_soap_turns_a_layer_into_its_eigenbasis():
    """A steep valley across the axes of a matrix stops Adam, and not SOAP."""
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(6, 6, generator=generator, dtype=torch.float64))[0]
    steep = torch.logspace(0, 2, 6, dtype=torch.float64)

    def matrix() -> Function:
        def residual(theta):
            return (steep[:, None] * (turn @ (theta.reshape(6, 4) - 1.0))).flatten()

        return Function(residual, torch.ones(24, dtype=torch.float64), torch.zeros(24, dtype=torch.float64), ((6, 4),))

    soap, _ = minimise(SOAP(rate=0.01), matrix(), 600)
    adam, _ = minimise(Adam(rate=0.01), matrix(), 600)
    assert soap.loss < 0.1 * adam.loss


@pytest.mark.parametrize("method", [*SECOND_ORDER[:4], pytest.param(Adam(rate=0.5), id="adam")])
def test_a_loss_that_is_not_finite_is_an_outcome(method):
    """From inside the disc where the root is real, no method raises, and none returns NaN as a success."""
    function = Function(lambda theta: torch.sqrt(1.0 - theta) + 3.0, torch.ones(2), torch.zeros(2, dtype=torch.float64))
    state, _ = minimise(method, function, 60, 0.0)
    assert state.outcome in ("diverged", "stalled", "going")
    assert np.isfinite(state.loss) == (state.outcome != "diverged")


@pytest.mark.parametrize("method", SECOND_ORDER[:4])
def test_at_the_minimum_nothing_is_left_to_do(method):
    theta = torch.ones(3, dtype=torch.float64)
    function = Function(lambda theta: torch.cat((theta, torch.ones_like(theta))), theta, theta)
    state, _ = minimise(method, function, 200, 0.0)
    assert state.outcome == "stalled"
    assert state.loss == pytest.approx(3.0, abs=1e-12)


@pytest.mark.parametrize("method", [*SECOND_ORDER, pytest.param(SOAP(), id="soap")])
def test_new_points_keep_the_memory(method):
    function = rosenbrock()
    state = method.start(function, (), function.start.clone())
    for _ in range(5):
        state = method.step(function, (), state)
    kept = {name: tensor.clone() for name, tensor in state.tensors.items() if name != "natural"}
    other = quartic(10)
    moved = method.moved(other, (), state)
    assert moved.loss == pytest.approx(float((other.residual(state.theta) ** 2).sum()), rel=1e-12)
    for name, tensor in kept.items():
        assert torch.equal(moved.tensors[name], tensor)
    loss = moved.loss
    for _ in range(4):
        moved = method.step(other, (), moved)
    assert moved.loss < loss or isinstance(method, SOAP)
