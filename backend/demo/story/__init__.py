"""The acceptance story, from an order to a bill, played over HTTP against real processes.

What it checks it reads where it cannot be flattered: from the receiver's ledger, the device's SQLite and the
network's own record.
"""
