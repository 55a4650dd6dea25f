"""Error channels of names: how the list's names depart from those people bear.

Ways of writing a name that a register knows too are shared with it (``population.name_channels``);
misspellings here are variants of the lexicon, which no register would hold. ``habits`` says which
of these channels follow the person and not the record.
"""

import numpy as np

from simulator import lexicon
from simulator.enforcement.drafts import Draft, with_columns
from simulator.lexicon import ABSENT, drawn_variants
from simulator.population import name_channels
from simulator.population.name_channels import Rewriting, rewritten
from simulator.population.places import Sample
from simulator.randomness import FloatArray
from simulator.records import BoolArray, Listing, Names
from simulator.reference import tables
from simulator.scenario.schema import RequestsPart


def _struck(draft: Draft, rewrite: Rewriting, strikes: BoolArray, u: FloatArray) -> Draft:
    """Rewrite the names that an error strikes, by the uniforms ``u``."""
    old, rows = draft.requests, np.flatnonzero(strikes)
    names = Names(old.given, old.middle, old.surname_1, old.surname_2, old.suffix)
    new = rewritten(names, [(rewrite, rows, u[:, rows])])
    return with_columns(
        draft,
        given=new.given,
        middle=new.middle,
        surname_1=new.surname_1,
        surname_2=new.surname_2,
        suffix=new.suffix,
    )


def surnames_swapped(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write two surnames in the wrong order."""
    return _struck(draft, name_channels.surnames_swapped, u[0] < part.surnames_swapped, u[1:])


def surname_dropped(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave out the mother's surname or, less often, the father's.

    The mother's is the second but where the custom of the origin puts it first (Brazil).
    """
    drop_paternal = u[0] < part.first_surname_dropped
    drop_maternal = ~drop_paternal & (u[1] < part.second_surname_dropped)
    last = name_channels.paternal_last(listing.origin)
    drop_first = np.where(last, drop_maternal, drop_paternal)
    drop_second = np.where(last, drop_paternal, drop_maternal)
    left = _struck(draft, name_channels.second_surname_alone, drop_first, u)
    return _struck(left, name_channels.first_surname_alone, drop_second, u)


def goes_by_middle(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the middle name as the given name."""
    return _struck(draft, name_channels.goes_by_middle, u[0] < part.goes_by_middle, u[1:])


def nickname(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Replace the given name by a nickname where it has one."""
    return _struck(draft, name_channels.nickname, u[0] < part.nickname, u[1:])


def given_shortened(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write the first part of a compound given name alone."""
    return _struck(draft, name_channels.given_shortened, u[0] < part.given_shortened, u[1:])


def given_romanised(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Spell the given name in Latin letters another way."""
    return _struck(draft, name_channels.given_romanised, u[0] < part.given_romanised, u[1:])


def surname_romanised(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Spell the surnames in Latin letters another way."""
    return _struck(draft, name_channels.surname_romanised, u[0] < part.surname_romanised, u[1:])


def particle_dropped(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write the surnames without their particles."""
    return _struck(draft, name_channels.particle_dropped, u[0] < part.particle_dropped, u[1:])


def given_initial(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write the given name as an initial."""
    return _struck(draft, name_channels.given_initial, u[0] < part.given_initial, u[1:])


def given_misspelt(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misspell the given name."""
    kinds = drawn_variants(u[0] < part.given_misspelt, u[1])
    size = lexicon.names().lexicon.size
    return with_columns(draft, given=lexicon.with_misspelling(draft.requests.given, kinds, size))


def given_transcribed(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misread or mishear the given name."""
    kinds = drawn_variants(u[0] < part.given_transcribed, u[1])
    size = lexicon.names().lexicon.size
    return with_columns(draft, given=lexicon.with_transcription(draft.requests.given, kinds, size))


def _which_surname(draft: Draft, strikes: BoolArray, u: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Split errors between the two surnames of a person who shows both."""
    second = strikes & (draft.requests.surname_2 != ABSENT) & (u < 0.5)
    return strikes & ~second, second


def surname_misspelt(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misspell one surname."""
    first, second = _which_surname(draft, u[0] < part.surname_misspelt, u[2])
    size, old = lexicon.names().lexicon.size, draft.requests
    return with_columns(
        draft,
        surname_1=lexicon.with_misspelling(old.surname_1, drawn_variants(first, u[1]), size),
        surname_2=lexicon.with_misspelling(old.surname_2, drawn_variants(second, u[1]), size),
    )


def surname_transcribed(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misread or mishear one surname."""
    first, second = _which_surname(draft, u[0] < part.surname_transcribed, u[2])
    size, old = lexicon.names().lexicon.size, draft.requests
    return with_columns(
        draft,
        surname_1=lexicon.with_transcription(old.surname_1, drawn_variants(first, u[1]), size),
        surname_2=lexicon.with_transcription(old.surname_2, drawn_variants(second, u[1]), size),
    )


def middle_written(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave out the middle name, or write its initial."""
    left = _struck(draft, name_channels.middle_absent, u[0] < part.middle_absent, u)
    return _struck(left, name_channels.middle_initial, u[1] < part.middle_initial, u)


def suffix_left_out(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave out the suffix."""
    return _struck(draft, name_channels.suffix_absent, u[0] < part.suffix_left_out, u[1:])


def names_swapped(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write the given name in the surname field and the first surname in its place.

    Rates differ between origins that write the family name first and others.
    """
    family_first = tables.origins().family_name_first[listing.origin]
    rate = np.where(family_first, part.names_swapped_family_name_first, part.names_swapped)
    return _struck(draft, name_channels.names_swapped, u[0] < rate, u[1:])


def write_names(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write names in somebody's way: with particles run together, two surnames hyphenated.

    No error, and nobody's habit: the form or the system on which a record is kept decides.
    """
    style = lexicon.name_styles(u[0] < part.names_run_together, u[1] < part.surnames_hyphenated)
    return with_columns(draft, name_style=style)
