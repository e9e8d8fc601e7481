"""Programs run by hand that write stored tables; no refresh needs them."""
