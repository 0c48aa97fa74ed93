"""The weak form: equations multiplied by test functions and integrated by parts, with known noise."""
