"""The reference billing receiver: takes signed billing callbacks, keeps a ledger, acknowledges each one."""
