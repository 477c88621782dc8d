import pytest
from payments.refund import in_words, refund


@pytest.mark.parametrize(("cents", "words"), [(5, "5 cents"), (200, "2 euros"), (205, "2 euros and 5 cents")])
def test_an_amount_is_written_out(cents, words):
    assert in_words(cents) == words


def test_more_than_was_paid_is_never_given_back():
    with pytest.raises(ValueError, match="from 0 to 1"):
        refund(1000, 1.5)
