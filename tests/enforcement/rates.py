"""The rates of error channels in tests: every share of a scenario's requests, all 0."""

from simulator.scenario.schema import RequestsPart

NOT_SHARES = (
    *("grounds", "investigation", "error_ratio_by_origin", "years_since_address"),
    *("shared_addresses", "tin_present_without_address"),
)
SHARES = tuple(name for name in RequestsPart.model_fields if name not in NOT_SHARES)
NO_ERRORS: dict[str, float] = dict.fromkeys(SHARES, 0.0)
