"""What the server in memory is made of: what it stores, and the little trade that it knows."""
