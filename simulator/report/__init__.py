"""Figures, headline and page, made from a results directory's stored data alone."""
