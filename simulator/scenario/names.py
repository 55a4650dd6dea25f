"""How names run in families: the scenario's part about names."""

from simulator.scenario.fields import Number, Part, share


class NamesPart(Part):
    """How names run in families."""

    partner_same_surname: Number = share(
        0.79,
        "Share of couples with one surname, both partners other than Hispanic.",
        source="Pew Research Center 2023 [recalled]",
    )
    partner_same_surname_hispanic: Number = share(
        0.4,
        "Share of couples with one surname where the head of the household is Hispanic.",
        source="[assumption]",
    )
    child_named_after_parent: Number = share(
        0.03,
        "Share of children, among those with a parent of their own sex, who bear that parent's "
        "given name. Grown children at home with their parent's name are the commonest wrong "
        "person at the right address: the false discovery rate of strict rules hangs on this.",
        source="[assumption]; vary it from 0 to 0.1",
    )
