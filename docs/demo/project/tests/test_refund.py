from payments.refund import refund


def test_half_of_a_payment_is_given_back():
    assert refund(1001, 0.5) == 501


def test_all_of_a_payment_is_given_back():
    assert refund(1000, 1) == 1000
