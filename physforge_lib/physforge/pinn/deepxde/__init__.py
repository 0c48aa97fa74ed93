"""Problems that are defined with DeepXDE, taken as they are.

DeepXDE is imported only when one is converted: importing it sets torch's defaults and prints.
"""
