"""What proves that something was earned, gathered from all slices into one sealed file that needs no server to verify."""
