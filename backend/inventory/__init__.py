"""Physical stock: where every serial unit is, who reserved it, and the ledger that proves the balances."""
