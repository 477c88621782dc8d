"""Refunds in whole cents."""


def refund(paid: int, share: float) -> int:
    """Cents to give back: the share of what was paid, half a cent rounded up."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    return int(paid * share + 0.5)


def in_words(cents: int) -> str:
    """The amount for a letter."""
    euros, rest = divmod(cents, 100)
    if euros and rest:
        return f"{euros} euros and {rest} cents"
    if euros:
        return f"{euros} euros"
    return f"{rest} cents"
