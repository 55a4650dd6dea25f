"""Replicates, how they are spread over workers, and the results they leave."""
