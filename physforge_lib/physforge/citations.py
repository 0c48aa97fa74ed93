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
    "burlacu2020": (
        "@inproceedings{burlacu2020, author={Burlacu, Bogdan and Kronberger, Gabriel and Kommenda, Michael}, "
        "title={Operon C++: an efficient genetic programming framework for symbolic regression}, "
        "booktitle={Proceedings of the 2020 Genetic and Evolutionary Computation Conference Companion}, "
        "pages={1562--1570}, year={2020}, doi={10.1145/3377929.3398099}}"
    ),
    "cranmer2023": (
        "@article{cranmer2023, author={Cranmer, Miles}, "
        "title={Interpretable machine learning for science with PySR and SymbolicRegression.jl}, "
        "journal={arXiv preprint arXiv:2305.01582}, year={2023}, doi={10.48550/arXiv.2305.01582}}"
    ),
    "bartlett2024": (
        "@article{bartlett2024, author={Bartlett, Deaglan J. and Desmond, Harry and Ferreira, Pedro G.}, "
        "title={Exhaustive symbolic regression}, "
        "journal={IEEE Transactions on Evolutionary Computation}, volume={28}, number={4}, pages={950--964}, "
        "year={2024}, doi={10.1109/TEVC.2023.3280250}}"
    ),
    "rudy2017": (
        "@article{rudy2017, author={Rudy, Samuel H. and Brunton, Steven L. and Proctor, Joshua L. and Kutz, "
        "J. Nathan}, "
        "title={Data-driven discovery of partial differential equations}, journal={Science Advances}, "
        "volume={3}, number={4}, pages={e1602614}, year={2017}, doi={10.1126/sciadv.1602614}}"
    ),
    "kaptanoglu2022": (
        "@article{kaptanoglu2022, author={Kaptanoglu, Alan A. and de Silva, Brian M. and Fasel, Urban and Kaheman, "
        "Kadierdan and Goldschmidt, Andy J. and Callaham, Jared and Delahunt, Charles B. and Nicolaou, Zachary G. and "
        "Champion, Kathleen and Loiseau, Jean-Christophe and Kutz, J. Nathan and Brunton, Steven L.}, "
        "title={{PySINDy}: A comprehensive {Python} package for robust sparse system identification}, "
        "journal={Journal of Open Source Software}, volume={7}, number={69}, pages={3994}, year={2022}, "
        "doi={10.21105/joss.03994}}"
    ),
    "messenger2021": (
        "@article{messenger2021, author={Messenger, Daniel A. and Bortz, David M.}, title={Weak {SINDy} for partial "
        "differential equations}, journal={Journal of Computational Physics}, volume={443}, pages={110525}, "
        "year={2021}, doi={10.1016/j.jcp.2021.110525}}"
    ),
    "bortz2023": (
        "@article{bortz2023, author={Bortz, David M. and Messenger, Daniel A. and Dukic, Vanja}, title={Direct "
        "estimation of parameters in {ODE} models using {WENDy}: weak-form estimation of nonlinear dynamics}, "
        "journal={Bulletin of Mathematical Biology}, volume={85}, number={11}, pages={110}, year={2023}, "
        "doi={10.1007/s11538-023-01208-6}}"
    ),
    "andrews1999": (
        "@article{andrews1999, author={Andrews, Donald W. K.}, title={Consistent moment selection procedures for "
        "generalized method of moments estimation}, journal={Econometrica}, volume={67}, number={3}, "
        "pages={543--563}, year={1999}, doi={10.1111/1468-0262.00036}}"
    ),
    "savitzky1964": (
        "@article{savitzky1964, author={Savitzky, Abraham and Golay, Marcel J. E.}, title={Smoothing and "
        "differentiation of data by simplified least squares procedures}, journal={Analytical Chemistry}, volume={36}, "
        "number={8}, pages={1627--1639}, year={1964}, doi={10.1021/ac60214a047}}"
    ),
    "solin2020": (
        '@article{solin2020, author={Solin, Arno and S{\\"a}rkk{\\"a}, Simo}, title={Hilbert space methods for '
        "reduced-rank {Gaussian} process regression}, journal={Statistics and Computing}, volume={30}, "
        "pages={419--446}, year={2020}, doi={10.1007/s11222-019-09886-w}}"
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
        "differential equations {I}: Nonstiff problems}, edition={2}, publisher={Springer}, year={1993}, "
        "doi={10.1007/978-3-540-78862-1}}"
    ),
    "hairer1996": (
        "@book{hairer1996, author={Hairer, Ernst and Wanner, Gerhard}, title={Solving ordinary differential equations "
        "{II}: Stiff and differential-algebraic problems}, edition={2}, publisher={Springer}, year={1996}, "
        "doi={10.1007/978-3-642-05221-7}}"
    ),
    "crank1975": (
        "@book{crank1975, author={Crank, John}, title={The mathematics of diffusion}, edition={2}, "
        "publisher={Oxford University Press}, year={1975}}"
    ),
    "whitham1974": (
        "@book{whitham1974, author={Whitham, Gerald B.}, title={Linear and nonlinear waves}, publisher={Wiley}, "
        "year={1974}}"
    ),
    "allen1979": (
        "@article{allen1979, author={Allen, Samuel M. and Cahn, John W.}, "
        "title={A microscopic theory for antiphase boundary motion and its application to antiphase domain "
        "coarsening}, journal={Acta Metallurgica}, volume={27}, number={6}, pages={1085--1095}, year={1979}, "
        "doi={10.1016/0001-6160(79)90196-2}}"
    ),
    "cahn1958": (
        "@article{cahn1958, author={Cahn, John W. and Hilliard, John E.}, "
        "title={Free energy of a nonuniform system. {I}. {Interfacial} free energy}, "
        "journal={The Journal of Chemical Physics}, volume={28}, number={2}, pages={258--267}, year={1958}, "
        "doi={10.1063/1.1744102}}"
    ),
    "fisher1937": (
        "@article{fisher1937, author={Fisher, Ronald A.}, title={The wave of advance of advantageous genes}, "
        "journal={Annals of Eugenics}, volume={7}, number={4}, pages={355--369}, year={1937}, "
        "doi={10.1111/j.1469-1809.1937.tb02153.x}}"
    ),
    "chafee1974": (
        "@article{chafee1974, author={Chafee, Nathaniel and Infante, Ettore F.}, "
        "title={A bifurcation problem for a nonlinear partial differential equation of parabolic type}, "
        "journal={Applicable Analysis}, volume={4}, number={1}, pages={17--37}, year={1974}, "
        "doi={10.1080/00036817408839081}}"
    ),
    "akhmediev1986": (
        "@article{akhmediev1986, author={Akhmediev, Nail N. and Korneev, V. I.}, "
        'title={Modulation instability and periodic solutions of the nonlinear {Schr{\\"o}dinger} equation}, '
        "journal={Theoretical and Mathematical Physics}, volume={69}, number={2}, pages={1089--1093}, "
        "year={1986}, doi={10.1007/BF01037866}}"
    ),
    "dalembert1747": (
        "@article{dalembert1747, author={d'Alembert, Jean le Rond}, "
        'title={Recherches sur la courbe que forme une corde tendu{\\"e} mise en vibration}, '
        "journal={Histoire de l'Acad{\\'e}mie royale des sciences et belles lettres de Berlin}, volume={3}, "
        "pages={214--219}, year={1747}}"
    ),
    "timoshenko1974": (
        "@book{timoshenko1974, author={Timoshenko, Stephen and Young, Donovan H. and Weaver, William}, "
        "title={Vibration problems in engineering}, edition={4}, publisher={Wiley}, year={1974}}"
    ),
    "lorenz1963": (
        "@article{lorenz1963, author={Lorenz, Edward N.}, title={Deterministic nonperiodic flow}, "
        "journal={Journal of the Atmospheric Sciences}, volume={20}, number={2}, pages={130--141}, year={1963}, "
        "doi={10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2}}"
    ),
    "lotka1925": (
        "@book{lotka1925, author={Lotka, Alfred J.}, title={Elements of physical biology}, "
        "publisher={Williams and Wilkins}, address={Baltimore}, year={1925}}"
    ),
    "duffing1918": (
        "@book{duffing1918, author={Duffing, Georg}, "
        'title={Erzwungene {Schwingungen} bei ver{\\"a}nderlicher {Eigenfrequenz} und ihre technische '
        "{Bedeutung}}, publisher={Vieweg}, address={Braunschweig}, year={1918}}"
    ),
    "vanderpol1926": (
        "@article{vanderpol1926, author={van der Pol, Balthasar}, title={On relaxation-oscillations}, "
        "journal={The London, Edinburgh, and Dublin Philosophical Magazine and Journal of Science}, volume={2}, "
        "number={11}, pages={978--992}, year={1926}, doi={10.1080/14786442608564127}}"
    ),
    "ramsay2007": (
        "@article{ramsay2007, author={Ramsay, J. O. and Hooker, G. and Campbell, D. and Cao, J.}, "
        "title={Parameter estimation for differential equations: a generalized smoothing approach}, "
        "journal={Journal of the Royal Statistical Society: Series B}, volume={69}, pages={741--796}, year={2007}, "
        "doi={10.1111/j.1467-9868.2007.00610.x}}"
    ),
    "raissi2019": (
        "@article{raissi2019, author={Raissi, Maziar and Perdikaris, Paris and Karniadakis, George Em}, "
        "title={Physics-informed neural networks: A deep learning framework for solving forward and inverse problems "
        "involving nonlinear partial differential equations}, journal={Journal of Computational Physics}, "
        "volume={378}, pages={686--707}, year={2019}, doi={10.1016/j.jcp.2018.10.045}}"
    ),
    "chen2022": (
        "@article{chen2022, author={Chen, Yuntian and Luo, Yingtao and Liu, Qiang and Xu, Hao and Zhang, Dongxiao}, "
        "title={Symbolic genetic algorithm for discovering open-form partial differential equations ({SGA-PDE})}, "
        "journal={Physical Review Research}, volume={4}, number={2}, pages={023174}, year={2022}, "
        "doi={10.1103/PhysRevResearch.4.023174}}"
    ),
    "xu2025": (
        "@article{xu2025, author={Xu, Hao and Chen, Yuntian and Cao, Rui and Tang, Tianning and Du, Mengge and Li, "
        "Jian and Callaghan, Adrian H. and Zhang, Dongxiao}, title={Generative discovery of partial differential "
        "equations by learning from math handbooks}, journal={Nature Communications}, volume={16}, pages={10255}, "
        "year={2025}, doi={10.1038/s41467-025-65114-2}}"
    ),
    "desilva2020": (
        "@article{desilva2020, author={de Silva, Brian M. and Higdon, David M. and Brunton, Steven L. and Kutz, "
        "J. Nathan}, title={Discovery of physics from data: Universal laws and discrepancies}, "
        "journal={Frontiers in Artificial Intelligence}, volume={3}, pages={25}, year={2020}, "
        "doi={10.3389/frai.2020.00025}}"
    ),
    "kaheman2022": (
        "@misc{kaheman2022, author={Kaheman, Kadierdan and Fasel, Urban and Bramburger, Jason J. and Strom, Benjamin "
        "and Kutz, J. Nathan and Brunton, Steven L.}, title={The experimental multi-arm pendulum on a cart: "
        "A benchmark system for chaos, learning, and control}, eprint={2205.06231}, archiveprefix={arXiv}, "
        "year={2022}}"
    ),
    "kingma2015": (
        "@inproceedings{kingma2015, author={Kingma, Diederik P. and Ba, Jimmy}, title={Adam: a method for stochastic "
        "optimization}, booktitle={International Conference on Learning Representations}, year={2015}, "
        "doi={10.48550/arXiv.1412.6980}}"
    ),
    "vyas2024": (
        "@article{vyas2024, author={Vyas, Nikhil and Morwani, Depen and Zhao, Rosie and Kwun, Mujin and "
        "Shapira, Itai and "
        "Brandfonbrener, David and Janson, Lucas and Kakade, Sham}, title={{SOAP}: improving and stabilizing {Shampoo} "
        "using {Adam}}, journal={arXiv preprint arXiv:2409.11321}, year={2024}, doi={10.48550/arXiv.2409.11321}}"
    ),
    "urban2025": (
        "@article{urban2025, author={Urb{\\'a}n, Jorge F. and Stefanou, Petros and Pons, Jos{\\'e} A.}, "
        "title={Unveiling the optimization process of physics informed neural networks: How accurate and "
        "competitive can "
        "{PINNs} be?}, journal={Journal of Computational Physics}, volume={523}, pages={113656}, year={2025}, "
        "doi={10.1016/j.jcp.2024.113656}}"
    ),
    "albaali2014": (
        "@article{albaali2014, author={Al-Baali, Mehiddin and Spedicato, Emilio and Maggioni, Francesca}, "
        "title={Broyden's quasi-{Newton} methods for a nonlinear system of equations and unconstrained optimization: a "
        "review and open problems}, journal={Optimization Methods and Software}, volume={29}, number={5}, "
        "pages={937--954}, year={2014}, doi={10.1080/10556788.2013.856909}}"
    ),
    "liu1989": (
        "@article{liu1989, author={Liu, Dong C. and Nocedal, Jorge}, title={On the limited memory {BFGS} method "
        "for large "
        "scale optimization}, journal={Mathematical Programming}, volume={45}, pages={503--528}, year={1989}, "
        "doi={10.1007/BF01589116}}"
    ),
    "madsen2004": (
        "@techreport{madsen2004, author={Madsen, Kaj and Nielsen, Hans Bruun and Tingleff, Ole}, title={Methods for "
        "non-linear least squares problems}, edition={2}, institution={Technical University of Denmark}, year={2004}}"
    ),
    "mueller2023": (
        '@inproceedings{mueller2023, author={M{\\"u}ller, Johannes and Zeinhofer, Marius}, title={Achieving '
        "high accuracy "
        "with {PINNs} via energy natural gradient descent}, booktitle={International Conference on Machine Learning}, "
        "year={2023}, doi={10.48550/arXiv.2302.13163}}"
    ),
    "wu2023": (
        "@article{wu2023, author={Wu, Chenxi and Zhu, Min and Tan, Qinyang and Kartha, Yadhu and Lu, Lu}, title={A "
        "comprehensive study of non-adaptive and residual-based adaptive sampling for physics-informed neural "
        "networks}, "
        "journal={Computer Methods in Applied Mechanics and Engineering}, volume={403}, pages={115671}, year={2023}, "
        "doi={10.1016/j.cma.2022.115671}}"
    ),
    "wang2021": (
        "@article{wang2021, author={Wang, Sifan and Teng, Yujun and Perdikaris, Paris}, title={Understanding and "
        "mitigating gradient flow pathologies in physics-informed neural networks}, journal={SIAM Journal on "
        "Scientific "
        "Computing}, volume={43}, number={5}, pages={A3055--A3081}, year={2021}, doi={10.1137/20M1318043}}"
    ),
    "wang2023": (
        "@article{wang2023, author={Wang, Sifan and Sankaran, Shyam and Wang, Hanwen and Perdikaris, Paris}, title={An "
        "expert's guide to training physics-informed neural networks}, journal={arXiv preprint arXiv:2308.08468}, "
        "year={2023}, doi={10.48550/arXiv.2308.08468}}"
    ),
    "wang2024": (
        "@article{wang2024, author={Wang, Sifan and Sankaran, Shyam and Perdikaris, Paris}, title={Respecting "
        "causality "
        "for training physics-informed neural networks}, journal={Computer Methods in Applied Mechanics and "
        "Engineering}, volume={421}, pages={116813}, year={2024}, doi={10.1016/j.cma.2024.116813}}"
    ),
    "anagnostopoulos2024": (
        "@article{anagnostopoulos2024, author={Anagnostopoulos, Sokratis J. and Toscano, Juan Diego and Stergiopulos, "
        "Nikolaos and Karniadakis, George Em}, title={Residual-based attention in physics-informed neural networks}, "
        "journal={Computer Methods in Applied Mechanics and Engineering}, volume={421}, pages={116805}, year={2024}, "
        "doi={10.1016/j.cma.2024.116805}}"
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
