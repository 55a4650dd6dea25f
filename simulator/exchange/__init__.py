"""Records as strings for other people's matchers, and what comes back from them: links."""
