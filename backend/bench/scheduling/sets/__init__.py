"""Standard instances from the literature as problems of ours, each with the objective that its best known values are of."""
