"""A live plan in arrays: all duties, gaps and windows are asked at once. It answers exactly what `liveplan` says route by route."""
