"""How much likelier adults of a name group and nativity are to be of an age than the profiles say.

Chosen so that residents of each class follow the published age structure (``population_by_age``);
``tests/verification/calibrate_ages.py`` derives them from a generated population [computed]. Rows:
name group by name group, the US-born first; columns: ``COHORT_FIRST_YEARS``.
"""

AGE_WEIGHTS: tuple[tuple[float, ...], ...] = (
    (1.16, 1.5, 1.67, 1.42, 1.04, 1.02, 0.975, 0.234, 0.806, 0.806),
    (1.54, 1.37, 1.28, 1.09, 1.08, 1.01, 0.616, 0.509, 1.6, 1.6),
    (0.362, 1.03, 1.73, 1.67, 1.34, 1.29, 1.81, 0.296, 0.34, 0.34),
    (0.0777, 0.858, 1.17, 1.45, 1.6, 1.63, 1.45, 2.34, 2.89, 2.89),
    (0.523, 0.658, 0.738, 0.769, 0.822, 1.25, 2.26, 2.2, 0.111, 0.111),
    (0.125, 0.81, 1.17, 1.69, 2.43, 2.04, 1.32, 0.765, 1.46, 1.46),
    (3.31, 3.31, 3.31, 3.31, 3.31, 2.76, 0.05, 0.05, 0.05, 0.05),
    (0.247, 0.85, 1.15, 1.23, 1.92, 1.99, 1.29, 0.683, 2.47, 2.47),
    (0.334, 0.697, 0.935, 0.878, 0.719, 0.86, 1.34, 6.34, 6.06, 6.06),
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
)
