"""C code of a stack of layers on all channels, forward and backward, a tile of points at a time."""

from __future__ import annotations

from physforge.pinn.engine.kernels.activation_code import activation_code
from physforge.pinn.engine.kernels.channel_plan import ChannelPlan
from physforge.pinn.networks.activations import Activation


def trunk_code(activation: Activation, plan: ChannelPlan) -> str:
    """Return the C source of ``trunk_forward`` and ``trunk_back``.

    Arrays are tile by tile: features (tiles, F, C, T), outputs (tiles, O, C, T). A tile is so
    small that all of its layers stay in the cache. Only the input of each activation is kept
    for the way back.

    Parameters
    ----------
    activation : {"tanh", "sine", "adaptive"}
        Of the hidden layers.
    plan : ChannelPlan
        The channels.

    Returns
    -------
    str
        C99, self-contained: matrices are multiplied by a function that it is given.
    """
    return _HEAD + activation_code(activation, plan) + _TRUNK.replace("CHANNELS", str(plan.count))


# exp(r) - 1 by its series on |r| <= ln(2)/2: the first term left out is below 1e-17 of the sum.
_HEAD = """
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef void (*gemm_t)(char *, char *, int *, int *, int *, double *, double *, int *, double *, int *,
                       double *, double *, int *);

static inline double tanh_of(double x) {
    double y = 2*fabs(x);
    y = y < 50 ? y : (y != y ? y : 50);
    double shifted = y*1.4426950408889634 + 6755399441055744.0;
    double n = shifted - 6755399441055744.0;
    double r = y - n*0x1.62e42fefa0000p-1;
    r = r - n*0x1.cf79abc9e3b39p-40;
    int64_t bits;
    memcpy(&bits, &shifted, 8);
    bits = (bits + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, 8);
    double q = 1.0/6227020800;
    q = q*r + 1.0/479001600;
    q = q*r + 1.0/39916800;
    q = q*r + 1.0/3628800;
    q = q*r + 1.0/362880;
    q = q*r + 1.0/40320;
    q = q*r + 1.0/5040;
    q = q*r + 1.0/720;
    q = q*r + 1.0/120;
    q = q*r + 1.0/24;
    q = q*r + 1.0/6;
    q = q*r + 0.5;
    q = q*r + 1.0;
    double e = scale*(q*r) + (scale - 1);
    return copysign(e/(e + 2), x);
}

/* x = n*pi/2 + r in three parts (Cody and Waite), then series on |r| <= pi/4. */
static inline void sine_and_cosine(double x, double *sine, double *cosine) {
    double shifted = x*0.6366197723675814 + 6755399441055744.0;
    double n = shifted - 6755399441055744.0;
    double r = x - n*0x1.921fb54400000p+0;
    r = r - n*0x1.0b4611a600000p-34;
    r = r - n*0x1.3198a2e037073p-69;
    int64_t quadrant;
    memcpy(&quadrant, &shifted, 8);
    double q = r*r;
    double s = 1.0/355687428096000;
    s = s*q - 1.0/1307674368000;
    s = s*q + 1.0/6227020800;
    s = s*q - 1.0/39916800;
    s = s*q + 1.0/362880;
    s = s*q - 1.0/5040;
    s = s*q + 1.0/120;
    s = s*q - 1.0/6;
    s = s*q*r + r;
    double c = 1.0/20922789888000;
    c = c*q - 1.0/87178291200;
    c = c*q + 1.0/479001600;
    c = c*q - 1.0/3628800;
    c = c*q + 1.0/40320;
    c = c*q - 1.0/720;
    c = c*q + 1.0/24;
    c = c*q - 0.5;
    c = c*q + 1.0;
    double one = (quadrant & 1) ? c : s, other = (quadrant & 1) ? s : c;
    *sine = (quadrant & 2) ? -one : one;
    *cosine = ((quadrant + 1) & 2) ? -other : other;
}

static inline double sum_of(const double *restrict x, long count) {
    double part[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    for (long p = 0; p < count; p += 8)
        for (int lane = 0; lane < 8; lane++) part[lane] += x[p + lane];
    return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

/* c(m, n) = beta*c + a(m, k) b(k, n), all by rows. */
static void times(gemm_t gemm, int m, int n, int k, const double *a, const double *b, double beta, double *c) {
    double one = 1;
    gemm("N", "N", &n, &m, &k, &one, (double *)b, &n, (double *)a, &k, &beta, c, &n);
}

/* c(m, n) = a(k, m)^T b(k, n). */
static void transposed_times(gemm_t gemm, int m, int n, int k, const double *a, const double *b, double *c) {
    double one = 1, zero = 0;
    gemm("N", "T", &n, &m, &k, &one, (double *)b, &n, (double *)a, &m, &zero, c, &n);
}

/* c(m, n) += a(m, k) b(n, k)^T. */
static void times_transposed(gemm_t gemm, int m, int n, int k, const double *a, const double *b, double *c) {
    double one = 1;
    gemm("T", "N", &n, &m, &k, &one, (double *)b, &k, (double *)a, &k, &one, c, &n);
}
"""

