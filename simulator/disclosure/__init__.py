"""Which requests are heard, what is released for a link, and whom that truly reveals."""
