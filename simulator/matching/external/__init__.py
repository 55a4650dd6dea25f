"""Other people's matchers run on the same observed records: each is an optional extra."""
