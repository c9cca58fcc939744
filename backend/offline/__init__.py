"""The sync protocol's server side: what devices did, decided once; what changed for them, told in order.

Normative text: sync/PROTOCOL.md. Here are only the outboxes and their verdicts; what an operation does is decided by
the slices' own use cases, and the feed is kept by the kernel.
"""
