"""`truckroll bench eta`: do the times hold that customers are told?"""
