"""`truckroll bench scheduling`: our engine beside VROOM, PyVRP and OR-Tools routing, judged by the project's checker."""
