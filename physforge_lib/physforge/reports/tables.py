"""Tables on a page."""

from __future__ import annotations

import pandas as pd


def table_html(table: pd.DataFrame) -> str:
    """Write a table.

    Parameters
    ----------
    table : pandas.DataFrame
        Its index is left out.

    Returns
    -------
    str
        HTML, numbers with five digits.
    """
    return str(table.to_html(index=False, border=0, na_rep="", float_format=lambda value: f"{value:.5g}"))