_TRUNK = """
/* theta: for each layer weights by rows, then bias. kept: (tiles, depth, width, C, T). work: 2*max(width, F)*C*T. */
void trunk_forward(gemm_t gemm, long F, long width, long depth, long O, long T, long first, long last,
                   const double *theta, const double *mix, const double *features, double *outputs,
                   double *kept, double *work) {
    long N = CHANNELS*T;
    for (long tile = first; tile < last; tile++) {
        const double *a = features + tile*F*N, *layer = theta;
        long inputs = F;
        for (long l = 0; l < depth; l++) {
            double *z = kept + (tile*depth + l)*width*N, *next = work + (l % 2)*width*N;
            times(gemm, width, N, inputs, layer, a, 0, z);
            activate(z, layer + width*inputs, mix, next, width, T);
            layer += width*inputs + width;
            inputs = width;
            a = next;
        }
        double *y = outputs + tile*O*N;
        times(gemm, O, N, inputs, layer, a, 0, y);
        for (long o = 0; o < O; o++)
            for (long p = 0; p < T; p++) y[o*N + p] += layer[O*inputs + o];
    }
}

/* work: 3*width*C*T. The gradient is added to. */
void trunk_back(gemm_t gemm, long F, long width, long depth, long O, long T, long first, long last,
                const double *theta, const double *mix, const double *features, const double *adjoint,
                const double *kept, double *gradient, double *work) {
    long N = CHANNELS*T, hidden = width*width + width;
    double *a = work + 2*width*N;
    for (long tile = first; tile < last; tile++) {
        long offset = width*F + width + (depth - 1)*hidden, rows = O;
        const double *bar = adjoint + tile*O*N;
        for (long o = 0; o < O; o++) gradient[offset + O*width + o] += sum_of(bar + o*N, T);
        for (long l = depth - 1; l >= 0; l--) {
            double *below = work + (l % 2)*width*N;
            long inputs = l ? width : F, next = l ? offset - hidden : 0;
            transposed_times(gemm, width, N, rows, theta + offset, bar, below);
            activate_back(kept + (tile*depth + l)*width*N, mix, below, a, gradient + next + width*inputs, width, T);
            times_transposed(gemm, rows, width, N, bar, a, gradient + offset);
            bar = below;
            rows = width;
            offset = next;
        }
        times_transposed(gemm, rows, F, N, bar, features + tile*F*N, gradient);
    }
}

/* out[o*width + i, p] = sum over the channels of bar[o, c, p] * a[i, c, p]; then rows of the bias. */
static void outer(long rows, long width, long T, const double *restrict bar, const double *restrict a,
                  double *restrict out, long stride) {
    for (long o = 0; o < rows; o++) {
        for (long i = 0; i < width; i++) {
            double *restrict row = out + (o*width + i)*stride;
            const double *restrict b = bar + o*CHANNELS*T, *restrict c = a + i*CHANNELS*T;
            for (long p = 0; p < T; p++) {
                double sum = 0;
                for (long k = 0; k < CHANNELS; k++) sum += b[k*T + p]*c[k*T + p];
                row[p] = sum;
            }
        }
        memcpy(out + (rows*width + o)*stride, bar + o*CHANNELS*T, T*sizeof(double));
    }
}

/* The gradient for each point: rows is of shape (parameters, stride), a column for each point. */
void trunk_rows(gemm_t gemm, long F, long width, long depth, long O, long T, long first, long last,
                const double *theta, const double *mix, const double *features, const double *adjoint,
                const double *kept, double *rows, double *work, long stride) {
    long N = CHANNELS*T, hidden = width*width + width;
    double *a = work + 2*width*N, *unused = work + 3*width*N;
    for (long tile = first; tile < last; tile++) {
        long offset = width*F + width + (depth - 1)*hidden, above = O;
        const double *bar = adjoint + tile*O*N;
        for (long l = depth - 1; l >= 0; l--) {
            double *below = work + (l % 2)*width*N;
            transposed_times(gemm, width, N, above, theta + offset, bar, below);
            activate_back(kept + (tile*depth + l)*width*N, mix, below, a, unused, width, T);
            outer(above, width, T, bar, a, rows + offset*stride + tile*T, stride);
            bar = below;
            above = width;
            offset = l ? offset - hidden : 0;
        }
        outer(above, F, T, bar, features + tile*F*N, rows + tile*T, stride);
    }
}
"""
