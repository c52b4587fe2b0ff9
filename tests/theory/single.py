"""One EVSE and sessions of any law: M/G/1."""

from tests.theory.chain import refuse_overload


def mg1(lam: float, s1: float, s2: float, s3: float) -> dict[str, float]:
    """M/G/1 with session moments E[S] = `s1` h, E[S^2] = `s2`, E[S^3] = `s3`.

    Pollaczek-Khinchine: E[W] = lam s2 / 2(1 - rho), E[W^2] = 2 E[W]^2 + lam s3 / 3(1 - rho):
    Kleinrock, Queueing Systems I, section 5.7.  Last come, first served (without preemption): the
    same mean, the square / (1 - rho): Takacs, BSTJ 42 (1963).
    """
    rho = lam * s1
    refuse_overload(rho, 1)
    wait_h = lam * s2 / (2.0 * (1.0 - rho))
    square = 2.0 * wait_h**2 + lam * s3 / (3.0 * (1.0 - rho))
    return {
        "p_wait": rho,
        "wait_h": wait_h,
        "wait_square_h2": square,
        "lifo_wait_square_h2": square / (1.0 - rho),
        "line": lam * wait_h,
        "stay_h": wait_h + s1,
    }
