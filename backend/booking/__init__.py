"""Windows that can be kept, holds of one of them with everything it needs, and the appointments that come of them."""
