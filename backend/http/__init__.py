"""How requests come in and answers go out: strict decoding, callers, transactions, problems. It knows no slice but identity."""
