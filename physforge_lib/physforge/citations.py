"""The literature behind each method, so that a result can name its sources."""

from __future__ import annotations

from collections.abc import Iterable

#: Key -> BibTeX entry. A method lists the keys it relies on.
BIBTEX: dict[str, str] = {
    "brunton2016": (
        "@article{brunton2016, author={Brunton, Steven L. and Proctor, Joshua L. and Kutz, J. Nathan}, "
        "title={Discovering governing equations from data by sparse identification of nonlinear dynamical "
        "systems}, "
        "journal={Proceedings of the National Academy of Sciences}, volume={113}, number={15}, pages={3932--3937}, "
        "year={2016}, doi={10.1073/pnas.1517384113}}"
    ),
    "rudy2017": (
        "@article{rudy2017, author={Rudy, Samuel H. and Brunton, Steven L. and Proctor, Joshua L. and Kutz, "
        "J. Nathan}, "
        "title={Data-driven discovery of partial differential equations}, journal={Science Advances}, "
        "volume={3}, number={4}, pages={e1602614}, year={2017}, doi={10.1126/sciadv.1602614}}"
    ),
    "kaptanoglu2022": (
        "@article{kaptanoglu2022, author={Kaptanoglu, Alan A. and others}, title={{PySINDy}: A comprehensive {Python} "
        "package for robust sparse system identification}, journal={Journal of Open Source Software}, volume={7}, "
        "number={69}, pages={3994}, year={2022}, doi={10.21105/joss.03994}}"
    ),
    "savitzky1964": (
        "@article{savitzky1964, author={Savitzky, Abraham and Golay, Marcel J. E.}, title={Smoothing and "
        "differentiation of data by simplified least squares procedures}, journal={Analytical Chemistry}, volume={36}, "
        "number={8}, pages={1627--1639}, year={1964}, doi={10.1021/ac60214a047}}"
    ),
    "kassam2005": (
        "@article{kassam2005, author={Kassam, Aly-Khan and Trefethen, Lloyd N.}, title={Fourth-order time-stepping for "
        "stiff {PDEs}}, journal={SIAM Journal on Scientific Computing}, volume={26}, number={4}, pages={1214--1233}, "
        "year={2005}, doi={10.1137/S1064827502410633}}"
    ),
    "fourier1822": (
        "@book{fourier1822, author={Fourier, Joseph}, title={Th{\\'e}orie analytique de la chaleur}, "
        "publisher={Firmin Didot}, address={Paris}, year={1822}}"
    ),
    "cole1951": (
        "@article{cole1951, author={Cole, Julian D.}, title={On a quasi-linear parabolic equation occurring in "
        "aerodynamics}, journal={Quarterly of Applied Mathematics}, volume={9}, number={3}, pages={225--236}, "
        "year={1951}, doi={10.1090/qam/42889}}"
    ),
    "hopf1950": (
        "@article{hopf1950, author={Hopf, Eberhard}, "
        "title={The partial differential equation $u_t + uu_x = \\mu u_{xx}$}, "
        "journal={Communications on Pure and Applied Mathematics}, volume={3}, number={3}, pages={201--230}, "
        "year={1950}, doi={10.1002/cpa.3160030302}}"
    ),
    "hirota1971": (
        "@article{hirota1971, author={Hirota, Ryogo}, title={Exact solution of the {Korteweg-de Vries} equation for "
        "multiple collisions of solitons}, journal={Physical Review Letters}, volume={27}, number={18}, "
        "pages={1192--1194}, year={1971}, doi={10.1103/PhysRevLett.27.1192}}"
    ),
    "hairer1993": (
        "@book{hairer1993, author={Hairer, Ernst and N{\\o}rsett, Syvert P. and Wanner, Gerhard}, "
        "title={Solving ordinary "
        "differential equations {I}: Nonstiff problems}, edition={2}, publisher={Springer}, year={1993}}"
    ),
    "hairer1996": (
        "@book{hairer1996, author={Hairer, Ernst and Wanner, Gerhard}, title={Solving ordinary differential equations "
        "{II}: Stiff and differential-algebraic problems}, edition={2}, publisher={Springer}, year={1996}}"
    ),
}


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX entries of `keys`, sorted and without repeats.

    Parameters
    ----------
    keys : iterable of str
        Keys of `BIBTEX`.

    Returns
    -------
    str
        One entry a line.

    Raises
    ------
    KeyError
        If a key is unknown.
    """
    return "\n".join(BIBTEX[key] for key in sorted(set(keys)))
