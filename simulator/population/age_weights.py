"""How much likelier adults of a name group and nativity are to be of an age than the profiles say.

Chosen so that residents of each class follow the published age structure (``population_by_age``);
``tests/verification/calibrate_ages.py`` derives them from a generated population [computed]. Rows:
name group by name group, the US-born first; columns: ``COHORT_FIRST_YEARS``.
"""

AGE_WEIGHTS = (
    (1.16, 1.47, 1.64, 1.38, 1.02, 0.995, 0.956, 0.267, 0.831, 0.831),
    (1.57, 1.37, 1.29, 1.1, 1.08, 1.02, 0.628, 0.471, 1.45, 1.45),
    (0.346, 1.01, 1.7, 1.62, 1.31, 1.26, 1.78, 0.355, 0.446, 0.446),
    (0.0794, 0.841, 1.16, 1.46, 1.59, 1.62, 1.43, 2.4, 2.47, 2.47),
    (0.512, 0.664, 0.741, 0.777, 0.829, 1.26, 2.29, 2.13, 0.199, 0.199),
    (0.137, 0.798, 1.16, 1.67, 2.41, 2.02, 1.31, 0.74, 1.46, 1.46),
    (3.3, 3.3, 3.3, 3.3, 3.3, 2.82, 0.05, 0.05, 0.05, 0.05),
    (0.261, 0.856, 1.12, 1.21, 1.9, 1.95, 1.28, 0.696, 2.12, 2.12),
    (0.325, 0.701, 0.936, 0.885, 0.72, 0.864, 1.34, 6.37, 4.56, 4.56),
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
)
