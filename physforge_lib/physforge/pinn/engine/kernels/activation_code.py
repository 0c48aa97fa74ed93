"""C code of an activation on all channels, forward and backward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from physforge.pinn.engine.kernels.channel_plan import ChannelPlan, Term
from physforge.pinn.networks.activations import Activation, tanh_factor


def activation_code(activation: Activation, plan: ChannelPlan) -> str:
    """Return the C functions ``activate`` and ``activate_back``.

    ``activate(z, bias, mix, a, width, T)`` adds the bias and applies the activation to an array of
    shape (width, channels, T); it leaves in `z` what the way back needs.
    ``activate_back(z, mix, bar, a, bias_bar, width, T)`` turns the adjoint of the output, in place,
    into that of the input, adds that of the bias, and makes the output `a` again.

    Parameters
    ----------
    activation : {"tanh", "sine", "adaptive"}
        A slope is expected in the weights.
    plan : ChannelPlan
        The channels; `mix` are the weights of its mixtures.

    Returns
    -------
    str
        C99.
    """
    terms, channels = plan.terms(), plan.count
    sine = activation == "sine"
    enter = "double f0, f1, z0 = z[p] + b; sine_and_cosine(z0, &f0, &f1);" if sine else "double f0 = tanh_of(z[p] + b);"
    again = "double f0, f1, z0 = z[p]; sine_and_cosine(z0, &f0, &f1);" if sine else "double f0 = z[p];"
    made = _made(terms, channels)
    stored = _lines(f"a[{one}*T+p] = a{one};" for one in range(1, channels))
    return _TEMPLATE.format(
        channels=channels,
        weights=_lines(f"double m{one} = mix[{one}];" for one in range(plan.weights)),
        enter=enter,
        kept="z0" if sine else "f0",
        again=again,
        slopes=_slopes(sine, plan.highest),
        more_slopes=_slopes(sine, plan.highest + 1),
        loaded=_lines(f"double z{one} = z[{one}*T+p];" for one in range(1, channels)),
        adjoints=_lines(f"double b{one} = bar[{one}*T+p];" for one in range(channels)),
        made=made,
        stored=stored,
        back=_back(terms, channels),
    )


def _slopes(sine: bool, highest: int) -> str:
    if sine:
        names = ("f0", "f1", "-f0", "-f1")
        return _lines(f"double f{order} = {names[order % 4]};" for order in range(2, highest + 1))
    lines = ["double t2 = f0*f0; double f1 = 1 - t2;"]
    lines.extend(f"double f{order} = f1*{_horner(tanh_factor(order))};" for order in range(2, highest + 1))
    return _lines(lines)


def _horner(coefficients: Sequence[int]) -> str:
    odd = (len(coefficients) - 1) % 2
    steps = list(coefficients[odd::2])
    text = f"{steps.pop()}.0"
    for coefficient in reversed(steps):
        text = f"({text}*t2 + ({coefficient}.0))"
    return f"(f0*{text})" if odd else text


def _made(terms: Sequence[Term], channels: int) -> str:
    def text(term: Term) -> str:
        return f"f{term.slope}*" + "*".join([*_constants(term), *(f"z{one}" for one in term.channels)])

    return _lines(
        f"double a{one} = " + " + ".join(text(term) for term in terms if term.made == one) + ";"
        for one in range(1, channels)
    )


def _back(terms: Sequence[Term], channels: int) -> str:
    """Return the adjoints of the input's channels: each term's derivative by each of its factors."""
    lines, parts = [], {0: ["f1*b0"], **{one: [] for one in range(1, channels)}}
    for number, term in enumerate(terms):
        lines.append(f"double g{number} = {'*'.join([*_constants(term), f'b{term.made}'])};")
        product = "*".join(f"z{one}" for one in term.channels)
        parts[0].append(f"f{term.slope + 1}*(g{number}*{product})")
        for place, one in enumerate(term.channels):
            rest = term.channels[:place] + term.channels[place + 1 :]
            others = "".join(f"*z{other}" for other in rest)
            parts[one].append(f"f{term.slope}*(g{number}{others})")
    lines += [f"bar[{one}*T+p] = {' + '.join(found)};" for one, found in parts.items()]
    return _lines(lines)


def _constants(term: Term) -> list[str]:
    count = [f"{term.count}.0"] if term.count > 1 else []
    return count if term.weight is None else [*count, f"m{term.weight}"]


def _lines(lines: Iterable[str]) -> str:
    return "\n        ".join(lines)


_TEMPLATE = """
static void activate(double *restrict Z, const double *restrict bias, const double *restrict mix,
                     double *restrict A, long width, long T) {{
    {weights}
    for (long w = 0; w < width; w++) {{
        double *restrict z = Z + w*{channels}*T, *restrict a = A + w*{channels}*T;
        double b = bias[w];
        #pragma GCC ivdep
        for (long p = 0; p < T; p++) {{
        {enter}
        {slopes}
        {loaded}
        {made}
        z[p] = {kept};
        a[p] = f0;
        {stored}
        }}
    }}
}}

static void activate_back(const double *restrict Z, const double *restrict mix, double *restrict BAR,
                          double *restrict A, double *restrict bias_bar, long width, long T) {{
    {weights}
    for (long w = 0; w < width; w++) {{
        const double *restrict z = Z + w*{channels}*T;
        double *restrict bar = BAR + w*{channels}*T, *restrict a = A + w*{channels}*T;
        #pragma GCC ivdep
        for (long p = 0; p < T; p++) {{
        {again}
        {more_slopes}
        {loaded}
        {adjoints}
        {made}
        a[p] = f0;
        {stored}
        {back}
        }}
        bias_bar[w] += sum_of(bar, T);
    }}
}}
"""
