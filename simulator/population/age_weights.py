"""How much likelier adults of a name group and nativity are to be of an age than the profiles say.

Chosen so that residents of each class follow the published age structure (``population_by_age``);
``tests/verification/calibrate_ages.py`` derives them from a generated population [computed]. Rows:
name group by name group, the US-born first; columns: ``COHORT_FIRST_YEARS``.
"""

AGE_WEIGHTS: tuple[tuple[float, ...], ...] = (
    (1.44, 1.67, 1.74, 1.44, 1.06, 1.03, 1.01, 0.151, 0.689, 0.689),
    (4, 2.34, 1.93, 1.46, 1.18, 0.97, 0.704, 0.05, 1.48, 1.48),
    (0.314, 0.876, 1.3, 1.37, 1.14, 1.23, 1.6, 0.912, 0.106, 0.106),
    (0.342, 0.859, 1.17, 1.38, 1.55, 1.45, 1.33, 0.708, 4.95, 4.95),
    (0.355, 0.584, 0.688, 0.676, 0.885, 1.35, 2.35, 3.71, 0.05, 0.05),
    (0.236, 1.13, 1.58, 2.18, 2.98, 2.68, 1.89, 0.0714, 0.541, 0.541),
    (0.807, 1.14, 1.05, 1.19, 1.93, 2.56, 3.98, 0.05, 0.05, 0.05),
    (0.392, 0.98, 1.05, 1.11, 1.6, 1.75, 1.24, 0.645, 5.18, 5.18),
    (0.424, 0.736, 0.935, 0.904, 0.763, 0.888, 1.31, 4.26, 20, 20),
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
)
