"""How names run in families: the scenario's part about names."""

from simulator.scenario.fields import Number, Part, group, share


class MiddleNamePart(Part):
    """Share of people with a middle name, or a second given name, by where they were born."""

    us_born: Number = share(
        0.9,
        "Of the US-born.",
        source="[assumption]; vary it from 0.8 to 0.97",
    )
    latin_american: Number = share(
        0.5,
        "Of Hispanic people born abroad: compound given names such as MARIA GUADALUPE, JOSE LUIS.",
        source="[assumption]; vary it from 0.3 to 0.7",
    )
    east_asian: Number = share(
        0.1,
        "Of people born in a country where the family name is written first (China, Korea, "
        "Vietnam).",
        source="[assumption]; vary it from 0 to 0.4",
    )
    elsewhere: Number = share(
        0.5,
        "Of all others born abroad.",
        source="[assumption]; vary it from 0.2 to 0.8",
    )


class NamesPart(Part):
    """How names run in families."""

    given_surname_dependence: Number = share(
        0.005,
        "Chance that a given name is drawn from the names that are as common among people of the "
        "same origin, sex and age as the person's surname is among those of the same origin. At 0 "
        "given name and surname are independent within these.",
        source="[assumption]",
    )
    partner_same_surname: Number = share(
        0.79,
        "Share of wives who bear their husband's surname, of origins not named below; in a couple "
        "of one sex, of partners who bear that of the head of the household.",
        source="Pew Research Center 2023: 79% of women married to a man took his name [recalled]",
    )
    partner_same_surname_hispanic: Number = share(
        0.4,
        "The same of Hispanic wives.",
        source="[assumption]",
    )
    partner_same_surname_east_asian: Number = share(
        0.15,
        "The same of wives born in a country where the family name is written first (China, "
        "Korea, Vietnam), where they keep their own.",
        source="[assumption]",
    )
    relative_same_surname: Number = share(
        0.6,
        "Share of the head's relatives at home (other than partner, parents, children and "
        "grandchildren) who were born with the head's surnames: brothers, sisters, cousins by a "
        "brother of the father.",
        source="[assumption]",
    )
    daughters_child_other_surname: Number = share(
        0.5,
        "Share of families of grandchildren through a daughter of the head who bear a surname "
        "that is not hers.",
        source="[assumption]",
    )
    child_named_after_parent: Number = share(
        0.03,
        "Share of children, among those with a parent of their own sex, who are to bear that "
        "parent's given name; of several of one sex, the eldest of these does. Grown children at "
        "home with their parent's name are the commonest wrong person at the right address: the "
        "false discovery rate of strict rules hangs on this.",
        source="[assumption]; vary it from 0 to 0.1",
    )
    suffix_share: Number = share(
        0.5,
        "Share of sons named after their father who bear a suffix, and then his middle name too: "
        "JUNIOR, or THIRD after a JUNIOR.",
        source="[assumption]; vary it from 0.2 to 0.8",
    )
    twins_similar: Number = share(
        0.3,
        "Share of twins for whom a name with the first letter of their twin's is sought; 8 in 9 of "
        "these find one. Twins are children of one birth date.",
        source="[assumption]; vary it from 0 to 0.6",
    )
    middle_name: MiddleNamePart = group(
        MiddleNamePart,
        "Share of people with a middle name or a second given name.",
        unit="shares, 0 to 1",
        source="[assumption]",
    )
