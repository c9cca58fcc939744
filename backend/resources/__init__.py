"""Logical inventory: pools of numbers, addresses, VLANs and ports, and the services that they are assigned to."""
