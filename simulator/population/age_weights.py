"""How much likelier adults of a name group and nativity are to be of an age than the profiles say.

Chosen so that residents of each class follow the published age structure (``population_by_age``);
``tests/verification/calibrate_ages.py`` derives them from a generated population [computed]. Rows:
name group by name group, the US-born first; columns: ``COHORT_FIRST_YEARS``.
"""

AGE_WEIGHTS: tuple[tuple[float, ...], ...] = (
    (1.43, 1.74, 1.93, 1.62, 1.2, 1.2, 1.2, 0.0747, 0.765, 0.765),
    (3.71, 2.26, 2.09, 1.48, 1.25, 1.06, 0.668, 0.05, 1.54, 1.54),
    (0.393, 0.85, 1.33, 1.43, 1.2, 1.3, 1.78, 0.57, 0.191, 0.191),
    (0.366, 0.871, 1.27, 1.47, 1.62, 1.51, 1.37, 0.502, 3.06, 3.06),
    (0.424, 0.532, 0.63, 0.665, 0.865, 1.35, 2.37, 3.83, 0.05, 0.05),
    (0.332, 1.15, 1.65, 2.34, 3.17, 2.68, 1.76, 0.05, 0.759, 0.759),
    (0.773, 1.1, 1.08, 1.27, 2.05, 2.5, 4.03, 0.05, 0.05, 0.05),
    (0.436, 1.01, 1.16, 1.2, 1.8, 1.85, 1.26, 0.389, 3.34, 3.34),
    (0.372, 0.679, 0.887, 0.875, 0.736, 0.903, 1.36, 5.64, 20, 20),
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
)
