"""Who is on the enforcement list, and what the list says about them."""
