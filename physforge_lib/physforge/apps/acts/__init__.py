"""What is done for a page in the person's own kernel, one act a file: JSON in, JSON out."""
