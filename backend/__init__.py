"""The truckroll backend: slices of service delivery on a small kernel."""
