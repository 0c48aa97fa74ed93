"""The page that one comes to: what there is, what runs, and what is left."""
