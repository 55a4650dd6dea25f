"""What all tests share: property tests have no deadline, since kernels compile on first use."""

from hypothesis import settings

settings.register_profile("overmatch", deadline=None)
settings.load_profile("overmatch")
